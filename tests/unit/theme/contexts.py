"""One rich context for each template."""

from typing import Any

from shared.theme import Theme
from tests.unit.theme.examples import HEADLINES, NOW, arranged, card
from tests.unit.theme.story_example import story


def discussed(look: Theme) -> dict[str, Any]:
    """A further page of a story's comments."""
    told = {"revision", "headline", "path", "canonical", "language", "dir", "feed_path", "comments_open", "comments"}
    one = {key: value for key, value in story(look).items() if key in told}
    path = one["path"]
    paging = {"page": 2, "pages": 4, "previous_path": f"{path}#comments"}
    paging |= {"next_path": f"{path}comment-page-3/#comments", "last_path": f"{path}comment-page-4/#comments"}
    return one | {"comment_count": 163, "comment_paging": paging}


def contexts(look: Theme) -> dict[str, dict[str, Any]]:
    """By the template's file name."""
    errors = [
        {"field": "email", "message": "Write an address like name@example.org"},
        {"field": "comment", "message": "Say something"},
    ]
    when = look.date(NOW)
    topics = [{"value": "all", "label": "All stories"}, {"value": "section:harbour", "label": "Harbour"}]
    return {
        "story.html": {"story": story(look)},
        "about.html": {},
        "list.html": {"list": arranged(look)},
        "search.html": {
            "query": "storm & gate",
            "section": "harbour",
            "tag": "",
            "author": "",
            "from": "2026-01-01",
            "to": "",
            "page": 2,
            "pages": 3,
            "total": 41,
            "previous_path": "/search?q=storm",
            "next_path": "/search?q=storm&page=3",
            "feed_path": "/search?q=storm&format=rss",
            "hits": [
                card(look, number) | {"snippet_html": "the <mark>storm</mark> gate of Orrin"} for number in range(5)
            ],
        },
        "comments.html": {"story": discussed(look)},
        "comment.html": {
            "story": {"path": "/2026/11/23/storm-gate/", "headline": HEADLINES[0][0]},
            "values": {"name": "Jo", "email": "jo", "website": "", "comment": "", "parent": 7, "save": True},
            "errors": errors,
        },
        "gone.html": {"date": when, "note": "This story has been withdrawn."},
        "missing.html": {},
        "message.html": {
            "title": "Imprint",
            "paragraphs": ["Orrin Ledger Cooperative\nLower Quay 4", "Editor: Ines Halloran"],
            "noindex": True,
            "form": {"action": "/subscriptions/x/confirm", "label": "Confirm", "fields": {"token": "abc"}},
            "links": [{"path": "/", "name": "Front page"}],
        },
        "corrections.html": {
            "entries": [
                {
                    "date": when,
                    "headline": HEADLINES[0][0],
                    "path": "/2026/11/23/storm-gate/",
                    "kind": "correction",
                    "note": "Eleven.",
                },
                {
                    "date": when,
                    "headline": None,
                    "path": None,
                    "kind": "withdrawn",
                    "note": "This story has been withdrawn.",
                },
            ]
        },
        "subscribe.html": {
            "values": {"email": "jo", "topics": ["section:harbour"], "cadence": "daily"},
            "errors": errors[:1],
            "topics": topics,
            "linked": ["section:harbour"],
        },
        "subscription.html": {
            "email": "jo@example.org",
            "topics": topics,
            "chosen": ["all"],
            "cadence": "weekly",
            "errors": [],
            "actions": {"save": "/subscriptions/x", "unsubscribe": "/subscriptions/x/unsubscribe"},
            "notice": "Saved.",
        },
    }
