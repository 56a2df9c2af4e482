"""Shows and steers everything.

In: every event of the line and beside it. Out: the trace of a story (`GET /v1/traces/{story_id}`) and the dead letters,
which it can hand back to the step that gave them up.
"""
