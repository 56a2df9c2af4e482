"""The trace read model, the dead letters and the directory of publishers."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("publisher", sa.String(200), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "revisions",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("accepted_at", Instant, nullable=False),
        sa.Column("release_at", Instant),
        sa.Column("halted", sa.Text),
    )
    op.create_table(
        "stages",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("stage", sa.String(16), primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("from_stream", sa.String(80), nullable=False),
        sa.Column("step", sa.String(80), nullable=False),
        sa.Column("entry_id", sa.String(40), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("encoding", sa.String(10), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("traceback", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("story_id", sa.String(36)),
        sa.Column("revision", sa.Integer),
        sa.Column("died_at", Instant, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
    )
    op.create_index("letters_entry", "letters", ["from_stream", "step", "entry_id"], unique=True)
    op.create_index("letters_state", "letters", ["state", "id"])
    op.create_table(
        "directory",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("publisher", sa.String(200), nullable=False),
        sa.Column("scopes", sa.String(40), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("directory", "letters", "deliveries", "stages", "revisions", "stories"):
        op.drop_table(table)
