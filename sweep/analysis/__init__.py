"""Results: the only package that imports pandas."""
