"""To whom does a story refer, and under which names is it found by others?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from services.render.domain.markup import uri
from shared.events import Article, Fragment, Reference, StoryHead

State = Literal["live", "killed", "expired", "waiting"]


@dataclass(frozen=True, slots=True)
class Target:
    """Another story as far as a reference shows it."""

    story_id: str
    state: str
    path: str
    headline: str
    version: int
    ordinal: int


def targets_of(article: Article, site_url: str) -> frozenset[str]:
    """All that a story's page shows of others: story ids and addresses."""
    found = {str(one) for one in article.related}
    for part in article.body:
        if isinstance(part, Reference):
            found.add(name_of(part, site_url))
    found.discard("")
    return frozenset(found)


def name_of(reference: Reference, site_url: str) -> str:
    """What a reference means: a story id, else an address; empty when it names nothing."""
    if reference.target is not None:
        return str(reference.target)
    return normal(reference.address, site_url) if reference.address else ""


def addresses_of(head: StoryHead, article: Article | None, site_url: str) -> frozenset[str]:
    """The addresses under which a story is known: its path, former paths and aliases, its canonical URL."""
    found = {normal(path, site_url) for path in (head.path, *head.redirects)}
    if article is not None and article.canonical_url:
        found.add(normal(article.canonical_url, site_url))
    return frozenset(found)


def normal(address: str, site_url: str) -> str:
    """One spelling for an address: paths for our own pages, no fragment, percent-encoded, a slash at a path's end."""
    address = uri(address.strip()).partition("#")[0]
    if address.startswith(site_url + "/"):
        address = address.removeprefix(site_url)
    if address.startswith("/") and "?" not in address and not address.endswith("/"):
        address += "/"
    return address


def body_of(article: Article, find: Callable[[str], Target | None], site_url: str) -> list[dict[str, Any]]:
    """The body as templates show it.

    A reference follows its target's headline; an unknown target leaves the publisher's words as plain text; a target
    that is gone takes the reference with it.
    """
    shown: list[dict[str, Any]] = []
    for part in article.body:
        if isinstance(part, Fragment):
            shown.append({"type": "html", "html": part.html})
            continue
        target = find(name_of(part, site_url))
        if target is None or target.state == "waiting":
            shown.append({"type": "reference", "path": None, "headline": part.text})
        elif target.state == "live":
            shown.append({"type": "reference", "path": uri(target.path), "headline": target.headline})
    return shown


def live_related(article: Article, find: Callable[[str], Target | None], most: int = 6) -> list[Target]:
    """Related stories that are live, best first."""
    found: Iterable[Target | None] = (find(str(one)) for one in article.related)
    return [one for one in found if one is not None and one.state == "live"][:most]
