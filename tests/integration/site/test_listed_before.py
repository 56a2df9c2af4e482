"""Is what was listed by an older version found, and told apart, after the update?"""

import shutil
from pathlib import Path

from sqlalchemy import Connection, text

from services.site.adapters.sql_index import SqlIndex
from services.site.adapters.sql_search import SqlSearch, Wanted
from services.site.adapters.word_index import Narrowed
from services.site.domain.query import parse
from shared.database import Database
from shared.runtime.migrate import migrate
from tests.integration.site.conftest import AT, MIGRATIONS

CARD = '{"sections":[],"authors":[],"priority":"routine","sponsored":false,"corrected":false}'
FILE = text(
    "INSERT INTO documents(id, story_id, path, headline, dek, names, text, card, published) "
    "VALUES(:id, :story_id, :path, :headline, '', '', 'The 東京都 bridge', :card, :published)"
)


def older(connection: Connection) -> None:
    for number in range(600):
        values = {"id": number + 1, "story_id": f"s{number}", "path": f"/{number}/", "headline": f"Old {number}"}
        connection.execute(FILE, values | {"card": CARD, "published": AT.timestamp() - number % 3})
    connection.execute(text("INSERT INTO facets(facet, document) VALUES('section:town', 7), ('tag:économie', 7)"))


async def test_what_was_there_is_listed_anew(database_url: str, tmp_path: Path) -> None:
    [anew] = (MIGRATIONS / "versions").glob("*_search.py")
    shutil.copytree(MIGRATIONS, tmp_path / "old")
    for later in (tmp_path / "old" / "versions").glob("*.py"):
        if later.name >= anew.name:
            later.unlink()
    database = Database(database_url, "site")
    try:
        await migrate(database, tmp_path / "old")
        await database.write(older)
        assert await migrate(database, MIGRATIONS)
        search = SqlSearch(database)
        assert (await search.find(Wanted(parse("京都 bridge")))).total == 600
        [hit] = (await search.find(Wanted(parse("old"), Narrowed(("section:Town", "tag:Économie"))))).hits
        assert (hit.story_id, hit.path) == ("s6", "/6/")
        assert (await search.find(Wanted(parse("599")))).hits[0].story_id == "s599"
        # It leaves as it came.
        gone = [f"s{number}" for number in range(1, 600)]
        await database.write(lambda connection: SqlIndex(connection).index([], gone, set()))
        assert (await search.find(Wanted(parse("bridge")))).total == 1
    finally:
        await database.close()
