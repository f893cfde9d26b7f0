"""How long a sweep will take on this machine, before it is run."""
