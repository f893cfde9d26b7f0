"""What a person sees on a terminal: the only rich."""
