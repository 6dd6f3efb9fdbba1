"""Telegram bots: private chats, groups, topics and business accounts."""
