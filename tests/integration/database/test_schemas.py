"""Do the migrations make what the code expects, on SQLite and on PostgreSQL?"""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Connection, MetaData, inspect

from shared.database import Database
from shared.runtime.migrate import migrate

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
