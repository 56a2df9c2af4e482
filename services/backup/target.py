"""May a backup be restored here? Only where nothing is and nothing runs."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from services.backup.manifest import Manifest, Refused
from services.backup.services import SINKS_FIRST, kept
from shared.bus import is_untouched
from shared.database import Database
from shared.runtime.claims import CannotStart, Claim, claim_services
from shared.runtime.migrate import stored
from shared.settings import Settings

_ANOTHER = "Choose an empty one, or move this one away."


def hold(settings: Settings) -> Sequence[Claim]:
    """Keep every newswire of this data directory from starting; Refused when one runs."""
    try:
        return claim_services(settings, SINKS_FIRST)
    except CannotStart as error:
        raise Refused(f"A newswire is running here: {error}.") from None


async def refuse_unless_empty(settings: Settings, manifest: Manifest) -> None:
    """Refused when there is any state, an older life in Redis, or somebody at work on the database."""
    if settings.redis_url is not None:
        if not await is_untouched(settings.redis_url):
            raise Refused("NEWSWIRE_REDIS_URL still holds events of another life: empty that database (FLUSHDB) first.")
    elif (settings.data_dir / "redis" / "appendonlydir").exists():
        raise Refused(f"{settings.data_dir / 'redis'} holds events of another life. {_ANOTHER}")
    for service in SINKS_FIRST:
        if settings.sqlite:
            path = Path(settings.database_url.removeprefix("sqlite:///")) / f"{service}.db"
            if not path.exists():
                continue  # not even opened: a refusal leaves no empty file behind
        database = Database(settings.database_url, service)
        try:
            await _empty(database, manifest.services[service].schema_at)
        finally:
            await database.close()


async def _empty(database: Database, schema_at: str) -> None:
    service, found = database.service, await stored(database)
    if database.dialect == "postgresql" and (others := await database.read(_at_work)):
        raise Refused(f"A newswire is running on this PostgreSQL: {others} connections of {service} are open.")
    if found is None:
        return
    if full := await database.read(lambda connection: _full(connection, service)):
        raise Refused(f"{service} has state already (table {full}). {_ANOTHER}")
    if found != schema_at:
        raise Refused(f"{service} is at schema {found}, the backup at {schema_at}. {_ANOTHER}")


def _full(connection: Connection, service: str) -> str | None:
    """A table that holds something."""
    there = inspect(connection)
    for one in kept(service):
        if there.has_table(one.name) and connection.scalar(select(func.count()).select_from(one)):
            return one.name
    return None


def _at_work(connection: Connection) -> int:
    """Connections of the same service's processes; ours does not count."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name = current_setting('application_name')"
    )
    return connection.scalar(query) or 0
