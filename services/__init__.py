"""The six services, and the process that runs them together."""
