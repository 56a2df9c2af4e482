"""Rebuild makes everything that readers see again from the log, beside what they see, and changes it in one step.

It is no service: a process that ingest starts for one rebuild or audit (`python -m services.rebuild RUN`), which ends.
In: the log, approved comments, stored pictures. Out: pages in the store, tables of enrich, render and site; no event.
"""
