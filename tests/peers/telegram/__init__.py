"""Telegram's Bot API on this machine: its queue, its limits, its words, and the people who write to a bot."""
