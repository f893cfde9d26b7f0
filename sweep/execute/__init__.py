"""Runs trials: a small interface, and its implementation by local processes."""
