"""Who listens, and what did they get?"""

import csv
from pathlib import Path
from typing import Annotated, Literal

import typer

from services.cli.client import api, call
from services.cli.show import Json, show

subscribers = typer.Typer(help="People with an inbox.", no_args_is_help=True)
webhooks = typer.Typer(help="Partners' webhooks.", no_args_is_help=True)
deliveries = typer.Typer(help="The ledger.", no_args_is_help=True)
comments = typer.Typer(help="Readers' comments.", no_args_is_help=True)

SUBSCRIBER = ["id", "email", "state", "topics", "cadence"]
WEBHOOK = ["id", "url", "events", "topics", "active"]
DELIVERY = ["id", "story_id", "revision", "channel", "recipient", "state", "attempts", "detail"]
COMMENT = ["id", "story_id", "status", "name", "comment", "at"]


@subscribers.command("list")
def list_subscribers(json: Json = False) -> None:
    """List subscribers."""
    with api() as client:
        told = call(client, "GET", "/v1/subscribers").json()
    show(told if json else told["subscribers"], json=json, columns=SUBSCRIBER)


@subscribers.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with the columns email, topics (separated by spaces), cadence.")],
    json: Json = False,
) -> None:
    """Import subscribers who have confirmed elsewhere."""
    with file.open(newline="", encoding="utf-8") as lines:
        people = [
            {
                "email": row["email"],
                "topics": (row.get("topics") or "all").split(),
                "cadence": row.get("cadence") or "instant",
            }
            for row in csv.DictReader(lines)
        ]
    with api() as client:
        show(call(client, "POST", "/v1/subscribers", json={"subscribers": people}).json(), json=json)


@subscribers.command()
def export() -> None:
    """Write all subscribers as CSV to standard output."""
    with api() as client:
        told = call(client, "GET", "/v1/subscribers").json()["subscribers"]
    typer.echo("email,topics,cadence,state")
    for one in told:
        typer.echo(f"{one['email']},{' '.join(one['topics'])},{one['cadence']},{one['state']}")


@subscribers.command()
def erase(email: str, json: Json = False) -> None:
    """Erase a person: address, topics and what the ledger says of them."""
    with api() as client:
        call(client, "DELETE", f"/v1/subscribers/{email}")
    show({"email": email, "state": "erased"}, json=json)


@webhooks.command("list")
def list_webhooks(json: Json = False) -> None:
    """List webhooks."""
    with api() as client:
        told = call(client, "GET", "/v1/webhooks").json()
    show(told if json else told["webhooks"], json=json, columns=WEBHOOK)


@webhooks.command("add")
def add_webhook(
    url: str,
    event: Annotated[list[str] | None, typer.Option(help="story.live, story.corrected …; all when absent.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="all, section:slug …; all when absent.")] = None,
    json: Json = False,
) -> None:
    """Add a webhook. The signing secret is shown this once."""
    body = {"url": url} | ({"events": event} if event else {}) | ({"topics": topic} if topic else {})
    with api() as client:
        show(call(client, "POST", "/v1/webhooks", json=body).json(), json=json)


@webhooks.command("remove")
def remove_webhook(webhook: str) -> None:
    """Remove a webhook."""
    with api() as client:
        call(client, "DELETE", f"/v1/webhooks/{webhook}")


@webhooks.command("rotate")
def rotate_webhook(webhook: str, json: Json = False) -> None:
    """Give a webhook a new secret."""
    with api() as client:
        show(call(client, "POST", f"/v1/webhooks/{webhook}/rotate").json(), json=json)


@webhooks.command("enable")
def enable_webhook(webhook: str, json: Json = False) -> None:
    """Switch a webhook on again that was switched off after 410 or too many failures."""
    with api() as client:
        show(call(client, "POST", f"/v1/webhooks/{webhook}/enable").json(), json=json)


@webhooks.command("test")
def test_webhook(webhook: str, json: Json = False) -> None:
    """Send a test event."""
    with api() as client:
        show(call(client, "POST", f"/v1/webhooks/{webhook}/test").json(), json=json)


@webhooks.command("attempts")
def attempts(webhook: str, json: Json = False) -> None:
    """List the latest attempts."""
    with api() as client:
        told = call(client, "GET", f"/v1/webhooks/{webhook}/attempts").json()
    show(told if json else told["attempts"], json=json, columns=["at", "event", "outcome", "status", "detail"])


@deliveries.command("list")
def list_deliveries(
    story: Annotated[str | None, typer.Option(help="Of this story id only.")] = None,
    state: Annotated[str | None, typer.Option(help="pending, delivered, bounced, failed …")] = None,
    json: Json = False,
) -> None:
    """List deliveries."""
    with api() as client:
        told = call(client, "GET", "/v1/deliveries", params={"story": story, "state": state}).json()
    show(told if json else told["deliveries"], json=json, columns=DELIVERY)


@comments.command("list")
def list_comments(
    status: Annotated[Literal["held", "approved", "spam", "trash"], typer.Option()] = "held", json: Json = False
) -> None:
    """List comments."""
    with api() as client:
        told = call(client, "GET", "/v1/comments", params={"status": status}).json()
    show(told if json else told["comments"], json=json, columns=COMMENT)


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

__all__ = ["comments", "deliveries", "subscribers", "webhooks"]
