"""Is nothing told before readers can see it?"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from services.site.domain.changes import StoryChange, from_rendered
from services.site.domain.proof import Expected
from services.site.domain.standing import Standing
from services.site.handlers import proof as waiting
from services.site.handlers.proof import NotProven, Proof
from shared.events import Event, StoryDelayed
from shared.net import is_outage
from tests.integration.site.conftest import AT, Site


class SlowEdge:
    """A way to readers that shows a page only after some looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    async def prove(self, wanted: Sequence[tuple[str, Expected]]) -> list[str | None]:
        self.looks -= 1
        return [None if self.looks < 0 else "still shows revision 1, not 2"] * len(wanted)


class KnownRoutes:
    """Standings as a test sets them."""

    def __init__(self, *known: Standing) -> None:
        self.known = {one.story_id: one for one in known}

    async def apply(self, *_: object) -> None:
        raise AssertionError("a proof changes nothing")

    async def standings(self, story_ids: Sequence[str]) -> Mapping[str, Standing]:
        return {key: self.known[key] for key in story_ids}


async def a_change(site: Site) -> StoryChange:
    return from_rendered(await site.newsroom.rendered("flood", 2))


def proof(looks: int, known: Standing, told: list[Event], patience: float) -> Proof:
    async def now() -> datetime:
        return AT

    async def emit(events: Sequence[Event]) -> None:
        told.extend(events)

    return Proof(SlowEdge(looks), KnownRoutes(known), now, emit, patience)  # type: ignore[arg-type]


async def test_a_page_that_comes_late_is_waited_for(site: Site) -> None:
    change = await a_change(site)
    known = Standing(change.story_id, change.path, 2, 0, "live")
    assert await proof(2, known, [], 5.0).all({change.story_id: change}) == {change.story_id: change}


async def test_a_page_that_never_comes_pauses_the_step_and_costs_no_attempt(site: Site) -> None:
    change = await a_change(site)
    known = Standing(change.story_id, change.path, 2, 0, "live")
    with pytest.raises(NotProven) as raised:
        await proof(99, known, [], 0.0).all({change.story_id: change})
    assert is_outage(raised.value)
    assert "still shows revision 1" in str(raised.value)


async def test_the_desk_hears_of_a_proof_that_fails_for_a_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    change = await a_change(site)
    told: list[Event] = []
    failing = proof(99, Standing(change.story_id, change.path, 2, 0, "live"), told, 0.0)
    with pytest.raises(NotProven):
        await failing.all({change.story_id: change})
    assert told == []
    monkeypatch.setattr(waiting, "TELL_AFTER", 0.0)
    with pytest.raises(NotProven):
        await failing.all({change.story_id: change})
    [delayed] = told
    assert isinstance(delayed, StoryDelayed)
    assert delayed.note == "waiting for proof: still shows revision 1, not 2"


async def test_what_was_overtaken_is_no_longer_waited_for(site: Site) -> None:
    change = await a_change(site)
    overtaken = Standing(change.story_id, change.path, 3, 0, "killed")
    assert await proof(99, overtaken, [], 5.0).all({change.story_id: change}) == {}


async def test_a_kill_overtakes_a_publication_that_is_being_proven(site: Site) -> None:
    rendered = await site.newsroom.rendered("flood", 1)
    broken = rendered.model_copy(update={"routes": tuple(route for route in rendered.routes if route.kind != "story")})
    publication = asyncio.create_task(site.bus.take(broken))
    await asyncio.sleep(0.1)
    assert not publication.done()
    [events] = await site.bus.take(site.newsroom.killed("flood", 2))
    assert len(events) == 4
    assert await publication == [[]]
