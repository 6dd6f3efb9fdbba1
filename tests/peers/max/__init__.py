"""A Bot API server of MAX on this machine."""
