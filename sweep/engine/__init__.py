"""Code that drives an executor: the coordinator, and the use of a finished sweep's networks."""
