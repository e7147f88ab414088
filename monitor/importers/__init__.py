"""Archives that others made, brought into our history with their own times."""
