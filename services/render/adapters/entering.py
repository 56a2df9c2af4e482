"""How do revisions enter the index, all of a batch in one transaction?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, case, delete, insert, or_, select, update

from services.render.adapters.codec import pack_thumb
from services.render.adapters.statements import prepared
from services.render.adapters.tables import addresses, lists, memberships, references, stories
from services.render.domain.entry import changed_at
from services.render.domain.instants import micros
from services.render.domain.lists import Membership
from services.render.domain.lists import memberships as lists_of
from services.render.domain.references import addresses_of, targets_of
from services.render.domain.site import Site
from services.render.domain.snapshot import Change
from services.render.domain.stored_form import pack_event
from shared.database import upsert
from shared.events import Article

_STORY_COLUMNS = tuple(column.name for column in stories.columns if column.name not in {"comments", "comments_version"})

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_KNOWN = select(stories.c.story_id, stories.c.revision, stories.c.state, stories.c.ordinal, stories.c.comments).where(
    stories.c.story_id.in_(_IDS)
)
_HELD = select(memberships).where(memberships.c.story_id.in_(_IDS))
_LEAVE = (
    update(memberships)
    .where(memberships.c.list_key == bindparam("k"), memberships.c.story_id == bindparam("s"))
    .values(here=False)
)
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


@dataclass(frozen=True, slots=True)
class Moved:
    """What entering changed: the lists that each story is or was in, and from where on months changed (µs)."""

    touched: Mapping[str, Sequence[str]]
    since: Mapping[str, int]


def known_rows(connection: Connection, story_ids: Sequence[str]) -> dict[str, Any]:
    """What is held of some stories."""
    return {row.story_id: row for row in connection.execute(_KNOWN, {"ids": story_ids})}


def enter(
    connection: Connection, changes: Sequence[Change], known: Mapping[str, Any], version: int, site: Site
) -> Moved:
    """Enter revisions: `changes` are new or equal ones, one of a story; of equal ones only the lists are looked up."""
    new = [one for one in changes if _is_new(one, known)]
    if new:
        connection.execute(prepared(connection, "stories", _upsert_stories), [_story_row(one, version) for one in new])
        seen = [one.story_id for one in new if one.story_id in known]
        _enter_references(connection, new, seen, site)
        _enter_addresses(connection, new, seen, site)
    wanted = {one.story_id: _lists_of(one, site) for one in new}
    ordinals = {one.story_id: one.event.head.ordinal for one in changes}
    return move(connection, wanted, ordinals, [one.story_id for one in changes if one.story_id in known], version)


def move(
    connection: Connection,
    wanted: Mapping[str, Sequence[Membership]],
    ordinals: Mapping[str, int],
    seen: Sequence[str],
    version: int,
) -> Moved:
    """Put stories into the `wanted` lists and out of all others; `seen` are those that may be in lists already."""
    held = _held(connection, seen)
    touched = {
        story_id: sorted({*held[story_id], *(one.key for one in wanted.get(story_id, ()))}) for story_id in ordinals
    }
    since: dict[str, int] = {}
    growth: Counter[str] = Counter()
    names: dict[str, tuple[int, str]] = {}
    rows: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for story_id, now_in in wanted.items():
        before = {key: row for key, row in held[story_id].items() if row.here}
        for one in now_in:
            names[one.key] = min(names.get(one.key, (ordinals[story_id], one.name)), (ordinals[story_id], one.name))
            growth[one.key] += one.key not in before
            _note(since, one.key, one.sort_at)
            if one.key not in before or before[one.key].sort_at != one.sort_at:
                rows.append(_membership_row(one, story_id, ordinals[story_id]))
        for key in before.keys() - {one.key for one in now_in}:
            growth[key] -= 1
            left.append({"k": key, "s": story_id})
    for row in (row for keys in held.values() for row in keys.values()):
        _note(since, row.list_key, row.sort_at)
    _write_memberships(connection, rows, left)
    _write_lists(connection, growth, names, version)
    return Moved(touched, since)


def dependants(connection: Connection, story_ids: Sequence[str]) -> set[str]:
    """The stories whose pages show one of these, by id or by one of its addresses."""
    return set(connection.execute(_DEPENDANTS, {"ids": story_ids}).scalars()) - set(story_ids)


def _is_new(change: Change, known: Mapping[str, Any]) -> bool:
    held = known.get(change.story_id)
    return held is None or held.revision < change.event.head.revision


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


def _upsert_stories(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    statement = upsert(connection, stories)
    changed = {name: statement.excluded[name] for name in _STORY_COLUMNS if name != "story_id"}
    return statement.on_conflict_do_update(index_elements=["story_id"], set_=changed)


def _enter_references(connection: Connection, new: Sequence[Change], seen: Sequence[str], site: Site) -> None:
    if seen:
        connection.execute(delete(references).where(references.c.story_id.in_(seen)))
    rows = [
        {"target": target, "story_id": one.story_id}
        for one in new
        if one.event.article
        for target in sorted(targets_of(one.event.article, site.url))
    ]
    if rows:
        connection.execute(insert(references), rows)


def _enter_addresses(connection: Connection, new: Sequence[Change], seen: Sequence[str], site: Site) -> None:
    if seen:
        connection.execute(delete(addresses).where(addresses.c.story_id.in_(seen)))
    rows = [
        {"address": address, "story_id": one.story_id}
        for one in new
        for address in sorted(addresses_of(one.event.head, one.event.article, site.url))
    ]
    connection.execute(insert(addresses), rows)


def _held(connection: Connection, story_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    if story_ids:
        for row in connection.execute(_HELD, {"ids": story_ids}):
            found[row.story_id][row.list_key] = row
    return found


def _note(since: dict[str, int], key: str, at: int) -> None:
    if key.startswith("archive/"):
        since[key] = min(since.get(key, at), at)


def _membership_row(one: Membership, story_id: str, ordinal: int) -> dict[str, Any]:
    return {"list_key": one.key, "story_id": story_id, "here": True, "sort_at": one.sort_at, "ordinal": ordinal}


def _write_memberships(connection: Connection, rows: Sequence[dict[str, Any]], left: Iterable[dict[str, Any]]) -> None:
    if rows:
        statement = upsert(connection, memberships)
        changed = {"here": statement.excluded.here, "sort_at": statement.excluded.sort_at}
        connection.execute(statement.on_conflict_do_update(index_elements=["list_key", "story_id"], set_=changed), rows)
    if left := list(left):
        connection.execute(_LEAVE, left)


def _write_lists(
    connection: Connection, growth: Mapping[str, int], names: Mapping[str, tuple[int, str]], version: int
) -> None:
    rows = [
        {
            "key": key,
            "name": names.get(key, (0, ""))[1],
            "name_ordinal": names[key][0] if key in names else _NEVER,
            "size": size,
            "version": version,
        }
        for key, size in sorted(growth.items())
    ]
    if rows:
        connection.execute(prepared(connection, "lists", _upsert_lists), rows)


def _upsert_memberships(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    statement = upsert(connection, memberships)
    changed = {"here": statement.excluded.here, "sort_at": statement.excluded.sort_at}
    return statement.on_conflict_do_update(index_elements=["list_key", "story_id"], set_=changed)


def _upsert_lists(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    statement = upsert(connection, lists)
    new = statement.excluded
    earlier = new.name_ordinal < lists.c.name_ordinal
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "size": lists.c.size + new.size,
            "version": new.version,
            "name": case((earlier, new.name), else_=lists.c.name),
            "name_ordinal": case((earlier, new.name_ordinal), else_=lists.c.name_ordinal),
        },
    )


#: No story is accepted as late as this: a list that a story only leaves keeps the name that it has.
_NEVER = 2**62
