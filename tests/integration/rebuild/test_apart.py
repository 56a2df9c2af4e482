"""Do the processes of a rebuild understand each other, and does anybody notice when one of them dies?"""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import psutil
import pytest

import services.site.app as site_app
from services.rebuild.apart import BESIDE, ApartEnded, EnrichApart, SiteApart, apart
from services.rebuild.frames import Frame, packed, unpacked
from services.rebuild.line import NotHere, NoWeb
from services.site.adapters.rebuilt import keys_shown
from shared.database import Database
from shared.events import Image, ListsRendered, Route, Story, StoryHead, StoryReceived
from shared.runtime.migrate import migrate
from shared.settings import Settings

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def lists(path: str) -> ListsRendered:
    return ListsRendered(at=AT, routes=(Route(path=path, key="packs/ab/cd.pack#0+9/ef", version=3, kind="list"),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read(data_dir=tmp_path, public_url="http://site.example")


async def beside(settings: Settings, service: str) -> Database:
    database = Database(settings.database_url, service + BESIDE)
    await migrate(database, Path(str(site_app.__file__)).parents[1] / service / "migrations")
    return database


def test_what_is_packed_is_unpacked() -> None:
    said = Frame({"step": "lists", "may_come": True}, [lists("/"), lists("/tag/størrelse/")])
    stream = BytesIO(b"".join(packed(said)) + b"".join(packed(Frame())))
    heard, nothing = unpacked(stream.read), unpacked(stream.read)
    assert (heard.words["step"], heard.words["may_come"], heard.events) == ("lists", True, said.events)
    assert nothing.events == []


async def test_the_site_apart_enters_what_it_is_told(settings: Settings) -> None:
    database = await beside(settings, "site")
    async with apart("site", settings) as there:
        await SiteApart(there).lists([lists("/"), lists("/tag/tide/")])
        assert set(await keys_shown(database)) == {"/", "/tag/tide/"}
    await database.close()


async def test_enrich_apart_says_which_picture_is_not_here_until_none_may_come(settings: Settings) -> None:
    database = await beside(settings, "enrich")
    head = StoryHead(
        story_id=UUID(int=7),
        publisher="desk",
        publisher_name="Desk",
        external_id="tide",
        revision=1,
        action="publish",
        ordinal=1,
        accepted_at=AT,
        published_at=AT,
        path="/2026/11/26/tide/",
        history=(),
    )
    image = Image(url="https://pictures.example/tide.jpg")
    told = StoryReceived(at=AT, head=head, story=Story(headline="Tide", body_html="<p>Ebb.</p>", image=image))
    web = NoWeb()
    async with apart("enrich", settings) as there:
        enrich = EnrichApart(there, web)
        with pytest.raises(NotHere):
            await enrich.received([told])
        web.may_come = False
        [[enriched]] = await enrich.received([told])
        assert enriched.article is not None
        assert enriched.article.image is None
    await database.close()


async def test_who_asks_a_process_that_has_died_hears_so(settings: Settings) -> None:
    database = await beside(settings, "site")
    async with apart("site", settings) as there:
        await SiteApart(there).lists([lists("/")])
        [child] = [one for one in psutil.Process().children() if "services.rebuild.apart" in one.cmdline()]
        child.kill()
        with pytest.raises(ApartEnded, match="the process of site ended"):
            await asyncio.wait_for(SiteApart(there).lists([lists("/")]), 60)
    await database.close()
