"""Serves readers, decides what an address shows, and proves that a page is live.

In: `story.rendered`, `lists.rendered`, `story.killed`, `answer.noticed`, and HTTP from readers. Out: `story.live`,
`kill.confirmed`, `comments.changed`, `comment.answered` (its writer asked to hear of it), and pages, feeds, search,
comments and the live stream over HTTP.
"""
