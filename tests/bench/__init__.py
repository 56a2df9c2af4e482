"""Ours beside the limit."""
