"""Where do webhooks go, and what has become of everything that was sent?"""

from typing import Annotated, Final, Literal

import typer

from services.cli.client import api, call
from services.cli.show import Json, show

webhooks = typer.Typer(help="Partners' webhooks.", no_args_is_help=True)
deliveries = typer.Typer(help="The ledger.", no_args_is_help=True)

#: For `pause` and `resume`.
Channel = Annotated[
    Literal["email", "webhook", "websub"] | None, typer.Option("--channel", help="This one only; all when absent.")
]

WEBHOOK: Final = ["id", "url", "events", "topics", "active"]
PAUSE: Final = ["channel", "since", "reason"]
DELIVERY: Final = ["id", "story_id", "revision", "channel", "recipient", "state", "attempts", "detail"]


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


@webhooks.command("show")
def show_webhook(webhook: str, json: Json = False) -> None:
    """Show one webhook."""
    with api() as client:
        show(call(client, "GET", f"/v1/webhooks/{webhook}").json(), json=json)


@webhooks.command("replay")
def replay_webhook(
    webhook: str,
    after: Annotated[int, typer.Option(min=0, help="Send what became live after this number of `changes` again.")] = 0,
    json: Json = False,
) -> None:
    """Send events again, each under the id that it had."""
    with api() as client:
        show(call(client, "POST", f"/v1/webhooks/{webhook}/replay", params={"after": after}).json(), json=json)


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


def pause(
    channel: Channel = None,
    reason: Annotated[str, typer.Option(help="Why; shown by `doctor`.")] = "",
    json: Json = False,
) -> None:
    """Send nothing more until `resume`: mail, webhooks, WebSub. Corrections and kills wait, too.

    Nothing is lost: what is planned meanwhile waits, and what was withdrawn meanwhile is not sent at all. The mails
    that confirm a subscription wait as well. Pages, lists and feeds go on.
    """
    with api() as client:
        told = call(client, "POST", "/v1/deliveries/pause", json=_given(channel=channel, reason=reason)).json()
    show(told if json else told["pauses"], json=json, columns=PAUSE)


def resume(channel: Channel = None, json: Json = False) -> None:
    """Send again what `pause` held back: corrections and kills first. Shows what is still paused."""
    with api() as client:
        told = call(client, "POST", "/v1/deliveries/resume", json=_given(channel=channel)).json()
    show(told if json else told["pauses"], json=json, columns=PAUSE)


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


@deliveries.command("list")
def list_deliveries(
    story: Annotated[str | None, typer.Option(help="Of this story id only.")] = None,
    state: Annotated[str | None, typer.Option(help="pending, delivered, bounced, failed …")] = None,
    after: Annotated[int, typer.Option(min=0, help="Those with higher ids only.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    json: Json = False,
) -> None:
    """List deliveries."""
    asked = {"story": story, "state": state, "after": after, "limit": limit}
    with api() as client:
        told = call(client, "GET", "/v1/deliveries", params=asked).json()
    show(told if json else told["deliveries"], json=json, columns=DELIVERY)
