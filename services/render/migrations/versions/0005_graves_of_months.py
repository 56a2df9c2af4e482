"""Archived feeds of months keep the entries of withdrawn stories, too: those of the last thirty days get theirs."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(
        "INSERT INTO tombstones (list_key, story_id, path, killed_at, note, sort_at, ordinal) "
        "SELECT m.list_key, t.story_id, t.path, t.killed_at, t.note, t.sort_at, t.ordinal "
        "FROM tombstones t JOIN memberships m ON m.story_id = t.story_id "
        "WHERE t.list_key = '' AND m.list_key LIKE 'archive/%'"
    )
    op.execute(
        "INSERT INTO dirty (what, key, due, mark) SELECT DISTINCT 'archive', t.list_key, 0, 0 FROM tombstones t "
        "WHERE t.list_key LIKE 'archive/%' "
        "AND NOT EXISTS (SELECT 1 FROM dirty d WHERE d.what = 'archive' AND d.key = t.list_key)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM tombstones WHERE list_key LIKE 'archive/%'")
