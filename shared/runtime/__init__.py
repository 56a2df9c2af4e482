"""What turns services into processes: one server, one Redis, one place where things start and stop."""
