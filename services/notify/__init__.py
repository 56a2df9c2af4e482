"""Tells exactly the people and machines who asked.

In: `story.live` (a revision is proven), `story.killed` (stop at once), `change.numbered` (its `seq`),
`publishers.changed` (whose keys are valid), `comment.answered` (to a comment whose writer asked to hear of it).
Out: mail, webhooks, `notices.planned` (everything owed is in the ledger), `kill.confirmed` (mail and webhooks about a
kill are settled), `answer.noticed` and `deliveries.progressed` (counts for the trace). Over HTTP: subscribing,
preferences, webhooks.
"""
