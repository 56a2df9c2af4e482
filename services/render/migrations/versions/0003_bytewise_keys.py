"""Keys of lists sort by their bytes on PostgreSQL, too: ranges of them mean bytes, and navigation is in their order."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE lists ALTER COLUMN key TYPE VARCHAR(250) COLLATE "C"')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE lists ALTER COLUMN key TYPE VARCHAR(250) COLLATE "default"')
