"""The composition root of a service without a purpose: it answers, keeps a number, and a loop of it crashes."""

import asyncio

from sqlalchemy import text

from shared.runtime import Lent, Service
from shared.runtime.http import new_app


async def build(lent: Lent) -> Service:
    """A page, a number in the database, a loop that crashes twice."""
    database = lent.database("site", False)
    app = new_app("site")
    crashes = 0

    @app.get("/")
    async def front() -> dict[str, int]:
        starts = await database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM starts")))
        return {"starts": int(starts or 0), "crashes": crashes}

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    async def crash() -> None:
        nonlocal crashes
        if crashes < 2:
            crashes += 1
            raise RuntimeError("on purpose")
        await asyncio.sleep(3600)

    await database.write(lambda connection: connection.execute(text("INSERT INTO starts DEFAULT VALUES")))
    return Service(
        name="site",
        app=app,
        bus=lent.bus("site"),
        databases=[database],
        loops={"crash": crash},
        checks={"always": _fine},
    )


async def _fine() -> None:
    """Nothing is wrong."""
