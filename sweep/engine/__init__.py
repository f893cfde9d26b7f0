"""What drives an executor: the coordinator, and what looks at a finished sweep with a network."""
