"""Pages that only scripts write: opened in the system's Chromium, in a process of its own, behind our guard."""
