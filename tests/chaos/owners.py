"""Is there anything left to do for anybody: entries in Redis, rows in the databases?"""

import asyncio
from collections.abc import Mapping
from typing import Final

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, text

from shared.bus import keys
from shared.bus.groups import CONSUMERS
from shared.database import Database
from tests.chaos.accounting_wire import Group

_UNTOLD: Final = """
SELECT 'not told', count(*) FROM counters a, counters b
WHERE a.name = 'told' AND b.name = 'owed' AND a.value < b.value
"""
#: What lies where, by state; for the last ones any row at all is somebody's to deal with.
QUERIES: Final[Mapping[str, tuple[str, str]]] = {
    "ingest revisions": ("ingest", "SELECT state, count(*) FROM revisions GROUP BY state"),
    "ingest debts": ("ingest", _UNTOLD),
    "notify deliveries": ("notify", "SELECT state, count(*) FROM deliveries GROUP BY state"),
    "notify kills": ("notify", "SELECT 'not settled', count(*) FROM kills WHERE open"),
    "notify counts": ("notify", "SELECT 'not told', count(*) FROM stories WHERE version > reported"),
    # Times are µs; what only time changes (the news sitemap's two days) is due later.
    "render jobs": ("render", "SELECT 'due', count(*) FROM dirty WHERE due <= :soon"),
    "site discussions": ("site", "SELECT 'not settled', count(*) FROM discussions WHERE NOT settled"),
    "desk letters": ("desk", "SELECT 'dead', count(*) FROM letters WHERE state = 'dead'"),
    "desk revisions": ("desk", "SELECT 'halted', count(*) FROM revisions WHERE halted IS NOT NULL"),
}
#: Jobs that are due within this (s) are not at rest; a lease is in it.
SOON_S: Final = 60


def rows(database_url: str) -> dict[str, dict[str, int]]:
    """Table → state → how many rows."""
    return asyncio.run(_rows(database_url))


async def _rows(database_url: str) -> dict[str, dict[str, int]]:
    found = {}
    for what, (service, query) in QUERIES.items():
        database = Database(database_url, service)
        try:
            soon = round((await database.now()).timestamp() + SOON_S) * 1_000_000

            def read(connection: Connection, query: str = query, soon: int = soon) -> dict[str, int]:
                bound = {"soon": soon} if ":soon" in query else {}
                return {str(row[0]): int(row[1]) for row in connection.execute(text(query), bound)}

            found[what] = await database.read(read)
        finally:
            await database.close()
    return found


def groups(socket: str) -> list[Group]:
    """Every consumer group, and what retries of it wait (as `pending`)."""
    found = []
    with Redis(unix_socket_path=socket, socket_timeout=10) as client:
        if not client.exists(keys.EPOCH):
            found.append(Group("no epoch", "ingest", 1, 0.0, 0))  # nobody has noticed yet that everything is gone
        for stream in CONSUMERS:
            try:
                told = client.xinfo_groups(stream)
            except RedisError:
                found.append(Group(stream, "every group", 1, 0.0, 0))
                continue
            for one in told:
                group = one["name"].decode()
                waiting = client.xpending_range(stream, group, "-", "+", 1000)
                idle = max((row["time_since_delivered"] for row in waiting), default=0) / 1000
                retried = int(client.zcard(keys.retry(stream, group)))
                found.append(Group(stream, group, int(one["pending"]) + retried, idle, int(one["lag"] or 0)))
    return found
