"""Who listens, and what do they say?"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import httpx
import typer

from services.cli.client import REFUSED, api, call
from services.cli.files import Unreadable, subscriptions
from services.cli.show import Json, bar, complain, show

subscribers = typer.Typer(help="People with an inbox.", no_args_is_help=True)
comments = typer.Typer(help="Readers' comments.", no_args_is_help=True)

IMPORTED_AT_ONCE: Final = 1000
SUBSCRIBER = ["id", "email", "state", "topics", "cadence"]
COMMENT = ["id", "story_id", "status", "name", "comment", "at"]


@subscribers.command("list")
def list_subscribers(json: Json = False) -> None:
    """List subscribers."""
    with api() as client:
        people = list(_everybody(client))
    show({"subscribers": people} if json else people, json=json, columns=SUBSCRIBER)


def _everybody(client: httpx.Client) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        told = call(client, "GET", "/v1/subscribers", params={"after": after}).json()
        if not told["subscribers"]:
            return
        yield from told["subscribers"]
        after = told["next"]


@subscribers.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV with the columns email, topics (separated by spaces), cadence."
        ),
    ],
    json: Json = False,
) -> None:
    """Import subscribers who have confirmed elsewhere. Of an export, who has unsubscribed is left out."""
    try:
        people = subscriptions(file)
    except Unreadable as error:
        complain(str(error))
        raise typer.Exit(REFUSED) from error
    told = {"imported": 0, "added": 0}
    with api() as client, bar() as progress:
        task = progress.add_task("importing", total=len(people))
        for start in range(0, len(people), IMPORTED_AT_ONCE):
            some = people[start : start + IMPORTED_AT_ONCE]
            answer = call(client, "POST", "/v1/subscribers", json={"subscribers": some}).json()
            told = {name: count + answer[name] for name, count in told.items()}
            progress.advance(task, len(some))
    show(told, json=json)


@subscribers.command()
def export(json: Json = False) -> None:
    """Write all subscribers as CSV to standard output, a line for each cadence of a person."""
    with api() as client:
        people = list(_everybody(client))
    if json:
        show({"subscribers": people}, json=True)
        return
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(["email", "topics", "cadence", "state"])
    for one in people:
        cadences = dict.fromkeys(wish["cadence"] for wish in one["subscriptions"]) or {"": None}
        for cadence in cadences:
            topics = " ".join(wish["topic"] for wish in one["subscriptions"] if wish["cadence"] == cadence)
            lines.writerow([one["email"], topics, cadence, one["state"]])


@subscribers.command()
def erase(email: str, json: Json = False) -> None:
    """Erase a person: address, topics and what the ledger says of them."""
    with api() as client:
        call(client, "DELETE", f"/v1/subscribers/{quote(email, safe='@')}")
    show({"email": email, "state": "erased"}, json=json)


@comments.command("list")
def list_comments(
    status: Annotated[Literal["held", "approved", "spam", "trash"], typer.Option()] = "held", json: Json = False
) -> None:
    """List comments, oldest first."""
    with api() as client:
        found = list(all_comments(client, status))
    show({"comments": found} if json else found, json=json, columns=COMMENT)


def all_comments(client: httpx.Client, status: str) -> Iterator[dict[str, Any]]:
    """Every comment with a status, however many calls it takes."""
    after = 0
    while True:
        told = call(client, "GET", "/v1/comments", params={"status": status, "after": after, "limit": 1000}).json()
        if not told["comments"]:
            return
        yield from told["comments"]
        after = told["next"]


@comments.command("erase")
def erase_comments(email: str, json: Json = False) -> None:
    """Erase all that a person wrote, and their address with it; they hear of no answer any more."""
    with api() as client:
        told = call(client, "POST", "/v1/comments/erase", json={"email": email}).json()
        call(client, "DELETE", f"/v1/subscribers/{quote(email, safe='@')}", params={"only": "answers"})
    show({"email": email, **told}, json=json)


def _moderation(verb: str, meaning: str) -> None:
    def act(ids: list[int], json: Json = False) -> None:
        with api() as client:
            answers = [call(client, "POST", f"/v1/comments/{one}/{verb}").json() for one in ids]
        show(answers, json=json, columns=COMMENT)

    comments.command(verb, help=meaning)(act)


_moderation("approve", "Show a comment on the page.")
_moderation("hold", "Take a comment back into moderation.")
_moderation("spam", "Mark as spam.")
_moderation("trash", "Throw away.")
