"""In which lists is a story, and how many does each list hold?"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, case, select, update

from services.render.adapters.tables import lists, memberships
from services.render.domain.lists import Membership
from services.render.domain.neighbours import SECTION, Spot
from shared.database import Many, upsert

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_HELD = select(memberships).where(memberships.c.story_id.in_(_IDS))
_LEAVE = Many(
    lambda _: (
        update(memberships)
        .where(memberships.c.list_key == bindparam("k"), memberships.c.story_id == bindparam("s"))
        .values(here=False)
    )
)
#: No story is accepted as late as this: a list that a story only leaves keeps the name that it has.
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Moved:
    """The lists that each story is or was in, from where on months changed (µs), by how much lists grew.

    `spots` are where stories of sections have come, gone, or moved from and to.
    """

    touched: Mapping[str, Sequence[str]]
    since: Mapping[str, int]
    growth: Mapping[str, int]
    spots: frozenset[Spot] = frozenset()


def move(
    connection: Connection,
    wanted: Mapping[str, Sequence[Membership]],
    ordinals: Mapping[str, int],
    seen: Sequence[str],
    version: int,
    *,
    former: Mapping[str, Sequence[Membership]],
) -> Moved:
    """Put stories into the `wanted` lists and out of all others; `seen` are those that may be in lists already.

    `former` are lists that stories have stood in: these exist from now on, whether or not that was seen here.
    """
    held = _held(connection, seen)
    touched = {
        story_id: sorted(
            {*held[story_id], *(one.key for one in (*wanted.get(story_id, ()), *former.get(story_id, ())))}
        )
        for story_id in ordinals
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
        known = held[story_id].keys() | {one.key for one in now_in}
        for one in former.get(story_id, ()):
            if one.key not in known:
                names[one.key] = min(names.get(one.key, (ordinals[story_id], one.name)), (ordinals[story_id], one.name))
                growth[one.key] += 0
                _note(since, one.key, one.sort_at)
                rows.append({**_membership_row(one, story_id, ordinals[story_id]), "here": False})
    for row in (row for keys in held.values() for row in keys.values()):
        _note(since, row.list_key, row.sort_at)
    _write_memberships(connection, rows, left)
    _write_lists(connection, growth, names, version)
    return Moved(touched, since, growth, _spots(wanted, held, ordinals))


def _spots(
    wanted: Mapping[str, Sequence[Membership]], held: Mapping[str, Mapping[str, Any]], ordinals: Mapping[str, int]
) -> frozenset[Spot]:
    """Where stories of sections come, go, or move from and to: what is there before or after, but not both."""
    found: set[Spot] = set()
    for story_id, now_in in wanted.items():
        before = {(key, row.sort_at) for key, row in held[story_id].items() if row.here}
        moved = before ^ {(one.key, one.sort_at) for one in now_in}
        found |= {Spot(key, at, ordinals[story_id]) for key, at in moved if key.startswith(SECTION)}
    return frozenset(found)


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


def _write_memberships(connection: Connection, rows: Sequence[dict[str, Any]], left: Sequence[dict[str, Any]]) -> None:
    _JOIN(connection, rows)
    _LEAVE(connection, left)


def _write_lists(
    connection: Connection, growth: Mapping[str, int], names: Mapping[str, tuple[int, str]], version: int
) -> None:
    rows = [
        {
            "key": key,
            "name": names.get(key, (0, ""))[1],
            "name_ordinal": names[key][0] if key in names else _NEVER,
            "size": size,
            "pages": 1,
            "version": version,
        }
        for key, size in sorted(growth.items())
    ]
    _GROW(connection, rows)


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


_JOIN, _GROW = Many(_upsert_memberships), Many(_upsert_lists)
