"""Which tables does the site own?

Every row that a replica may hold in memory carries `changed`, a number that rises with each commit: taken from one
locked row (`counters`), so that a replica which has seen n has missed nothing below it.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, String, Table, Text, false

from shared.database import Instant

metadata = MetaData()

counters = Table(
    "counters",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: `key` None: the address shows nothing any more.
routes = Table(
    "routes",
    metadata,
    Column("path", Text, primary_key=True),
    Column("key", Text),
    Column("version", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("story_id", String(36)),
    Column("last_modified", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("path", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("comments_version", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("action", String(8), nullable=False),
    Column("headline", Text, nullable=False),
    Column("comments_open", Boolean, nullable=False),
    Column("note", Text),
    Column("changed_at", Instant, nullable=False),
    Column("changed", BigInteger, nullable=False),
    #: The change that brought this revision; `changed` also counts new comments.
    Column("told", BigInteger, nullable=False),
)

redirects = Table(
    "redirects",
    metadata,
    Column("path", Text, primary_key=True),
    Column("story_id", String(36), nullable=False),
)

#: Which story uses which picture; `stem` is the object's name without suffix, so that its smaller copies count too.
media = Table(
    "media",
    metadata,
    Column("name", Text, primary_key=True),
    Column("story_id", String(36), primary_key=True),
    Column("stem", Text, nullable=False),
    Column("live", Boolean, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: What search finds; the words themselves are in the full-text index beside it. `id` rises with `published` (see
#: domain/numbering); `text` is kept for the snippets; `facets` are JSON.
documents = Table(
    "documents",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("story_id", String(36), nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("dek", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("facets", Text, nullable=False),
    Column("published", Float, nullable=False),
    Column("card", Text, nullable=False),
    Column("text", Text, nullable=False),
)

#: What ranking reads of a thousand documents at a time, apart from their text.
outlines = Table(
    "outlines",
    metadata,
    Column("document", BigInteger, primary_key=True, autoincrement=False),
    Column("story_id", String(36), nullable=False),
    Column("published", Float, nullable=False),
    Column("outline", Text, nullable=False),
)

#: The words of headlines, deks and names that stories have now, under what they are with a letter less.
spellings = Table(
    "spellings",
    metadata,
    Column("fragment", Text, primary_key=True),
    Column("word", Text, primary_key=True),
    sqlite_with_rowid=False,
)

comments = Table(
    "comments",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("story_id", String(36), nullable=False),
    Column("parent", BigInteger),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("website", Text),
    Column("comment", Text, nullable=False),
    Column("status", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("wants_answers", Boolean, nullable=False, server_default=false()),
    Column("words", String(64), nullable=False, server_default=""),  # of a text long enough to be known again
    Column("thrown_at", Instant),  # since when it is spam or trash; null for what is neither, or erased
)

#: The version of a story's approved comments, and when we next tell render of one that no page shows yet.
discussions = Table(
    "discussions",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("repeat_at", Instant, nullable=False),
)

#: An answer to somebody who asked to hear of answers: told once it stands on the page (`version` of the discussion),
#: and again until notify has noted it (`settled`). A row stays, so that approving the answer again tells nobody again.
answers = Table(
    "answers",
    metadata,
    Column("comment", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("story_id", String(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("owed_at", Instant, nullable=False),
    Column("repeat_at", Instant, nullable=False),
)

#: What a CDN has to forget: paths and the kills that wait for it, each as JSON. A leased row's `due_at` is when its
#: lease ends.
purges = Table(
    "purges",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("urgent", Boolean, nullable=False),
    Column("paths", Text, nullable=False),
    Column("kills", Text, nullable=False),
    Column("owed_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("detail", Text, nullable=False),
)
