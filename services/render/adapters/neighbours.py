"""Between which stories of its section does a story stand, and which pages show that?

A page links the story before and after its own in its first section. So a story that enters a section, leaves it, moves
in it or is called something else is shown by at most two other pages a section: those beside the spot where it stands,
and those beside the spot that it left, as they are afterwards. These are made again, and no others.
"""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Connection, text

from services.render.domain.neighbours import Between, Neighbour, Spot
from services.render.domain.snapshot import Snapshot

_OLDER, _NEWER = (
    f"""SELECT m.story_id, s.path, s.headline
    FROM memberships m JOIN stories s ON s.story_id = m.story_id
    WHERE m.list_key = ? AND m.here = 1 AND (m.sort_at, m.ordinal) {beyond} (?, ?)
    ORDER BY m.sort_at {order}, m.ordinal {order} LIMIT 1"""  # noqa: S608 - words of ours
    for beyond, order in (("<", "DESC"), (">", "ASC"))
)
_SIDE = """LEFT JOIN LATERAL (
        SELECT m.story_id, s.path, s.headline
        FROM memberships m JOIN stories s ON s.story_id = m.story_id
        WHERE m.list_key = k.key AND m.here AND (m.sort_at, m.ordinal) {beyond} (k.at, k.ordinal)
        ORDER BY m.sort_at {order}, m.ordinal {order} LIMIT 1) {name} ON true"""
#: PostgreSQL is a way off: all spots with one statement.
_BOTH = text(
    f"""SELECT k.place, o.story_id, o.path, o.headline, n.story_id, n.path, n.headline
    FROM json_to_recordset(CAST(:spots AS json)) AS k(place int, key text, at bigint, ordinal bigint)
    {_SIDE.format(beyond="<", order="DESC", name="o")}
    {_SIDE.format(beyond=">", order="ASC", name="n")}"""  # noqa: S608 - words of ours
)


def between(connection: Connection, spots: Iterable[Spot]) -> Mapping[Spot, Between]:
    """Who stands on either side of each spot."""
    asked = list(dict.fromkeys(spots))
    if connection.dialect.name != "sqlite":
        return _from_a_server(connection, asked)
    run = connection.connection.cursor().execute
    return {spot: Between(*(_neighbour(run(side, spot).fetchone()) for side in (_OLDER, _NEWER))) for spot in asked}


def beside(connection: Connection, spots: Iterable[Spot], snapshot: Snapshot | None = None) -> set[str]:
    """The stories whose pages may show what happened at these spots; `snapshot` has looked at some already."""
    seen = {shot.spot: shot.between for shot in (snapshot.stories if snapshot else ()) if shot.spot}
    wanted = set(spots)
    found = {**between(connection, sorted(wanted - seen.keys())), **{spot: seen[spot] for spot in wanted & seen.keys()}}
    return {one.story_id for both in found.values() for one in both if one}


def _from_a_server(connection: Connection, asked: Sequence[Spot]) -> Mapping[Spot, Between]:
    if not asked:
        return {}
    packed = orjson.dumps([{"place": place, **spot._asdict()} for place, spot in enumerate(asked)]).decode()
    return {
        asked[place]: Between(_neighbour(sides[:3]), _neighbour(sides[3:]))
        for place, *sides in connection.execute(_BOTH, {"spots": packed})
    }


def _neighbour(row: Sequence[str] | None) -> Neighbour | None:
    return Neighbour(*row) if row and row[0] else None
