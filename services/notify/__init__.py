"""Tells exactly the people and machines who asked.

In: `story.live` (a revision is proven), `story.killed` (stop at once), `change.numbered` (its `seq`),
`publishers.changed` (whose keys are valid), `comment.answered` (to a comment whose writer asked to hear of it).
Out: mail, webhooks, feeds (WebSub), `notices.planned` (everything owed is in the ledger), `kill.confirmed` (a channel
has told of a kill), `answer.noticed` and `deliveries.progressed` (counts for the trace). Over HTTP: subscribing,
preferences, webhooks, the hub.
"""
