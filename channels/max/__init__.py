"""Bots in the messenger MAX (https://dev.max.ru/docs-api)."""
