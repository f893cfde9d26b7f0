"""MLflow's view of a sweep: the only package that imports MLflow."""
