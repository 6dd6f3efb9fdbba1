"""A demonstration: believable dialogs to look around in, put in and taken out whole."""
