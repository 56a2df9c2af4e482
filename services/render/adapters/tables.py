"""Render's index. Moments are µs since 1970 in 64-bit integers."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

#: Keys of lists are looked up by range (`archive/` to `archive0`) and navigation is in their order: by bytes, also
#: where a server sorts as people do (some ignore a slash altogether).
BYTEWISE = String(250).with_variant(String(250, collation="C"), "postgresql")

#: `version` names the state of the story that lists show: the number of the transaction that changed it last.
stories = Table(
    "stories",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("comments_version", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("headline", Text, nullable=False),
    Column("priority", String(10), nullable=False),
    Column("language", String(40), nullable=False),
    Column("sponsored", Boolean, nullable=False),
    Column("thumb", Text),
    Column("doc", LargeBinary),
    Column("comments", LargeBinary),
    Index("stories_ordinal", "state", "ordinal"),
)

#: A story that left a list keeps its row (`here` false): every list that carried it must hear of its kill.
memberships = Table(
    "memberships",
    metadata,
    Column("list_key", String(250), primary_key=True),
    Column("story_id", String(36), primary_key=True),
    Column("here", Boolean, nullable=False),
    Column("sort_at", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Index("memberships_order", "list_key", "here", "sort_at", "ordinal", "story_id"),
    Index("memberships_story", "story_id"),
)

#: `size` counts live stories, so that nobody counts rows; `name` is that of the story accepted first (`name_ordinal`);
#: `pages` is how many pages there have ever been: those beyond the last must be emptied, not left as they were.
lists = Table(
    "lists",
    metadata,
    Column("key", BYTEWISE, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_ordinal", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
)

#: 1,000 stories in the sitemap, by ordinal; `packed` is how they stand in their file, deflated.
chunks = Table(
    "chunks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("changed_at", BigInteger),
    Column("packed", LargeBinary),
)

references = Table(
    "refs",
    metadata,
    Column("target", Text, primary_key=True),
    Column("story_id", String(36), primary_key=True),
    Index("refs_story", "story_id"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("address", Text, primary_key=True),
    Column("story_id", String(36), primary_key=True),
    Index("addresses_story", "story_id"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("list_key", String(250), primary_key=True),
    Column("story_id", String(36), primary_key=True),
    Column("path", Text, nullable=False),
    Column("killed_at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("sort_at", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Index("tombstones_age", "killed_at"),
    Index("tombstones_story", "story_id"),
)

comments = Table(
    "comments",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("comment_id", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("page", Integer, nullable=False, server_default="1"),  # of the story's comments, on which it stands
    Index("comments_age", "at", "comment_id"),
)

#: What is to be rendered again, and when; `mark` grows with every marking: a sweep forgets only what it has seen.
dirty = Table(
    "dirty",
    metadata,
    Column("what", String(10), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("due", BigInteger, nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("since", BigInteger),
    Index("dirty_due", "due"),
)

thumbs = Table(
    "thumbs",
    metadata,
    Column("image", String(200), primary_key=True),
    Column("thumb", Text, nullable=False),
)

#: Theme and words with which pages are made.
made_with = Table(
    "made_with",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", Text, nullable=False),
)

#: The number of the newest transaction: the version of every route that it made.
counters = Table(
    "counters",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
