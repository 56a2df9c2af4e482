"""How is a backup taken, while everything runs?

Each service is read in one transaction. All is written beside the target, the manifest last, and renamed when it lies
on disk: what bears the target's name is whole.
"""

import asyncio
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, func, select

from services.backup.manifest import FORMAT, MANIFEST, Carried, File, Manifest, Part, Refused, digest
from services.backup.parts import AT_ONCE, Written, columns_of
from services.backup.services import SINKS_FIRST, kept, migrations
from shared.database import Database
from shared.pages import PageMissing, Pages
from shared.runtime.claims import ADMIN_KEY
from shared.runtime.document import VERSION
from shared.runtime.migrate import head, stored
from shared.settings import Settings

#: What is under way, how much of it is done, of how much.
Progress = Callable[[str, int, int], None]
#: Pictures that are in memory at a time.
_PICTURES: Final = 8


async def take(settings: Settings, target: Path, now: datetime, progress: Progress) -> Manifest:
    """Write a backup of everything to `target`, a directory that is not there yet; its manifest.

    Raises:
        Refused: the target is taken, or there is no state of this program's schema.
    """
    if await asyncio.to_thread(os.path.lexists, target):
        raise Refused(f"{target} is there already: name a directory that is not.")
    aside = target.parent / f".{target.name}.unfinished-{secrets.token_hex(4)}"
    schemas = {service: await _schema(settings, service) for service in SINKS_FIRST}
    try:
        aside.mkdir(mode=0o700, parents=True)
        services = {
            service: Carried(schema_at=at, tables=await _service(settings, service, aside, progress))
            for service, at in schemas.items()
        }
        media, size = await _media(Pages(settings.pages_url), aside, progress)
        manifest = Manifest(
            format=FORMAT,
            newswire=VERSION,
            taken_at=now,
            services=services,
            media=media,
            media_bytes=size,
            admin_key=_admin_key(settings, aside),
        )
        await asyncio.to_thread(_finish, aside, target, manifest)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return manifest


async def _schema(settings: Settings, service: str) -> str:
    """The revision of a service's schema, if it is ours to read."""
    if settings.sqlite:
        file = Path(settings.database_url.removeprefix("sqlite:///")) / f"{service}.db"
        if not file.is_file():
            raise Refused(f"There is nothing to back up: {file} is not there. Is NEWSWIRE_DATA_DIR right?")
    database = Database(settings.database_url, service)
    try:
        found, wanted = await stored(database), head(migrations(service))
    finally:
        await database.close()
    if found is None or found != wanted:
        raise Refused(
            f"The database of {service} is at {found or 'no revision'}, this program knows {wanted}: "
            "run `newswire migrate`, or the newswire that made it."
        )
    return found


async def _service(settings: Settings, service: str, aside: Path, progress: Progress) -> tuple[Part, ...]:
    database = Database(settings.database_url, service)
    try:
        return await database.snapshot(lambda connection: _tables(connection, service, aside, progress))
    finally:
        await database.close()


def _tables(connection: Connection, service: str, aside: Path, progress: Progress) -> tuple[Part, ...]:
    tables = kept(service)
    total = sum(connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables)
    parts: list[Part] = []
    for one in tables:
        before = sum(part.rows for part in parts)
        parts.append(_table(connection, service, one, aside, partial(_tell, progress, service, before, total)))
    return tuple(parts)


def _tell(progress: Progress, service: str, before: int, total: int, rows: int) -> None:
    progress(service, before + rows, total)


def _table(connection: Connection, service: str, one: Table, aside: Path, told: Callable[[int], None]) -> Part:
    """A table in the order of its key, so that equal states give equal files."""
    columns = columns_of(one)
    name = f"{service}/{one.name}.ndjson.zst"
    query = select(one).order_by(*one.primary_key.columns).execution_options(yield_per=AT_ONCE)
    with Written(aside / name, [kind for _, kind in columns]) as file:
        for some in connection.execute(query).partitions():
            file.add([tuple(row) for row in some])
            told(file.rows)
    return Part(file=name, rows=file.rows, sha256=file.sha256, table=one.name, columns=columns)


async def _media(pages: Pages, aside: Path, progress: Progress) -> tuple[File, int]:
    """Every picture as it came; smaller copies are made again. Read after the log, it is all that the log names."""
    keys = [key for key in await pages.media() if "-" not in key]
    (aside / "media").mkdir(mode=0o700)
    size = 0
    with Written(aside / "media.ndjson.zst", ("text", "number", "text")) as listed:
        for start in range(0, len(keys), _PICTURES):
            some = keys[start : start + _PICTURES]
            rows = await asyncio.gather(*(_picture(pages, key, aside) for key in some))
            there = [row for row in rows if row is not None]
            listed.add(there)
            size += sum(row[1] for row in there)
            progress("media", start + len(some), len(keys))
    return File(file="media.ndjson.zst", rows=listed.rows, sha256=listed.sha256), size


async def _picture(pages: Pages, key: str, aside: Path) -> tuple[str, int, str] | None:
    try:
        body = await pages.get(key)
    except PageMissing:
        return None  # a redaction has removed it meanwhile
    await asyncio.to_thread((aside / key).write_bytes, body)
    return key, len(body), sha256(body).hexdigest()


def _admin_key(settings: Settings, aside: Path) -> str | None:
    """The key that the first start made; one that stands in the settings is not ours to carry."""
    made = settings.data_dir / ADMIN_KEY
    if settings.admin_key is not None or not made.is_file():
        return None
    file = os.open(aside / ADMIN_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(made.read_bytes())
    return digest(aside / ADMIN_KEY)


def _finish(aside: Path, target: Path, manifest: Manifest) -> None:
    """Everything to disk, then the manifest, then the name."""
    folders = [path for path in aside.rglob("*") if path.is_dir()]
    _sync([path for path in aside.rglob("*") if path.is_file()])
    (aside / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _sync([aside / MANIFEST, *folders, aside])
    aside.rename(target)
    _sync([target.parent])


def _sync(paths: Sequence[Path]) -> None:
    for opened in map(partial(os.open, flags=os.O_RDONLY), paths):
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
