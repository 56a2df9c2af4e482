"""The few words that render itself writes into feeds; all others stand in templates."""

from collections.abc import Mapping

#: Keys of the theme's catalogue, with the English that stands in for a catalogue without them.
DEFAULTS: Mapping[str, str] = {
    "withdrawn": "Withdrawn",
    "gone_text": "This story has been withdrawn.",
    "correction": "Correction",
    "clarification": "Clarification",
    "right_of_reply": "Right of reply",
    "corrections_title": "Corrections and withdrawals",
    "comments": "Comments",
    "comment_on": "Comment on:",
    "by": "By",
    "search_prompt": "Search",
}


def words(catalogue: Mapping[str, str]) -> dict[str, str]:
    """The words of the site's language where the catalogue has them, else English."""
    return {key: catalogue.get(key, text) for key, text in DEFAULTS.items()}


def month_name(archive_key: str, catalogue: Mapping[str, str]) -> str:
    """`archive/2026/11` → *November 2026*."""
    _, year, month = archive_key.split("/")
    return f"{catalogue.get(f'month_{int(month)}', month)} {year}"
