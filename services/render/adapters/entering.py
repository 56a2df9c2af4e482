"""How do revisions enter the index, all of a batch in one transaction?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, or_, select

from services.render.adapters.codec import pack_thumb
from services.render.adapters.moving import Moved, move
from services.render.adapters.tables import addresses, references, stories
from services.render.domain.entry import changed_at
from services.render.domain.instants import micros
from services.render.domain.lists import Membership, former_memberships
from services.render.domain.lists import memberships as lists_of
from services.render.domain.neighbours import SECTION, Spot
from services.render.domain.references import addresses_of, targets_of
from services.render.domain.site import Site
from services.render.domain.snapshot import Change
from shared.database import Many
from shared.events import Article, StoryEnriched
from shared.events.stored import pack_event, unpack_event

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_KNOWN = select(
    *(stories.c.story_id, stories.c.revision, stories.c.state, stories.c.ordinal, stories.c.comments),
    *(stories.c.path, stories.c.headline),
).where(stories.c.story_id.in_(_IDS))
_DOCS = select(stories.c.story_id, stories.c.doc).where(stories.c.story_id.in_(_IDS))
_ENTER = Many.replacing(stories, "story_id", keeping=["comments", "comments_version"])
_REFER, _ADDRESS = Many(lambda _: insert(references)), Many(lambda _: insert(addresses))
_DEPENDANTS = (
    select(references.c.story_id)
    .where(
        or_(
            references.c.target.in_(_IDS),
            references.c.target.in_(select(addresses.c.address).where(addresses.c.story_id.in_(_IDS))),
        )
    )
    .distinct()
)


def known_rows(connection: Connection, story_ids: Sequence[str]) -> dict[str, Any]:
    """What is held of some stories."""
    return {row.story_id: row for row in connection.execute(_KNOWN, {"ids": story_ids})}


def enter(
    connection: Connection, changes: Sequence[Change], known: Mapping[str, Any], version: int, site: Site
) -> Moved:
    """Enter revisions: `changes` are new or equal ones, one of a story; what is known already is not entered again."""
    new = [one for one in changes if one.is_news]
    if new:
        _ENTER(connection, [_story_row(one, version) for one in new])
        seen = [one.story_id for one in new if one.story_id in known]
        _enter_references(connection, new, seen, site)
        _enter_addresses(connection, new, seen, site)
    wanted = {one.story_id: _lists_of(one, site) for one in new}
    ordinals = {one.story_id: one.event.head.ordinal for one in changes}
    seen_before = [one.story_id for one in changes if one.story_id in known]
    former = {one.story_id: former_memberships(one.event.head) for one in new}
    return move(connection, wanted, ordinals, seen_before, version, former=former)


def judged(connection: Connection, changes: Sequence[Change], known: Mapping[str, Any]) -> list[Change]:
    """The changes that count: new revisions and equal ones; older ones are left out.

    Enrich tells a revision again when it knows it better (a related story came late or went, an address was resolved):
    whichever was made later counts, whatever came last. An equal one that was made earlier stands for the one known.
    """
    counting = [one for one in changes if _revision(one, known) <= one.event.head.revision]
    equal = [one.story_id for one in counting if _revision(one, known) == one.event.head.revision]
    found = connection.execute(_DOCS, {"ids": equal}) if equal else ()
    held = {row.story_id: unpack_event(bytes(row.doc)) for row in found if row.doc}
    return [_judged(one, held.get(one.story_id), is_equal=one.story_id in equal) for one in counting]


def dependants(connection: Connection, story_ids: Sequence[str]) -> set[str]:
    """The stories whose pages show one of these, by id or by one of its addresses."""
    return set(connection.execute(_DEPENDANTS, {"ids": story_ids}).scalars()) - set(story_ids)


def renamed(changes: Sequence[Change], known: Mapping[str, Any]) -> frozenset[Spot]:
    """Where in sections those stories stand that are called otherwise, or live elsewhere, than before."""
    found: set[Spot] = set()
    for one in changes:
        held, head, article = known.get(one.story_id), one.event.head, one.event.article
        if held is not None and article and (held.path, held.headline) != (head.path, article.headline):
            at = micros(head.published_at)
            found |= {Spot(f"{SECTION}{term.slug}", at, head.ordinal) for term in article.sections}
    return frozenset(found)


def _revision(change: Change, known: Mapping[str, Any]) -> int:
    held = known.get(change.story_id)
    return 0 if held is None else int(held.revision)


def _judged(change: Change, held: StoryEnriched | None, *, is_equal: bool) -> Change:
    if not is_equal:
        return change
    if held is None or held.article == change.event.article:
        return replace(change, is_news=False)
    return change if held.at <= change.event.at else replace(change, event=held, is_news=False)


def _lists_of(change: Change, site: Site) -> Sequence[Membership]:
    article = change.event.article
    return () if article is None else lists_of(change.event.head, article, site.zone)


def _story_row(change: Change, version: int) -> dict[str, Any]:
    head, article = change.event.head, change.event.article
    return {
        "story_id": change.story_id,
        "state": "live" if article else "expired",
        "revision": head.revision,
        "comments_version": 0,
        "version": version,
        "ordinal": head.ordinal,
        "path": head.path,
        "published_at": micros(head.published_at),
        "accepted_at": micros(head.accepted_at),
        "updated_at": changed_at(head),
        **_shown(article),
        "thumb": pack_thumb(change.thumb),
        "doc": pack_event(change.event) if article else None,
    }


def _shown(article: Article | None) -> dict[str, Any]:
    if article is None:
        return {"headline": "", "priority": "routine", "language": "", "sponsored": False}
    return {
        "headline": article.headline,
        "priority": article.priority,
        "language": article.language,
        "sponsored": article.sponsored,
    }


def _enter_references(connection: Connection, new: Sequence[Change], seen: Sequence[str], site: Site) -> None:
    if seen:
        connection.execute(delete(references).where(references.c.story_id.in_(seen)))
    rows = [
        {"target": target, "story_id": one.story_id}
        for one in new
        if one.event.article
        for target in sorted(targets_of(one.event.article, site.url))
    ]
    _REFER(connection, rows)


def _enter_addresses(connection: Connection, new: Sequence[Change], seen: Sequence[str], site: Site) -> None:
    if seen:
        connection.execute(delete(addresses).where(addresses.c.story_id.in_(seen)))
    rows = [
        {"address": address, "story_id": one.story_id}
        for one in new
        for address in sorted(addresses_of(one.event.head, one.event.article, site.url))
    ]
    _ADDRESS(connection, rows)
