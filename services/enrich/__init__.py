"""Enrich: `story.received` and `story.killed` come in; `story.enriched` goes out, clean, understood and linked."""
