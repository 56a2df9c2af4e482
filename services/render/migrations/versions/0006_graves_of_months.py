"""Archived feeds of months keep the entries of withdrawn stories, too: those of the last thirty days get theirs."""

import sqlalchemy as sa
from alembic import op

from shared import clock

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        "INSERT INTO tombstones (list_key, story_id, path, killed_at, note, sort_at, ordinal) "
        "SELECT m.list_key, t.story_id, t.path, t.killed_at, t.note, t.sort_at, t.ordinal "
        "FROM tombstones t JOIN memberships m ON m.story_id = t.story_id "
        "WHERE t.list_key = '' AND m.list_key LIKE 'archive/%'"
    )
    at_once = sa.text(
        "INSERT INTO dirty (what, key, due, mark) SELECT DISTINCT 'archive', t.list_key, :now, 0 FROM tombstones t "
        "WHERE t.list_key LIKE 'archive/%' "
        "AND NOT EXISTS (SELECT 1 FROM dirty d WHERE d.what = 'archive' AND d.key = t.list_key)"
    ).bindparams(sa.bindparam("now", int(clock.now().timestamp() * 1_000_000), type_=sa.BigInteger))
    op.get_bind().execute(at_once)


def downgrade() -> None:
    op.execute("DELETE FROM tombstones WHERE list_key LIKE 'archive/%'")
