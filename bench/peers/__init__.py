"""The same work by `sweep` and by its peers."""
