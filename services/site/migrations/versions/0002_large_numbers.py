"""Numbers of comments are of 64 bits, as the API takes them: it answered 500 to one above 2^31."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _all("BIGINT")


def downgrade() -> None:
    _all("INTEGER")


def _all(kind: str) -> None:
    """SQLite's integers are of 64 bits whatever they are called."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE comments ALTER COLUMN id TYPE {kind}")
        op.execute(f"ALTER TABLE comments ALTER COLUMN parent TYPE {kind}")
        op.execute(f"ALTER SEQUENCE comments_id_seq AS {kind}")
