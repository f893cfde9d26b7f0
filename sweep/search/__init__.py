"""The search: the only package that imports Optuna."""
