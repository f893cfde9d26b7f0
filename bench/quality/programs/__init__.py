"""What each peer does, one program a tool; each is run by the interpreter of its own
environment."""
