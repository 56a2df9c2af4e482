"""A service that does nothing, in the shape of a real one, to see what a process does with it."""
