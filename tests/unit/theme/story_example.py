"""One invented story with everything that a story can have."""

from datetime import timedelta
from typing import Any

from shared.theme import Theme
from tests.unit.theme.examples import AUTHORS, HEADLINES, NOW, card, term

PARAGRAPHS = [
    """<p>At twenty past five the siren on the customs house gave the long note that nobody under fifteen had heard
before. Behind the breakwater the eleven steel leaves of the storm gate rose out of their bed, one after
another, and closed the sound. Nineteen minutes later the water outside stood <strong>1.4 metres</strong>
higher than the water inside.</p>""",
    """<p>“We had rehearsed it forty times,” said Aurelie Brandt, who leads the crew of nine. “You still count
aloud.” The <a href="https://ledger.example/2026/03/02/storm-gate-costs/">gate cost less than planned</a>, but
took three winters longer.</p>""",
    """<h2>What the gate holds back</h2><p>Lower Quay, the fish market and some 600 flats lie below the mark that the
tide reached on Monday. In 2011 they stood in the water for two days.</p><blockquote><p>The street smelled of
diesel for a year. I kept the wet ledger as a souvenir, and this morning I threw it out.</p></blockquote>""",
    """<h3>Open questions</h3><ul><li>Who pays for the second pump station?</li><li>May the ferry wait inside the
gate?</li> <li>How often can the leaves rise in one season?</li></ul><p>The county meets on Wednesday. Until
then the gate stays on call, and the crew on the sofa of the control room, where a kettle had been boiling, by
all accounts, since noon.</p>""",
]


def story(look: Theme, **changes: Any) -> dict[str, Any]:
    """A story with everything that a story can have."""
    made: dict[str, Any] = {
        "id": "6f0c2c4e-6f5e-5f0e-9a63-0d8f6c1b2a30",
        "revision": 3,
        "comments_version": 2,
        "headline": HEADLINES[0][0],
        "dek": HEADLINES[0][1],
        "path": "/2026/11/23/storm-gate/",
        "url": "https://ledger.example/2026/11/23/storm-gate/",
        "canonical": "https://ledger.example/2026/11/23/storm-gate/",
        "section": term("section", "Harbour"),
        "sections": [term("section", "Harbour"), term("section", "Science")],
        "tags": [term("tag", name) for name in ("Storm gate", "Orrin Sound", "Climate adaptation")],
        "authors": [term("author", name) | {"url": None} for name in AUTHORS[:3]],
        "published": look.date(NOW),
        "updated": look.date(NOW + timedelta(hours=2)),
        "reading_minutes": 4,
        "word_count": 812,
        "language": "en",
        "dir": "ltr",
        "priority": "breaking",
        "sponsored": False,
        "genre": "Reportage",
        "image": {
            "path": "/media/0.jpg",
            "width": 1600,
            "height": 900,
            "alt": "Steel leaves of a storm gate stand upright in grey water",
            "caption": "The eleven leaves of the gate on Monday evening, seen from the breakwater.",
            "credit": "Maren Ostby / Orrin Ledger",
            "rights": "All rights reserved",
        },
        "share_image": {
            "url": "https://ledger.example/media/0-16x9.jpg",
            "width": 1200,
            "height": 675,
            "type": "image/jpeg",
            "alt": "Steel leaves of a storm gate stand upright in grey water",
        },
        "body": [
            {"type": "html", "html": PARAGRAPHS[0]},
            {"type": "html", "html": PARAGRAPHS[1]},
            {"type": "reference", "path": "/2026/11/23/story-4/", "headline": HEADLINES[4][0]},
            {"type": "html", "html": PARAGRAPHS[2]},
            {"type": "reference", "path": None, "headline": "How the tide tables are made"},
            {"type": "html", "html": PARAGRAPHS[3]},
        ],
        "corrections": [
            {
                "date": look.date(NOW + timedelta(hours=2)),
                "kind": "correction",
                "note": "An earlier version said that the gate has twelve leaves. It has eleven.",
            }
        ],
        "history": [
            {"revision": 1, "action": "publish", "date": look.date(NOW), "note": None, "changed": []},
            {
                "revision": 2,
                "action": "update",
                "date": look.date(NOW + timedelta(hours=1)),
                "note": None,
                "changed": ["headline", "photo"],
            },
            {
                "revision": 3,
                "action": "correct",
                "date": look.date(NOW + timedelta(hours=2)),
                "note": "Eleven.",
                "changed": ["text"],
            },
        ],
        "rights": {
            "license": "CC-BY-4.0",
            "license_url": "https://creativecommons.org/licenses/by/4.0/",
            "usage_terms": "Name the Orrin Ledger.",
            "copyright": "© 2026 Orrin Ledger Cooperative",
        },
        "json_ld": '{"@context":"https://schema.org","@type":"NewsArticle","headline":"Storm gate"}',
        "comments_open": True,
        "comments": [
            {
                "id": 7,
                "parent": None,
                "depth": 0,
                "name": "Wilma T.",
                "website": "https://wilma.example/",
                "html": "<p>I stood on the breakwater. It hums.</p>",
                "date": look.date(NOW + timedelta(minutes=50)),
            },
            {
                "id": 9,
                "parent": 7,
                "depth": 1,
                "name": "Jonas",
                "website": None,
                "html": "<p>A low G, says my daughter.</p>",
                "date": look.date(NOW + timedelta(minutes=70)),
            },
        ],
        "comment_count": 2,
        "comment_paging": {"page": 1, "pages": 1},
        "related": [card(look, number) for number in (4, 5, 13)],
        "previous": {"path": "/2026/11/23/story-5/", "headline": HEADLINES[5][0]},
        "next": {"path": "/2026/11/23/story-13/", "headline": HEADLINES[13][0]},
        "feed_path": "/2026/11/23/storm-gate/feed/",
    }
    return made | changes
