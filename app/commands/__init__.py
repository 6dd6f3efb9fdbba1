"""Commands of the command line that are modules of their own."""
