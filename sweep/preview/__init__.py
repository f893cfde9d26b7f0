"""What can be known before a sweep trains anything."""
