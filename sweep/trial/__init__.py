"""One trial as values: what it is asked to do, what happens to it, what is recorded of it."""
