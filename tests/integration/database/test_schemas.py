"""Do the migrations make what the code expects, on SQLite and on PostgreSQL?"""

import importlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Column, Connection, LargeBinary, MetaData, insert, inspect

from services.ingest.adapters.rows import entries
from services.ingest.adapters.tables import revisions
from shared.database import Database
from shared.runtime.migrate import migrate

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")


def shape(connection: Connection, expected: MetaData) -> dict[str, dict[str, bool]]:
    """Table → column → may it be NULL, of the tables that the code names."""
    found = inspect(connection)
    return {
        table: {column["name"]: bool(column["nullable"]) for column in found.get_columns(table)}
        for table in expected.tables
        if found.has_table(table)
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrations_make_the_tables_of_the_code(service: str, database_url: str) -> None:
    tables: ModuleType = importlib.import_module(f"services.{service}.adapters.tables")
    expected: MetaData = tables.metadata
    database = Database(database_url, service)
    try:
        migrations = Path(str(tables.__file__)).parents[1] / "migrations"
        assert await migrate(database, migrations)
        assert not await migrate(database, migrations)
        made = await database.read(lambda connection: shape(connection, expected))
    finally:
        await database.close()
    for name, table in expected.tables.items():
        # More columns may be there: PostgreSQL's search vector has no counterpart in SQLite's FTS5.
        assert {column.name: bool(column.nullable) for column in table.columns}.items() <= made[name].items(), name


async def test_what_was_pushed_before_it_had_a_table_of_its_own_is_still_there(
    database_url: str, tmp_path: Path
) -> None:
    migrations = ROOT / "services/ingest/migrations"
    shutil.copytree(migrations, tmp_path / "old", ignore=shutil.ignore_patterns("000[2-9]_*"))
    row: dict[str, Any] = {column.name: 0 for column in revisions.columns if not column.nullable}
    row |= {"story_id": "s", "publisher": "p", "external_id": "e", "action": "publish", "state": "live", "notify": True}
    row |= {"path": "/a/", "redirects": "[]", "accepted_at": NOON, "published_at": NOON}
    database = Database(database_url, "ingest")
    try:
        await migrate(database, tmp_path / "old")
        before = revisions.to_metadata(MetaData())
        before.append_column(Column("content", LargeBinary))
        rows = [{**row, "position": n, "revision": n, "content": content} for n, content in ((1, b"first"), (2, None))]
        await database.write(lambda connection: connection.execute(insert(before), rows))
        assert await migrate(database, migrations)
        found = await database.read(lambda connection: connection.execute(entries()).all())
        assert [(one.revision, one.content) for one in found] == [(1, b"first"), (2, None)]
    finally:
        await database.close()
