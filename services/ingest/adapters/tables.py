"""Which tables does ingest own?

A revision's `state`:  waiting (for its time) → queued → emitted → live (proven) → settled (and its notices planned);
superseded (a higher one settles it) and halted (a step gave it up) are ends too, until a later `live` says otherwise.
`emitted_ms` is Redis' time of the newest emission, null while it is not known to have reached Redis. `changed` names
what the revision changed for readers, with blanks between; null where nobody wrote that down yet.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    or_,
)

from shared.database import Instant

metadata = MetaData()

publishers = Table(
    "publishers",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("scopes", String(40), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

#: Numbers given one at a time: `ordinal` of stories, `seq` of changes, `directory` (version). Beside them `held_until`
#: (Unix seconds), until when nothing but kills may go, and `floor`, above which every new revision is numbered.
counters = Table(
    "counters",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("publisher", String(80), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_revision", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("slug", String(80), nullable=False),
    Column("former", Text, nullable=False),
    Column("listed", Text, nullable=False),
    Column("expires_at", Instant),
    Column("live_revision", Integer),
    Column("live_at", Instant),
)

revisions = Table(
    "revisions",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("story_id", String(36), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("publisher", String(80), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("action", String(10), nullable=False),
    Column("notify", Boolean, nullable=False),
    Column("note", Text),
    Column("kind", String(20)),
    Column("reason", Text),
    Column("receipt", String(36)),
    Column("changed", Text),
    Column("accepted_at", Instant, nullable=False),
    Column("release_at", Instant),
    Column("published_at", Instant, nullable=False),
    Column("path", Text, nullable=False),
    Column("redirects", Text, nullable=False),
    Column("announce_until", Instant),
    Column("size", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("claimed_at", Instant),
    Column("emitted_ms", BigInteger),
    Column("sends", Integer, nullable=False),
    Column("live_at", Instant),
    Column("planned_at", Instant),
    Column("seq", BigInteger),
    Column("told", String(10)),
)

#: What a revision brought; kills and expiries bring nothing. It never changes, the revision's row does.
contents = Table(
    "contents",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

paths = Table(
    "paths",
    metadata,
    Column("path", Text, primary_key=True),
    Column("story_id", String(36), nullable=False),
)

#: `kind` is section, tag or author; the name is the first that was logged for the slug.
terms = Table(
    "terms",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("slug", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("receipt", String(36), primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("outcome", String(12), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("retrying", Boolean, nullable=False),
)

#: Kills whose channels have not all said their last word: looked at when `due_at` comes, null once it `ended`.
receipts = Table(
    "receipts",
    metadata,
    Column("receipt", String(36), primary_key=True),
    Column("story_id", String(36), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("waits_for", String(10), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("due_at", Instant),
    Column("ended", String(10)),
    Column("ended_at", Instant),
)

#: Stories whose content was overwritten by order of a court: who asked when, and why (for the operator). `settled_at`:
#: since when nothing of the story is under way; `told_at`: when the services were last told; `done_at`: when all had
#: confirmed. `lists` and `pictures` are what the services need to know of what is gone.
redactions = Table(
    "redactions",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lists", Text, nullable=False),
    Column("pictures", Text, nullable=False),
    Column("settled_at", Instant),
    Column("told_at", Instant),
    Column("done_at", Instant),
)

#: Which service holds nothing of a redacted story any more.
redacted = Table(
    "redacted",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("service", String(10), primary_key=True),
    Column("at", Instant, nullable=False),
)

#: Comparisons of what is shown with the log. `mode` is rebuild, audit or repair; `state` running, done or failed: also
#: when nobody has said a word of it for a while (`changed_at`). `findings` are JSON.
rebuilds = Table(
    "rebuilds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("mode", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("phase", String(20), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("findings", Text, nullable=False),
    Column("error", Text),
    Column("started_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)


def in_state(*states: str) -> ColumnElement[bool]:
    """Revisions in one of these states. No `IN`: SQLAlchemy cannot repeat a statement that holds one."""
    return or_(*(revisions.c.state == state for state in states))
