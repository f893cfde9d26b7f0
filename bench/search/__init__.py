"""A benchmark of searching: searchers on recorded learning curves, on a virtual clock."""
