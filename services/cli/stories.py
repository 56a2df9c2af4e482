"""Correct, kill and follow stories."""

from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import typer

from services.cli.client import REFUSED, TIMED_OUT, api, call
from services.cli.files import Unreadable, stories
from services.cli.pushing import ExternalId, Publisher, Wait, act, push, story_path, tell
from services.cli.receipts import GONE, channels, leave_unless_gone, receipt, until_gone
from services.cli.show import Json, complain, err, show, table

#: Every page of the site is made again meanwhile.
REDACTED_S: Final = 600.0


def add_commands(app: typer.Typer) -> None:
    """Put the story commands on `newswire`."""
    for command in (push, correct, kill, revive, redact, story, trace, receipt, changes):
        app.command()(command)


def correct(
    external_id: ExternalId,
    note: Annotated[str, typer.Option(help="What readers are told.")],
    kind: Annotated[Literal["correction", "clarification", "right_of_reply"], typer.Option()] = "correction",
    patch: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="JSON with the fields that change (merge patch).")
    ] = None,
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
        path = story_path(external_id, "/correct")
        tell(act(client, "POST", path, body, publisher, wait=wait), json=json, wait=wait)


def kill(
    external_id: ExternalId,
    reason: Annotated[str, typer.Option(help="Why; internal.")],
    public_note: Annotated[str | None, typer.Option(help="What readers are told.")] = None,
    publisher: Publisher = None,
    wait: Annotated[bool, typer.Option("--wait", help=GONE)] = False,
    json: Json = False,
) -> None:
    """Withdraw a story everywhere. Prints the receipt's id; `newswire receipt` shows what it reached."""
    body = {"reason": reason} | ({} if public_note is None else {"public_note": public_note})
    with api() as client:
        answer = act(client, "POST", story_path(external_id, "/kill"), body, publisher, wait=wait)
        if not wait:
            show(answer, json=json)
            return
        told = until_gone(client, answer["receipt"])
        show({**answer, "channels": told["channels"]} if json else answer, json=json)
        if not json:
            channels(told)
        leave_unless_gone(told)


def revive(
    external_id: ExternalId,
    note: Annotated[str, typer.Option(help="Why it is back.")],
    publisher: Publisher = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Bring a killed story back."""
    with api() as client:
        path = story_path(external_id, "/revive")
        tell(act(client, "POST", path, {"note": note}, publisher, wait=wait), json=json, wait=wait)


def redact(
    story_id: Annotated[str, typer.Argument(help="The story's id, or with --publisher the publisher's own id of it.")],
    reason: Annotated[str, typer.Option(help="Why; internal.")] = "order of a court",
    by: Annotated[str, typer.Option(help="Who asks for it; kept.")] = "admin",
    publisher: Publisher = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until every service has confirmed it.")] = False,
    json: Json = False,
) -> None:
    """Withdraw a story and overwrite its content everywhere, for good. Again: how far it is."""
    with api() as client:
        params = {"publisher": publisher}
        path, body = story_path(story_id, "/redact"), {"reason": reason, "by": by}
        told = call(client, "POST", path, json=body, params=params).json()
        until = monotonic() + REDACTED_S
        while wait and told["status"] != "redacted":
            if monotonic() > until:
                complain(f"Not confirmed after {REDACTED_S:.0f} s by {', '.join(told['missing'])}; it goes on.")
                raise typer.Exit(TIMED_OUT)
            sleep(1)
            told = call(client, "POST", path, json=body, params=params).json()
    show(told, json=json)


def story(external_id: ExternalId, publisher: Publisher = None, json: Json = False) -> None:
    """Show a story as the publisher pushed it, and where it stands."""
    with api() as client:
        show(call(client, "GET", story_path(external_id), params={"publisher": publisher}).json(), json=json)


def trace(
    story_id: Annotated[str, typer.Argument(help="The story's id, or the publisher's own id of it.")],
    publisher: Publisher = None,
    json: Json = False,
) -> None:
    """Where is my story?"""
    with api() as client:
        if not _is_uuid(story_id):
            answer = call(client, "GET", story_path(story_id), params={"publisher": publisher})
            story_id = answer.json()["story_id"]
        told = call(client, "GET", f"/v1/traces/{story_id}").json()
    if json:
        show(told, json=True)
        return
    err.print(f"[bold]{told['external_id']}[/bold]  {told['story_id']}")
    columns = ["revision", "action", "state", "stages", "mail", "webhooks", "websub"]
    table([_trace_row(one) for one in told["revisions"]], columns)


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


def _trace_row(revision: dict[str, Any]) -> dict[str, Any]:
    stages = "  ".join(
        f"{one['stage']} +{one['ms']} ms" + (f" ({one['note']})" if one["note"] else "") for one in revision["stages"]
    )
    told = {"stages": stages}
    for column, channel in (("mail", "email"), ("webhooks", "webhook"), ("websub", "websub")):
        counts = revision["deliveries"][channel]
        told[column] = f"{counts['delivered']}/{counts['planned']}"
    return {**revision, **told}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
