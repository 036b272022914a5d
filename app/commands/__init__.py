"""The command line's parts, one file a subject."""
