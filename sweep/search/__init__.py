"""The search: the only package that imports Optuna, and the ledger that outlives it."""
