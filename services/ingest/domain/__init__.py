"""The rules of taking stories in: pure, without I/O and without a clock."""
