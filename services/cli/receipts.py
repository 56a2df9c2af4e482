"""What has a kill reached, and when is it done?"""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import httpx
import typer

from services.cli.client import TIMED_OUT, api, call
from services.cli.show import Json, complain, err, show, table
from shared import clock

GONE: Final = (
    "Wait until it is gone from everything that we serve (page, lists, feeds, sitemaps, search, related links, "
    "pictures), at most 30 s; exit code 3 when it is not. Mail, webhooks and a CDN may take longer."
)
LONGEST, POLL = 30.0, 0.1
#: What depends on others may take days.
OTHERS: Final = frozenset({"email", "webhook", "websub", "cdn"})


def receipt(
    receipt_id: UUID,
    wait: Annotated[bool, typer.Option("--wait", help=GONE)] = False,
    json: Json = False,
) -> None:
    """Show what a kill reached: each channel, what it says, since when."""
    with api() as client:
        told = (until_gone if wait else _read)(client, str(receipt_id))
    if json:
        show(told, json=True)
    else:
        show({name: value for name, value in told.items() if name != "channels"}, json=False)
        channels(told)
    if wait:
        leave_unless_gone(told)


def until_gone(client: httpx.Client, receipt_id: str) -> dict[str, Any]:
    """The receipt, as soon as nothing that we serve shows the story; after a while as it is."""
    end = clock.monotonic() + LONGEST
    while True:
        told = _read(client, receipt_id)
        if not _showing(told) or clock.monotonic() > end:
            return told
        time.sleep(POLL)


def leave_unless_gone(told: Mapping[str, Any]) -> None:
    """Exit code 3 when something may still show it."""
    if showing := _showing(told):
        complain(f"Accepted, but not confirmed yet: {', '.join(showing)}.")
        raise typer.Exit(TIMED_OUT)


def channels(told: Mapping[str, Any]) -> None:
    """A line for each channel."""
    err.print()
    rows = [{"channel": name, **said} for name, said in told["channels"].items()]
    table(rows, ["channel", "outcome", "at", "retrying", "detail"])


def _read(client: httpx.Client, receipt_id: str) -> dict[str, Any]:
    told: dict[str, Any] = call(client, "GET", f"/v1/receipts/{receipt_id}").json()
    return told


def _showing(told: Mapping[str, Any]) -> list[str]:
    if told["state"] != "open":
        return []
    return [name for name, said in told["channels"].items() if said["retrying"] and name not in OTHERS]
