"""Which tables does the desk own?"""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

from shared.database import Instant
from shared.runtime.directory import directory_table

metadata = MetaData()

stories = Table(
    "stories",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("publisher", String(200), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("headline", Text, nullable=False),
    Column("revision", Integer, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("action", String(16), nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("release_at", Instant),
    Column("halted", Text),
)

stages = Table(
    "stages",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("stage", String(16), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("note", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("from_stream", String(80), nullable=False),
    Column("step", String(80), nullable=False),
    Column("entry_id", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Column("encoding", String(10), nullable=False),
    Column("error", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("story_id", String(36)),
    Column("revision", Integer),
    Column("died_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),
)

directory = directory_table(metadata)
