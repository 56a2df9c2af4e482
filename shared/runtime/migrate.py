"""Is a service's schema the one that its code expects? If not, bring it there.

A history is `services/X/migrations/versions/0001_what.py`, revision `"0001"`; there is no other script. Alembic costs
half a second to import, so when the newest file's number is stored already it is not even asked.
"""

import asyncio
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, inspect, text

from shared.database import Database, lock

#: Alembic keeps the migration that runs in module globals: one at a time in a process (a lock belongs to one loop).
_ONE_AT_A_TIME: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class NewerSchema(Exception):  # noqa: N818 - reads as the sentence that is printed
    """The database was written by a newer version of the program."""


def head(migrations: Path) -> str | None:
    """The newest revision of a history; None when the service keeps no state."""
    return max((path.name.split("_")[0] for path in (migrations / "versions").glob("[0-9]*_*.py")), default=None)


async def stored(database: Database) -> str | None:
    """The revision that a database is at; None before the first migration."""
    return await database.read(_stored)


async def migrate(database: Database, migrations: Path) -> bool:
    """Bring `database` to the newest revision, in one transaction; True when there was something to do."""
    wanted = head(migrations)
    if wanted is None:
        return False
    found = await stored(database)
    if found == wanted:
        return False
    if found is not None and found > wanted:
        raise NewerSchema(f"the database of {database.service} is at {found}, this program knows {wanted}: update it")
    async with _ONE_AT_A_TIME.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await database.write(lambda connection: upgrade(connection, migrations, database.service))
    return True


def _stored(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def upgrade(connection: Connection, migrations: Path, service: str, to: str = "head") -> None:
    """Bring a schema up to revision `to` within the caller's transaction; one upgrade at a time in a process."""
    from alembic.config import Config  # noqa: PLC0415 - see the top
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    lock(connection, f"newswire-migrate-{service}")  # replicas that start together do it once
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{service}"')
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)

    def steps(revision: Any, _context: object) -> Any:  # noqa: ANN401 - Alembic's own types
        return script._upgrade_revs(to, revision)  # noqa: SLF001 - what `alembic upgrade` itself calls

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
