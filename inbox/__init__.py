"""The inbox: channels as records, dialogs, messages, comments, drafts, files and the feed."""
