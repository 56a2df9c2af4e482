"""How is a backup brought back, so that nothing is told twice?

Hashes first, then pictures, then one transaction a service: its schema as it was, its rows, its schema as it is, the
rules that make it safe. The log comes last: whatever ends a restore before that leaves a newswire that has nothing to
tell, and may not send.
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, func, insert, select, text

from services.backup import rules
from services.backup.checking import check, pictures
from services.backup.log import logged
from services.backup.manifest import Carried, Manifest, read
from services.backup.parts import as_table, rows
from services.backup.services import SINKS_FIRST, migrations
from services.backup.taking import Progress
from services.backup.target import hold, refuse_unless_empty
from shared.database import Database
from shared.pages import Pages
from shared.runtime.claims import ADMIN_KEY, prepare
from shared.runtime.migrate import upgrade
from shared.settings import Settings

_PICTURES: Final = 8


@dataclass
class Restored:
    """What was brought back; of what was done to it, how many rows."""

    manifest: Manifest
    #: Deliveries that may or may not have been made; nobody sends them but a person.
    held: int = 0
    #: Stories whose pages are made again at the next start.
    stories: int = 0


async def restore(settings: Settings, source: Path, now: datetime, progress: Progress) -> Restored:
    """Bring the backup at `source` back into an empty state.

    Raises:
        Refused: the backup is not whole, the state is not empty, or a newswire runs on it. Nothing was changed.
    """
    manifest = read(source)
    await asyncio.to_thread(check, source, manifest, progress)
    prepare(settings)
    claims = hold(settings)
    try:
        await refuse_unless_empty(settings, manifest)
        await _media(Pages(settings.pages_url), source, manifest, progress)
        restored = Restored(manifest)
        for service in SINKS_FIRST:
            await _service(settings, service, _Load(source, manifest, now, restored, progress))
        _admin_key(settings, source, manifest)
    finally:
        for claim in claims:
            claim.release()
    return restored


@dataclass
class _Load:
    """One restore under way."""

    source: Path
    manifest: Manifest
    now: datetime
    restored: Restored
    progress: Progress


async def _service(settings: Settings, service: str, load: _Load) -> None:
    database = Database(settings.database_url, service, durable=True)
    try:
        await database.write(lambda connection: _bring_back(connection, service, load))
    finally:
        await database.close()


def _bring_back(connection: Connection, service: str, load: _Load) -> None:
    carried = load.manifest.services[service]
    upgrade(connection, migrations(service), service, carried.schema_at)
    _rows(connection, service, carried, load)
    upgrade(connection, migrations(service), service)
    _continue_numbers(connection, carried)  # the rules enter rows of their own,
    _make_safe(connection, service, load)
    _continue_numbers(connection, carried)  # some with numbers far ahead


def _rows(connection: Connection, service: str, carried: Carried, load: _Load) -> None:
    done, total = 0, sum(part.rows for part in carried.tables)
    for part in carried.tables:
        into = insert(as_table(part))
        for some in rows(load.source, part):
            connection.execute(into, some)
            done += len(some)
            load.progress(service, done, total)


def _make_safe(connection: Connection, service: str, load: _Load) -> None:
    """The rules of each service, in the order in which they need each other."""
    now = load.now
    match service:
        case "notify":
            rules.sending_is_paused(connection, now)
            load.restored.held = rules.unsettled_deliveries_are_held(connection, now)
            rules.restored_revisions_are_planned(connection, logged(load.source, load.manifest, now), now)
            rules.numbers_of_readers_and_mails_jump(connection, now)
        case "site":
            rules.comments_are_told_again(connection, now)
            rules.answers_count_as_told(connection)
            rules.pictures_are_hidden_until_stories_come(connection)
            rules.numbers_of_comments_jump(connection, now)
        case "ingest":
            rules.numbers_of_changes_jump(connection)
            rules.open_revisions_count_as_planned(connection, now)
            rules.redactions_are_done_again(connection)
            load.restored.stories = rules.pages_are_made_again(connection)
        case _:  # the desk and enrich tell nobody anything, of render nothing is carried
            return


def _continue_numbers(connection: Connection, carried: Carried) -> None:
    """PostgreSQL's own counters know nothing of rows that came with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    own = "CAST(CAST(:own AS text) AS regclass)"
    # A number that was raised already (`rules.number_above`) stays.
    raised = text(f"SELECT setval({own}, greatest(nextval({own}), CAST(:last AS bigint)))")
    for part in carried.tables:
        if "id" not in dict(part.columns):
            continue
        sequence = connection.scalar(select(func.pg_get_serial_sequence(part.table, "id")))
        last = connection.scalar(select(func.max(column("id"))).select_from(as_table(part)))
        if sequence is not None and last is not None:
            connection.scalar(raised, {"own": sequence, "last": last})


async def _media(pages: Pages, source: Path, manifest: Manifest, progress: Progress) -> None:
    found = [path for path, _ in pictures(source, manifest.media)]
    for start in range(0, len(found), _PICTURES):
        some = found[start : start + _PICTURES]
        await asyncio.gather(*(_picture(pages, path) for path in some))
        progress("media", start + len(some), len(found))


async def _picture(pages: Pages, path: Path) -> None:
    await pages.put(f"media/{path.name}", await asyncio.to_thread(path.read_bytes))


def _admin_key(settings: Settings, source: Path, manifest: Manifest) -> None:
    """The operator's key is the old one again; a key that is here already stays."""
    path = settings.data_dir / ADMIN_KEY
    if manifest.admin_key is None or path.exists():
        return
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write((source / ADMIN_KEY).read_bytes())
