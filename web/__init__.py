"""The history browser: a process of its own that shows the archive and takes what people do about alerts."""
