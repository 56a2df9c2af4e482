"""Push, correct, kill and follow stories."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import orjson
import typer
from rich.progress import Progress

from services.cli.client import REFUSED, TIMED_OUT, api, call, problem
from services.cli.files import Pushed, Unreadable, stories
from services.cli.show import Json, complain, err, show, table

Publisher = Annotated[str | None, typer.Option("--publisher", help="Whose story (needed with the admin key).")]
ExternalId = Annotated[str, typer.Argument(help="The publisher's own id of the story.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait up to 10 s until it is live; exit code 3 when it is not.")]

WAITED = {"Prefer": "wait=10"}


def add_commands(app: typer.Typer) -> None:
    """Put the story commands on `newswire`."""
    for command in (push, correct, kill, revive, story, trace, receipt, changes):
        app.command()(command)


def push(
    files: Annotated[list[Path], typer.Argument(help="Story JSON, NDJSON, Markdown with front matter, or ninjs.")],
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
            _tell(_act(client, "PUT", f"/v1/stories/{external_id}", fields, publisher, wait=wait), json=json, wait=wait)
            return
        answers = list(_batch(client, found, publisher))
    show(answers, json=json, columns=["external_id", "status", "revision", "error"])
    if any("error" in one for one in answers):
        raise typer.Exit(REFUSED)


def correct(
    external_id: ExternalId,
    note: Annotated[str, typer.Option(help="What readers are told.")],
    kind: Annotated[Literal["correction", "clarification", "right_of_reply"], typer.Option()] = "correction",
    patch: Annotated[Path | None, typer.Option(help="JSON with the fields that change (merge patch).")] = None,
    publisher: Publisher = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Correct a story, with a public note."""
    fields: dict[str, Any] = {}
    if patch is not None:
        try:
            fields = dict(next(stories(patch))[1])
        except Unreadable as error:
            complain(str(error))
            raise typer.Exit(REFUSED) from error
    body = {**fields, "note": note, "kind": kind}
    with api() as client:
        path = f"/v1/stories/{external_id}/correct"
        _tell(_act(client, "POST", path, body, publisher, wait=wait), json=json, wait=wait)


def kill(
    external_id: ExternalId,
    reason: Annotated[str, typer.Option(help="Why; internal.")],
    public_note: Annotated[str | None, typer.Option(help="What readers are told.")] = None,
    publisher: Publisher = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Withdraw a story everywhere. Prints the receipt's id."""
    body = {"reason": reason} | ({} if public_note is None else {"public_note": public_note})
    with api() as client:
        path = f"/v1/stories/{external_id}/kill"
        _tell(_act(client, "POST", path, body, publisher, wait=wait), json=json, wait=wait)


def revive(
    external_id: ExternalId,
    note: Annotated[str, typer.Option(help="Why it is back.")],
    publisher: Publisher = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Bring a killed story back."""
    with api() as client:
        path = f"/v1/stories/{external_id}/revive"
        _tell(_act(client, "POST", path, {"note": note}, publisher, wait=wait), json=json, wait=wait)


def story(external_id: ExternalId, publisher: Publisher = None, json: Json = False) -> None:
    """Show a story as the publisher pushed it, and where it stands."""
    with api() as client:
        show(call(client, "GET", f"/v1/stories/{external_id}", params={"publisher": publisher}).json(), json=json)


def trace(
    story_id: Annotated[str, typer.Argument(help="The story's id, or the publisher's own id of it.")],
    publisher: Publisher = None,
    json: Json = False,
) -> None:
    """Where is my story?"""
    with api() as client:
        if not _is_uuid(story_id):
            answer = call(client, "GET", f"/v1/stories/{story_id}", params={"publisher": publisher})
            story_id = answer.json()["story_id"]
        told = call(client, "GET", f"/v1/traces/{story_id}").json()
    if json:
        show(told, json=True)
        return
    err.print(f"[bold]{told['external_id']}[/bold]  {told['story_id']}")
    table([_trace_row(one) for one in told["revisions"]], ["revision", "action", "state", "stages", "mail", "webhooks"])


def receipt(receipt_id: UUID, json: Json = False) -> None:
    """Show what a kill reached."""
    with api() as client:
        show(call(client, "GET", f"/v1/receipts/{receipt_id}").json(), json=json)


def changes(
    after: Annotated[int, typer.Option(help="Show what became live after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    json: Json = False,
) -> None:
    """List changes in the order in which they became live."""
    with api() as client:
        told = call(client, "GET", "/v1/changes", params={"after": after, "limit": limit}).json()
    columns = ["seq", "at", "action", "publisher", "external_id", "revision", "url"]
    show(told if json else told["changes"], json=json, columns=columns)


def _act(
    client: httpx.Client, method: str, path: str, body: object, publisher: str | None, *, wait: bool
) -> dict[str, Any]:
    headers = WAITED if wait else None
    answer: dict[str, Any] = call(
        client, method, path, json=body, params={"publisher": publisher}, headers=headers
    ).json()
    return answer


def _tell(answer: dict[str, Any], *, json: bool, wait: bool) -> None:
    show(answer, json=json)
    if wait and answer["status"] == "accepted":
        complain("Accepted, but not live yet.")
        raise typer.Exit(TIMED_OUT)


def _batch(client: httpx.Client, found: list[Pushed], publisher: str | None) -> Iterator[dict[str, Any]]:
    lines = (orjson.dumps({"external_id": external_id, **fields}) + b"\n" for external_id, fields in found)
    with (
        Progress(console=err, transient=True) as progress,
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
        bar = progress.add_task("pushing", total=len(found))
        for line in answer.iter_lines():
            if line.strip():
                progress.advance(bar)
                yield orjson.loads(line)


def _trace_row(revision: dict[str, Any]) -> dict[str, Any]:
    stages = "  ".join(
        f"{one['stage']} +{one['ms']} ms" + (f" ({one['note']})" if one["note"] else "") for one in revision["stages"]
    )
    told = {"stages": stages}
    for column, channel in (("mail", "email"), ("webhooks", "webhook")):
        counts = revision["deliveries"][channel]
        told[column] = f"{counts['delivered']}/{counts['planned']}"
    return {**revision, **told}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
