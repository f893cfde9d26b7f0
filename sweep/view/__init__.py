"""What a person sees on a terminal, drawn with Rich. `commands/terminal.py` makes the consoles."""
