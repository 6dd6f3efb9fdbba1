"""Labels on dialogs."""
