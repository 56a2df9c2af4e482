"""Which tables does notify own?"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from shared.database import Instant
from shared.runtime.directory import directory_table

metadata = MetaData()
#: SQLite numbers rows by itself only in a column of type INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")
PENDING, SENDING, CARRIED = text("state = 'pending'"), text("state = 'sending'"), text("carrier_id IS NOT NULL")

secrets = Table("secrets", metadata, Column("name", String(40), primary_key=True), Column("value", LargeBinary))

directory = directory_table(metadata)

# A person. `address` is the form in which two spellings are one; both are gone once erased.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("address", String(320), unique=True),
    Column("email", String(320)),
    Column("state", String(12), nullable=False),  # confirmed, unsubscribed, erased
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("ended_at", Instant),
)

# What a person asked for; `digest`: 0 at once, 1 daily, 2 weekly.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", Number, primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("slug", String(200), primary_key=True),
    Column("digest", SmallInteger, nullable=False),
    Index("subscriptions_topic", "kind", "slug"),
)

# Links that were mailed, by the hash of their token; a confirm link remembers what it would confirm.
tokens = Table(
    "tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(10), nullable=False),  # confirm, manage, answers
    Column("address", String(320), nullable=False),
    Column("email", String(320), nullable=False),
    Column("topics", Text, nullable=False),
    Column("cadence", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("tokens_address", "address", "created_at"),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("public_id", String(40), nullable=False, unique=True),
    Column("publisher", String(200), nullable=False),  # empty: the admin's
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("topics", Text, nullable=False),
    Column("secret", String(80), nullable=False),
    Column("old_secret", String(80)),
    Column("old_until", Instant),
    Column("enabled", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,  # the number of one that was removed must not come to stand for another
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("endpoint_id", Number, nullable=False),
    Column("webhook_id", String(80), nullable=False),
    Column("event", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("ms", Integer, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("detail", Text, nullable=False),
    Index("attempts_endpoint", "endpoint_id", "id"),
)

# Where a story stands. Nothing of a revision below `cancelled_below` may be sent any more. `version` counts changes
# of its deliveries, `reported` is the last version that was told.
stories = Table(
    "stories",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("story_id", String(36), nullable=False, unique=True),
    Column("planned", Integer, nullable=False),
    Column("cancelled_below", Integer, nullable=False),
    Column("topics", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("reported", BigInteger, nullable=False),
    Index(
        "stories_unreported", "id", sqlite_where=text("version > reported"), postgresql_where=text("version > reported")
    ),
)

# Something to be told: a revision (one notice each), or a mail about a subscription (no story).
notices = Table(
    "notices",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("story", Number),
    Column("revision", Integer),
    Column("action", String(10), nullable=False),  # of the story; or confirm, manage, digest, ask, answer
    Column("planned_at", Instant, nullable=False),
    Column("content", Text),
    Column("event", LargeBinary),
    Index("notices_revision", "story", "revision", unique=True),
)

# The place of a revision among the changes (`/v1/changes`), as ingest told it; it may come before the notice.
numbers = Table(
    "numbers",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Index("numbers_seq", "seq"),
)

# The ledger. `lane`: 0 urgent, 1 the rest, 2 waits for a digest. A leased row's `due_at` is when its lease ends;
# `lease_until` counts while sending. `carrier_id` is the digest that carries this row.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("notice_id", Number, nullable=False),
    Column("story", Number),
    Column("revision", Integer),
    Column("channel", String(8), nullable=False),  # email, webhook, websub
    Column("recipient", Number),
    Column("lane", SmallInteger, nullable=False),
    Column("digest", SmallInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("token", String(24)),
    Column("parent_id", Number),
    Column("carrier_id", Number),
    Column("fresh", Boolean, nullable=False),
    Column("maybe_duplicate", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("deliveries_recipient", "story", "revision", "channel", "recipient", unique=True),
    Index("deliveries_due", "channel", "lane", "due_at", sqlite_where=PENDING, postgresql_where=PENDING),
    Index("deliveries_sending", "lease_until", sqlite_where=SENDING, postgresql_where=SENDING),
    Index("deliveries_waiting", "channel", "recipient", sqlite_where=PENDING, postgresql_where=PENDING),
    Index("deliveries_carried", "carrier_id", sqlite_where=CARRIED, postgresql_where=CARRIED),
)

# Kills whose settlement ingest waits for, one row a channel.
kills = Table(
    "kills",
    metadata,
    Column("story", Number, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("channel", String(8), primary_key=True),
    Column("receipt", String(36), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("delayed", Boolean, nullable=False),  # ingest was told that it takes longer
    Index("kills_open", "story", sqlite_where=text("open"), postgresql_where=text("open")),
)

# Channels that send nothing until they are resumed; a row each.
pauses = Table(
    "pauses",
    metadata,
    Column("channel", String(8), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

# Who hears of answers to comments; no subscriber, though it may be the same person. `asked`: we have asked whether the
# address is theirs. Both addresses are gone once erased.
correspondents = Table(
    "correspondents",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("address", String(320), unique=True),
    Column("email", String(320)),
    Column("state", String(12), nullable=False),  # asked, confirmed, ended, erased
    Column("asked_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# The answers that were noted, by the number of the comment: what comes again is told to nobody again.
answered = Table(
    "answered",
    metadata,
    Column("comment", Number, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
)

# What was asked of the WebSub hub and its callback has not been asked about; `key` is of the callback and the feed, and
# `number` of the last such request: the newest counts. `kind`, `slug` and `form` say which feed `topic` is.
hub_asks = Table(
    "hub_asks",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("number", String(16), nullable=False),
    Column("mode", String(12), nullable=False),  # subscribe, unsubscribe
    Column("callback", Text, nullable=False),
    Column("host", String(255), nullable=False),
    Column("topic", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("slug", String(200), nullable=False),
    Column("form", String(4), nullable=False),
    Column("lease_seconds", Integer, nullable=False),
    Column("secret", String(200)),
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
)

# Who confirmed it is told until `expires_at`. `failures` are in a row; `next_at` is when what is not urgent may follow.
# One worker at a time: `busy_until`, at the latest.
hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("callback", Text, nullable=False),
    Column("host", String(255), nullable=False),
    Column("topic", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("slug", String(200), nullable=False),
    Column("form", String(4), nullable=False),
    Column("secret", String(200)),
    Column("since", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("busy_until", Instant, nullable=False),
    Index("hub_subscriptions_topic", "kind", "slug"),
    Index("hub_subscriptions_host", "host"),
    Index("hub_subscriptions_expires", "expires_at"),
    sqlite_autoincrement=True,  # the number of one that has ended must not come to stand for another
)
