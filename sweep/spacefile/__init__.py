"""From the text of a space file to a checked sweep, or every problem at its line."""
