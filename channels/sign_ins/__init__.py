"""Mailboxes opened by somebody's consent at a provider (OAuth 2.0) instead of by a password."""
