"""Writes the history in forms that other programs read, our own importers among them."""
