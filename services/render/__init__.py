"""Stories become pages: story.enriched, story.killed, comments.changed in; story.rendered, lists.rendered out."""
