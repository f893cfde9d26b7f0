"""Turns the text of a space file into a checked sweep, or reports every problem with its line."""
