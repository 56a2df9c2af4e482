"""Let stories go down the line again, make the site again from the log, or compare the two."""

import time
from typing import Annotated, Any, Final

import httpx
import typer

from services.cli.client import FAILED, api, call
from services.cli.pushing import Publisher, story_path
from services.cli.show import Json, bar, complain, err, show

POLL: Final = 0.2
PHASES: Final = {
    "begin": "begins",
    "stories": "stories",
    "lists": "lists, feeds, sitemaps",
    "hold": "new stories wait a moment",
    "adopt": "takes over",
    "compare": "compares",
}


def replay(external_ids: list[str], publisher: Publisher = None, json: Json = False) -> None:
    """Let stories go down the line again: what was lost is made up for, nobody hears of anything twice."""
    with api() as client:
        params = {"publisher": publisher}
        told = [call(client, "POST", story_path(one, "/replay"), params=params).json() for one in external_ids]
    show(told, json=json, columns=["external_id", "story_id", "revision"])


def rebuild(json: Json = False) -> None:
    """Make pages, lists, feeds and search again from the log, beside what readers see, and show it in one step.

    It sends nothing to anybody. New stories wait for some seconds at the end, kills do not.
    """
    with api() as client:
        told = _run(client, "rebuild")
    show(told, json=json)
    _leave_if_failed(told)


def audit(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what differs (all but the log itself).")] = False,
    json: Json = False,
) -> None:
    """Compare log, routes, pages, feeds, search and ledger; name each difference. Exit code 1 when there is one."""
    with api() as client:
        told = _run(client, "repair" if repair else "audit")
    _leave_if_failed(told, json=json)
    if json:
        show(told, json=True)
    elif told["findings"]:
        show(told["findings"], json=False, columns=["where", "what", "key"])
    else:
        err.print("Everything is as the log says.")
    damaged = any(one["where"] == "log" for one in told["findings"])
    if damaged:
        complain("The log itself is not as it was written, so nothing is made from it. Only a backup can mend that.")
    elif told["findings"] and not repair:
        complain(f"Differences: {len(told['findings'])}. `newswire audit --repair` mends them.")
    if damaged or (told["findings"] and not repair):
        raise typer.Exit(FAILED)


def _run(client: httpx.Client, mode: str) -> dict[str, Any]:
    told: dict[str, Any] = call(client, "POST", "/v1/rebuilds", json={"mode": mode}).json()
    with bar() as progress:
        task = progress.add_task(PHASES["begin"], total=None)
        while told["state"] == "running":
            time.sleep(POLL)
            told = call(client, "GET", f"/v1/rebuilds/{told['id']}").json()
            said = PHASES.get(told["phase"], told["phase"])
            progress.update(task, description=said, completed=told["done"], total=told["total"] or None)
    return told


def _leave_if_failed(told: dict[str, Any], *, json: bool = False) -> None:
    if told["state"] == "failed":
        if json:
            show(told, json=True)
        complain(f"It failed, and nothing has changed: {told['error']}")
        raise typer.Exit(FAILED)
