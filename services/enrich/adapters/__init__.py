"""The technology behind enrich."""
