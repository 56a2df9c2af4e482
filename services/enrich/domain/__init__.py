"""What it takes to clean, understand and link a story; no I/O."""
