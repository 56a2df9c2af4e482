"""How do enrich and site work while render works? Each in a process of its own, as in life; a pipe is between them.

`python -m services.rebuild.apart SERVICE` is such a process: settings on the first line of stdin, then a frame for each
call of a step, and on stdout a frame for each answer. It ends when its stdin does, so it outlives nobody.

ApartEnded    the process has ended by itself; its log says why
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NoReturn

import orjson

from services.enrich.adapters.guesser import LangidGuesser
from services.enrich.app import enricher_on
from services.ingest.adapters.child import told
from services.rebuild.frames import Frame, packed, received, unpacked
from services.rebuild.line import Answers, NotHere, NoWeb
from services.site.adapters.sql_addresses import SqlAddresses
from services.site.handlers.replaying import Replay
from shared import clock, telemetry
from shared.database import Database
from shared.events import Event, ListsRendered, StoryEnriched, StoryKilled, StoryReceived, StoryRendered
from shared.pages import Pages
from shared.runtime.memory import settle, thrifty
from shared.settings import Settings

#: Of a service's name: its database beside the one that serves.
BESIDE: Final = "_rebuild"
#: How long (s) a process that has nothing more to do may take to end.
_GRACE: Final = 10.0


class ApartEnded(Exception):  # noqa: N818 - an outcome with a name
    """Nobody answers any more."""


class Apart:
    """One process."""

    def __init__(self, service: str, process: Process) -> None:
        """`process` runs this module for `service`."""
        self._service, self._process = service, process
        self._turn = asyncio.Lock()

    async def ask(self, step: str, events: Sequence[Event], **words: Any) -> Frame:  # noqa: ANN401 - any JSON
        """What the step answers; one call at a time, in the order in which they are made."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None  # noqa: S101 - it was started with pipes
        assert answers is not None  # noqa: S101 - likewise
        async with self._turn:
            try:
                asked.writelines(packed(Frame({"step": step, **words}, events)))
                await asked.drain()
                return await received(answers.readexactly)
            except (ConnectionError, EOFError) as error:
                status = await self._process.wait()
                raise ApartEnded(f"the process of {self._service} ended with {status}; the log says why") from error

    async def end(self) -> None:
        """Let it end, or end it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _GRACE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def apart(service: str, settings: Settings) -> AsyncIterator[Apart]:
    """`enrich` or `site`, on its database beside."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.rebuild.apart", service, stdin=PIPE, stdout=PIPE
    )
    found = Apart(service, process)
    try:
        assert process.stdin is not None  # noqa: S101 - it was started with pipes
        process.stdin.write(orjson.dumps(told(settings)) + b"\n")
        yield found
    finally:
        await found.end()


class EnrichApart:
    """Enrich, in that process."""

    def __init__(self, there: Apart, web: NoWeb) -> None:
        """Whether a picture may still come is for `web` to say."""
        self._there, self._web = there, web

    async def received(self, batch: Sequence[StoryReceived]) -> Sequence[Sequence[StoryEnriched]]:
        """Revisions. NotHere as in `NoWeb`."""
        return await self._ask("received", batch)

    async def killed(self, batch: Sequence[StoryKilled]) -> Sequence[Sequence[StoryEnriched]]:
        """Kills."""
        return await self._ask("killed", batch)

    async def _ask(self, step: str, batch: Sequence[Event]) -> Sequence[Sequence[StoryEnriched]]:
        answer = await self._there.ask(step, batch, may_come=self._web.may_come)
        if "not_here" in answer.words:
            raise NotHere(answer.words["not_here"])
        return [[one for one in answer.events if isinstance(one, StoryEnriched)]]


class SiteApart:
    """Site, in that process."""

    def __init__(self, there: Apart) -> None:
        """It answers nothing but that it has entered what it was told."""
        self._there = there

    async def rendered(self, batch: Sequence[StoryRendered]) -> None:
        """Pages of stories."""
        await self._there.ask("rendered", batch)

    async def lists(self, batch: Sequence[ListsRendered]) -> None:
        """Pages without a story."""
        await self._there.ask("lists", batch)

    async def killed(self, batch: Sequence[StoryKilled]) -> None:
        """Withdrawn stories."""
        await self._there.ask("killed", batch)


async def answer(steps: Any, web: NoWeb, frame: Frame) -> Frame:  # noqa: ANN401 - the steps of enrich or of site
    """What a step says to a frame."""
    web.may_come = bool(frame.words.get("may_come"))
    try:
        answers: Answers | None = await getattr(steps, frame.words["step"])(frame.events)
    except NotHere as where:
        return Frame({"not_here": str(where)})
    return Frame(events=[event for one in answers or () for event in one])


def main() -> NoReturn:
    """Answer until nobody asks any more."""
    service = sys.argv[1]
    settings = Settings.read(**orjson.loads(sys.stdin.buffer.readline()))
    clock.go_wrong(settings.clock_offset)
    telemetry.configure(settings.log_format, settings.log_level)
    thrifty()
    settle()
    web, database = NoWeb(), Database(settings.database_url, service + BESIDE, passing=True)
    steps = (
        enricher_on(database, Pages(settings.pages_url), web, settings, LangidGuesser())
        if service == "enrich"
        else Replay(SqlAddresses(database))
    )
    with asyncio.Runner() as runner:
        with suppress(EOFError):
            while True:
                frame = unpacked(_exactly)
                sys.stdout.buffer.writelines(packed(runner.run(answer(steps, web, frame))))
                sys.stdout.buffer.flush()
        runner.run(database.close())
    raise SystemExit(0)


def _exactly(size: int) -> bytes:
    found = sys.stdin.buffer.read(size)
    if len(found) < size:
        raise EOFError
    return found


if __name__ == "__main__":
    main()
