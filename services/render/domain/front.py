"""How are the stories of the front page laid out? All of them newest first, as every list; then again by section.

Who reads the page from the top, a person or a program, meets the stories in the order of the list. Rivers show the
older ones of them once more, with their pictures.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Card = Mapping[str, Any]
#: Headlines that nothing below shows again.
NEWEST = 6
#: Cards below a lead that has no picture, beside a full column: without them half of the first screen would be empty.
BELOW_LEAD = 2
#: A section with fewer stories on the page gets no river of its own.
SHORTEST_RIVER = 2


def layout(lead: Card, items: Sequence[Card], breaking: Sequence[Card]) -> dict[str, Any]:
    """The places of a front page: `below`, `latest`, `rivers` (`{section, items}`, by their newest story), `more`.

    Args:
        lead: the story at the top.
        items: the other stories of the page, newest first; `below` and `latest` are these, in this order.
        breaking: those in the strip, which no river shows.
    """
    below = [] if lead.get("image") or len(items) < NEWEST else list(items[:BELOW_LEAD])
    latest = list(items[len(below) :])
    older = _without(latest[NEWEST:], breaking)
    rivers = _rivers(older)
    more = _without(older, [one for river in rivers for one in river["items"]])
    return {"below": below, "latest": latest, "rivers": rivers, "more": more}


def _rivers(cards: Sequence[Card]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in cards:
        section = one.get("section")
        if section:
            river = found.setdefault(section["path"], {"section": section, "items": []})
            river["items"].append(one)
    return [river for river in found.values() if len(river["items"]) >= SHORTEST_RIVER]


def _without(cards: Sequence[Card], taken: Sequence[Card]) -> list[Card]:
    paths = {one["path"] for one in taken}
    return [one for one in cards if one["path"] not in paths]
