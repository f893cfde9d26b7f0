"""What the searches of `sweep` and of its peers find in equal time."""
