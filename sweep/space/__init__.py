"""What may be tried: search spaces, networks and sweeps as frozen values."""
