"""Which tables does enrich own?"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text

from shared.database import Instant

metadata = MetaData()

#: One row a story: the fence, and what was last emitted. `state` is `told`, `expired` or `killed`; a killed story has
#: no blob. The JSON columns hold what the row has in the index tables, so that it can be taken out again.
stories = Table(
    "stories",
    metadata,
    Column("story_id", String(36), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("ordinal", BigInteger, nullable=False, index=True),
    Column("blob", LargeBinary),
    Column("keys", Text, nullable=False),
    Column("addresses", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("explicit", Text, nullable=False),
    Column("moved", Text, nullable=False),
)

#: The inverted index: under which keys (terms, `#tags`) a story is found.
keys = Table(
    "keys",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
)

#: By which addresses a story may be named; the lowest ordinal holds an address that several claim.
addresses = Table(
    "addresses",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("story_id", String(36), nullable=False),
)

#: Which stories name an address, known or not yet.
wants = Table(
    "wants",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
)

#: Pictures by address. A picture that came is kept for good; one that did not is remembered for its revision
#: (`url_key` then also hashes that), so that a replay says the same and a new revision tries again.
media = Table(
    "media",
    metadata,
    Column("url_key", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("key", String(80)),
    Column("content_type", String(20)),
    Column("width", Integer),
    Column("height", Integer),
    Column("bytes", Integer),
    Column("missing", Text),
    Column("at", Instant, nullable=False),
)
