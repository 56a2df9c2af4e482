"""What ingest does by itself: it drives revisions, hears what comes back, keeps times and tells who may push."""
