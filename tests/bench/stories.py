"""Invented stories of a given size, the same in every run."""

import random
from typing import Any

WORDS = [
    "harbour",
    "ferry",
    "council",
    "bridge",
    "river",
    "market",
    "orchard",
    "lantern",
    "signal",
    "garden",
    "museum",
    "train",
    "winter",
    "summer",
    "school",
    "team",
    "captain",
    "baker",
    "engineer",
    "poet",
    "doctor",
    "mayor",
    "budget",
    "forecast",
    "record",
    "festival",
    "library",
    "workshop",
    "island",
    "valley",
]
SECTIONS = ("Harbour", "Town", "Science", "Sport", "Culture", "Money")


def story(number: int, size: int = 6000) -> dict[str, Any]:
    """Story `number`: about `size` bytes of body, one section, two tags, one author."""
    dice = random.Random(number)
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < size:
        paragraphs.append("<p>" + " ".join(dice.choices(WORDS, k=70)).capitalize() + ".</p>")
    return {
        "headline": f"Story {number}: " + " ".join(dice.choices(WORDS, k=5)),
        "dek": " ".join(dice.choices(WORDS, k=14)).capitalize() + ".",
        "body_html": "\n".join(paragraphs),
        "sections": [SECTIONS[number % len(SECTIONS)]],
        "tags": dice.sample(WORDS, k=2),
        "authors": [{"name": f"Author {number % 20}"}],
        "language": "en",
    }
