"""SQL and pictures behind ingest's ports."""
