"""Ingest takes stories in, judges them, appends them to the log and drives each until it is live and announced.

In: the publisher API; `story.live`, `notices.planned`, `kill.confirmed`, `redaction.confirmed`, `story.halted`.
Out: `story.received`, `story.killed`, `story.redacted`, `story.scheduled`, `change.numbered`, `publishers.changed`.
"""
