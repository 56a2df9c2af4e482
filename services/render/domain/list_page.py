"""What does the template of a list page get?"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.render.domain.front import layout
from services.render.domain.list_ld import list_ld
from services.render.domain.lists import (
    FEEDS,
    MOST_PAGES,
    PER_PAGE,
    archive_page_count,
    feed_path,
    is_public_list,
    kind_of,
    page_count,
    path_of,
    subscribe_path,
)
from services.render.domain.site import Site

Card = Mapping[str, Any]
#: So many headlines describe a list, with this between them.
DESCRIBED, DOT = 3, " · "


def pages_of(key: str, size: int) -> int:
    """How many pages a list has."""
    return archive_page_count(size) if kind_of(key) == "archive" else page_count(size)


def list_context(  # noqa: PLR0917 - one value a fact of the page
    key: str,
    name: str,
    size: int,
    page: int,
    cards: Sequence[Card],
    site: Site,
    *,
    lead: Card | None = None,
    breaking: Sequence[Card] = (),
    sections: Sequence[tuple[str, str]] = (),
    oldest_month: str | None = None,
    neighbours: tuple[str | None, str | None] = (None, None),
) -> dict[str, Any]:
    """The `list` of `list.html`.

    Args:
        key: the list.
        name: its name.
        size: its number of live stories.
        page: 1, 2, 3 …
        cards: the stories of the page.
        site: where links lead.
        lead: the front page's lead; it does not stand among the cards again.
        breaking: the front page's other breaking stories.
        sections: (key, name) of the sections, for the front page.
        oldest_month: the archive's key of the oldest story on the page, linked from the last one.
        neighbours: the archive's months before and after this one.
    """
    pages = pages_of(key, size)
    ahead = [*([lead] if lead else ()), *(one for one in cards if lead is None or one["path"] != lead["path"])]
    items = [_shown(one) for one in (ahead[1:] if lead else ahead)]
    before, after = neighbours
    title = title_of(key, name, site)
    return {
        "kind": kind_of(key),
        "title": title,
        "name": name,
        "path": path_of(key, page),
        "url": site.url + path_of(key, page),
        "page": page,
        "pages": pages,
        "previous_path": path_of(key, page - 1) if page > 1 else (path_of(before) if before else None),
        "next_path": path_of(key, page + 1) if page < pages else (path_of(after) if after else None),
        "archive_path": path_of(oldest_month) if oldest_month and page == pages else None,
        "archive_older": size > MOST_PAGES * PER_PAGE,
        "subscribe_path": subscribe_path(key),
        "feeds": {form: feed_path(key, form) for form in FEEDS} if is_public_list(key) else _front_feeds(),
        "lead": _shown(lead) if lead else None,
        "front": layout(lead, items, breaking) if lead else None,
        "breaking": [_shown(one) for one in breaking],
        "items": items,
        "sections": [{"name": name, "path": path_of(section)} for section, name in sections],
        "description": DOT.join(one["headline"] for one in ahead[:DESCRIBED]),
        "share_image": ahead[0].get("share") if ahead else None,
        "json_ld": list_ld(key, title, page, ahead, site),
    }


def _shown(card: Card) -> dict[str, Any]:
    """What a template needs of a card: values cost their way into the engine."""
    shown = dict(card)
    shown.pop("share", None)
    return shown


def title_of(key: str, name: str, site: Site) -> str:
    """A list's title: the site's for the front page, else its name."""
    return name if key else site.title


def _front_feeds() -> dict[str, str]:
    return {form: feed_path("", form) for form in FEEDS}
