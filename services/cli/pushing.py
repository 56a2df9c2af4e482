"""How do stories get from files to the API, and when are they live?"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import httpx
import orjson
import typer

from services.cli.client import REFUSED, TIMED_OUT, api, call, problem
from services.cli.files import Pushed, Unreadable, stories
from services.cli.show import Json, bar, complain, show
from shared import clock

WAIT: Final = "Wait until it is live, at least 10 s; exit code 3 when it is not, 0 when it is scheduled for later."
Publisher = Annotated[str | None, typer.Option("--publisher", help="Whose story (needed with the admin key).")]
ExternalId = Annotated[str, typer.Argument(help="The publisher's own id of the story.")]
Wait = Annotated[bool, typer.Option("--wait", help=WAIT)]

WAITED: Final = {"Prefer": "wait=10"}
#: Several stories may take so long (s) in all, and each adds to it.
LONGEST, EACH, POLL = 10.0, 0.1, 0.1


def push(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="Story JSON, NDJSON, Markdown with front matter, or ninjs."),
    ],
    publisher: Publisher = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Push stories. One story is put; several go as one batch."""
    try:
        found = [one for path in files for one in stories(path)]
    except Unreadable as error:
        complain(str(error))
        raise typer.Exit(REFUSED) from error
    with api() as client:
        if len(found) == 1:
            external_id, fields = found[0]
            tell(act(client, "PUT", story_path(external_id), fields, publisher, wait=wait), json=json, wait=wait)
            return
        answers = list(_batch(client, found, publisher))
        waiting = _until_live(client, answers, publisher) if wait else 0
    rows = answers if json else [{**one, "error": one.get("error", {}).get("detail")} for one in answers]
    show(rows, json=json, columns=["external_id", "status", "revision", "error"])
    if any("error" in one for one in answers):
        raise typer.Exit(REFUSED)
    if waiting:
        complain(f"{waiting} are accepted, but not live yet.")
        raise typer.Exit(TIMED_OUT)


def story_path(external_id: str, verb: str = "") -> str:
    """The address of a story, whatever is in its id."""
    return f"/v1/stories/{quote(external_id, safe=':~')}{verb}"


def act(
    client: httpx.Client, method: str, path: str, body: object, publisher: str | None, *, wait: bool
) -> dict[str, Any]:
    """One call that makes a revision."""
    headers = WAITED if wait else None
    answer = call(client, method, path, json=body, params={"publisher": publisher}, headers=headers)
    told: dict[str, Any] = answer.json()
    return told


def tell(answer: dict[str, Any], *, json: bool, wait: bool) -> None:
    """Show what became of it; exit code 3 when it was waited for in vain."""
    show(answer, json=json)
    if wait and answer["status"] == "accepted":
        complain("Accepted, but not live yet.")
        raise typer.Exit(TIMED_OUT)


def _batch(client: httpx.Client, found: Sequence[Pushed], publisher: str | None) -> Iterator[dict[str, Any]]:
    lines = (orjson.dumps({"external_id": external_id, **fields}) + b"\n" for external_id, fields in found)
    with (
        bar() as progress,
        client.stream(
            "POST",
            "/v1/stories:batch",
            content=lines,
            params={} if publisher is None else {"publisher": publisher},
            headers={"Content-Type": "application/x-ndjson"},
        ) as answer,
    ):
        if answer.is_error:
            answer.read()
            problem(answer)
        task = progress.add_task("pushing", total=len(found))
        for line in answer.iter_lines():
            if line.strip():
                progress.advance(task)
                yield orjson.loads(line)


def _until_live(client: httpx.Client, answers: Sequence[dict[str, Any]], publisher: str | None) -> int:
    """Wait until each accepted revision is live and say so in its answer; how many are not."""
    waiting = [one for one in answers if one.get("status") == "accepted"]
    end = clock.monotonic() + LONGEST + EACH * len(waiting)
    with bar() as progress:
        task = progress.add_task("waiting until live", total=len(waiting))
        while waiting and clock.monotonic() < end:
            path, params = story_path(waiting[0]["external_id"]), {"publisher": publisher}
            told = call(client, "GET", path, params=params).json()
            if (told["live_revision"] or 0) >= waiting[0]["revision"]:
                waiting.pop(0)["status"] = told["status"]
                progress.advance(task)
            else:
                time.sleep(POLL)
    return len(waiting)
