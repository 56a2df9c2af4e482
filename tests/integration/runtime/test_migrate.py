"""Does a schema reach its newest revision once, whoever starts at the same time?"""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.database import Database
from shared.runtime.migrate import NewerSchema, head, migrate, stored

SECOND = '''"""One column more."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("things", sa.Column("name", sa.String))
'''
FIRST = '''"""A table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("things", sa.Column("id", sa.Integer, primary_key=True))
'''
BROKEN = SECOND.replace('"name", sa.String))', '"name", sa.String))\n    op.execute("nonsense")')


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history of one revision."""
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "migrations" / "versions" / "0001_things.py").write_text(FIRST)
    return tmp_path / "migrations"


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """An empty database."""
    opened = Database(database_url, "ingest")
    yield opened
    await opened.close()


async def test_a_history_is_applied_once_and_then_not_asked(database: Database, history: Path) -> None:
    assert await stored(database) is None
    assert await migrate(database, history)
    assert await stored(database) == "0001"
    assert not await migrate(database, history)
    await database.write(lambda connection: connection.execute(text("INSERT INTO things (id) VALUES (1)")))


async def test_what_is_there_stays_when_a_revision_comes(database: Database, history: Path) -> None:
    await migrate(database, history)
    await database.write(lambda connection: connection.execute(text("INSERT INTO things (id) VALUES (1)")))
    (history / "versions" / "0002_name.py").write_text(SECOND)
    assert await migrate(database, history)
    rows = await database.read(lambda connection: connection.execute(text("SELECT id, name FROM things")).all())
    assert [tuple(row) for row in rows] == [(1, None)]


async def test_a_revision_that_fails_leaves_nothing(database: Database, history: Path) -> None:
    await migrate(database, history)
    (history / "versions" / "0002_name.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nonsense"):
        await migrate(database, history)
    assert await stored(database) == "0001"


async def test_replicas_that_start_together_do_it_once(database_url: str, history: Path) -> None:
    replicas = [Database(database_url, "ingest") for _ in range(4)]
    await asyncio.gather(*(migrate(replica, history) for replica in replicas))
    assert [await stored(replica) for replica in replicas] == ["0001"] * 4
    for replica in replicas:
        await replica.close()


async def test_a_schema_of_a_newer_program_is_left_alone(database: Database, history: Path) -> None:
    (history / "versions" / "0002_name.py").write_text(SECOND)
    await migrate(database, history)
    (history / "versions" / "0002_name.py").unlink()
    with pytest.raises(NewerSchema, match="0002"):
        await migrate(database, history)


async def test_a_service_without_a_history_needs_nothing(database: Database, tmp_path: Path) -> None:
    assert head(tmp_path) is None
    assert not await migrate(database, tmp_path)
