"""What belongs to revisions that are about to be emitted: history, publisher, names, what the gone once were."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

import orjson
from sqlalchemy import Connection, func, select, tuple_

from services.ingest.adapters.rows import bare_entries, entries, to_entry
from services.ingest.adapters.tables import contents, publishers, revisions, stories, terms
from services.ingest.domain.changes import never_seen
from services.ingest.domain.identity import Identity
from services.ingest.domain.standing import Entry
from services.ingest.domain.telling import Kind, Told, history_entry
from services.ingest.domain.telling import terms as terms_of
from shared.database import Many
from shared.events import FormerList

MOST_NAMES = 50_000
GONE: Final = frozenset({"kill", "expire"})
_REGISTER = Many.adding(terms)


class Names:
    """Names that never change once logged, so they are kept in memory; filled inside transactions.

    Bound by size, not by age. Only names that were committed earlier, or are read, are kept.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._terms: dict[tuple[Kind, str], str] = {}
        self._publishers: dict[str, str] = {}

    def log(self, connection: Connection, contents: Iterable[bytes]) -> None:
        """Register the names of new content; the first one logged for a slug stays."""
        wanted: dict[tuple[Kind, str], str] = {}
        for content in contents:
            for key, name in terms_of(content).items():
                if key not in self._terms:
                    wanted.setdefault(key, name)
        rows = [{"kind": kind, "slug": slug, "name": name} for (kind, slug), name in sorted(wanted.items())]
        _REGISTER(connection, rows)

    def of(self, connection: Connection, content: bytes) -> Mapping[tuple[Kind, str], str]:
        """The registered names of this content's terms."""
        return self.named(connection, list(terms_of(content)))

    def named(self, connection: Connection, keys: Sequence[tuple[Kind, str]]) -> Mapping[tuple[Kind, str], str]:
        """The registered names of terms."""
        missing = [key for key in keys if key not in self._terms]
        found = {key: self._terms[key] for key in keys if key in self._terms}
        if missing:
            query = select(terms).where(tuple_(terms.c.kind, terms.c.slug).in_(missing))
            found.update({(row.kind, row.slug): row.name for row in connection.execute(query)})
        return found

    def keep(self, found: Mapping[tuple[Kind, str], str]) -> None:
        """Remember names that are committed."""
        if len(self._terms) > MOST_NAMES:
            self._terms.clear()
        self._terms.update(found)

    def forget(self, keys: Iterable[tuple[Kind, str]]) -> None:
        """These names are not what they were (a redaction)."""
        for key in keys:
            self._terms.pop(key, None)

    def publisher(self, connection: Connection, slug: str) -> str:
        """A publisher's name; its slug when it is not (or no more) in the directory."""
        if slug not in self._publishers:
            name = connection.scalar(select(publishers.c.name).where(publishers.c.slug == slug))
            if name is None:
                return slug
            self._publishers[slug] = name
        return self._publishers[slug]


def told(connection: Connection, released: Sequence[Entry], names: Names) -> list[Told]:
    """Complete revisions for their events, in the same order."""
    identities = {entry.identity for entry in released if entry.revision > 1}
    histories = _histories(connection, identities)
    listed = _listed(connection, identities, names)
    lacking = {entry.identity for entry in released if entry.content is None}
    withdrawn = _newest_contents(connection, lacking)
    found = []
    for entry in released:
        content = entry.content or withdrawn.get(entry.identity, b"{}")
        past = [one for one in histories.get(entry.identity.story_id, [entry]) if one.revision <= entry.revision]
        before = [(one.action, one.release_at) for one in past[:-1]]
        hidden = entry.action in GONE and never_seen(before, entry.accepted_at)
        found.append(
            Told(
                entry,
                names.publisher(connection, entry.identity.publisher),
                content,
                tuple(map(history_entry, past)),
                names.of(connection, content) if entry.content else {},
                hidden=hidden,
                listed=listed.get(entry.identity.story_id, ()),
                known_as=_addresses(connection, entry) if entry.action in GONE and not hidden else (),
            )
        )
    return found


def _histories(connection: Connection, stories: set[Identity]) -> dict[str, list[Entry]]:
    if not stories:
        return {}
    ids = [one.story_id for one in stories]
    query = bare_entries().where(revisions.c.story_id.in_(ids)).order_by(revisions.c.story_id, revisions.c.revision)
    found: dict[str, list[Entry]] = {}
    for row in connection.execute(query):
        entry = to_entry(row)
        found.setdefault(entry.identity.story_id, []).append(entry)
    return found


def _listed(connection: Connection, of: set[Identity], names: Names) -> dict[str, tuple[FormerList, ...]]:
    """The lists of earlier revisions, with their names; stories without any are left out."""
    if not of:
        return {}
    query = select(stories.c.story_id, stories.c.listed).where(stories.c.story_id.in_([one.story_id for one in of]))
    keys = {row.story_id: orjson.loads(row.listed) for row in connection.execute(query)}
    of_key = {key: _term(key) for stood in keys.values() for key in stood}
    known = names.named(connection, [term for term in of_key.values() if term])
    return {
        story_id: tuple(FormerList(key=key, name=known.get(of_key[key] or ("tag", ""), "")) for key in stood)
        for story_id, stood in keys.items()
        if stood
    }


def _term(key: str) -> tuple[Kind, str] | None:
    """`section/economy` as (kind, slug); None for a month."""
    kind, _, slug = key.partition("/")
    return None if kind == "archive" else (cast("Kind", kind), slug)


def _addresses(connection: Connection, gone: Entry) -> tuple[str, ...]:
    """Every address of a story up to the revision that ends it: paths, aliases, canonical addresses."""
    mine = (revisions.c.story_id == gone.identity.story_id, revisions.c.revision <= gone.revision)
    found: set[str] = set()
    for entry in map(to_entry, connection.execute(entries().where(*mine))):
        canonical = orjson.loads(entry.content or b"{}").get("canonical_url")
        found |= {entry.path, *entry.redirects, *([canonical] if canonical else [])}
    return tuple(sorted(found))


def _newest_contents(connection: Connection, stories: set[Identity]) -> dict[Identity, bytes]:
    if not stories:
        return {}
    newest = (
        select(revisions.c.story_id, func.max(revisions.c.revision).label("revision"))
        .join(contents, contents.c.position == revisions.c.position)
        .where(revisions.c.story_id.in_([one.story_id for one in stories]))
        .group_by(revisions.c.story_id)
        .subquery()
    )
    query = entries().join(
        newest, (revisions.c.story_id == newest.c.story_id) & (revisions.c.revision == newest.c.revision)
    )
    return {entry.identity: entry.content or b"{}" for entry in map(to_entry, connection.execute(query))}
