"""Is this set-up well, and what should be done where it is not?"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import httpx
import typer

from services.cli.client import FAILED
from services.cli.settings import api_key, api_url, cli_settings
from services.cli.show import Json, out, show

#: Each of them answers for what it owes.
SERVICES: Final = ("ingest", "enrich", "render", "site", "notify", "desk")
RESUME: Final = "What is planned waits, corrections and kills too: newswire resume lets it go."


@dataclass(frozen=True)
class Finding:
    """One thing that the doctor looked at; `advice` is empty when it is well."""

    what: str
    well: bool
    found: str
    advice: str = ""


def doctor(json: Json = False) -> None:
    """Say what is wrong with this set-up; exit code 1 when something is."""
    findings = list(_examine())
    if json:
        show([asdict(one) for one in findings], json=True)
    else:
        for one in findings:
            out.print(f"[{'green' if one.well else 'red'}]{'✓' if one.well else '✗'}[/] {one.what}: {one.found}")
            if one.advice:
                out.print(f"  {one.advice}")
    if not all(one.well for one in findings):
        raise typer.Exit(FAILED)


def _examine() -> Iterator[Finding]:
    settings = cli_settings()
    address = api_url(settings)
    key = api_key(settings)
    yield Finding(
        "key",
        key is not None,
        "found" if key else "none",
        "" if key else f"Set NEWSWIRE_KEY, or start newswire once: it writes {settings.data_dir}/admin.key.",
    )
    try:
        alive = httpx.get(f"{address}/healthz", timeout=5)
    except httpx.HTTPError as error:
        advice = "Start it (make run), or set NEWSWIRE_API_URL to where it runs."
        yield Finding("process", well=False, found=f"{address} does not answer ({error})", advice=advice)
        return
    # A proxy keeps the processes' own addresses to the inside; each of them tells the admin how it is.
    proxied = alive.status_code == httpx.codes.NOT_FOUND and _is_ours(address)
    if proxied:
        yield Finding("process", well=True, found=f"{address} is a proxy before several")
    else:
        yield from _readiness(address, alive)
    if key is None:
        return
    try:
        yield from _ask(address, key, proxied=proxied)
    except httpx.HTTPError as error:
        advice = "It is busy, or its database is away: look at its log."
        yield Finding(
            "answers", well=False, found=f"{address} did not answer all that was asked ({error!r})", advice=advice
        )


def _is_ours(address: str) -> bool:
    try:
        return httpx.get(f"{address}/v1/openapi.json", timeout=10).is_success
    except httpx.HTTPError:
        return False


def _readiness(address: str, alive: httpx.Response) -> Iterator[Finding]:
    yield Finding("process", alive.is_success, f"{address} answers {alive.status_code}")
    ready = httpx.get(f"{address}/readyz", timeout=10)
    yield Finding("readiness", ready.is_success, "ready" if ready.is_success else _problems(ready))


def _problems(ready: httpx.Response) -> str:
    try:
        told = ready.json()
    except ValueError:
        return f"/readyz answers {ready.status_code}: is this a newswire?"
    return "; ".join(map(str, told.get("problems", []))) or f"/readyz answers {ready.status_code}"


def _ask(address: str, key: str, *, proxied: bool) -> Iterator[Finding]:
    bearer = {"Authorization": f"Bearer {key}"}
    letters = httpx.get(f"{address}/v1/dead", headers=bearer, timeout=10)
    if letters.status_code == httpx.codes.FORBIDDEN:
        yield Finding("dead letters", well=True, found="only the admin key may see them")
        return
    if letters.status_code == httpx.codes.UNAUTHORIZED:
        yield Finding("key", well=False, found="refused", advice="The key is unknown, rotated away or disabled.")
        return
    count = len(letters.json().get("dead", [])) if letters.is_success else 0
    advice = "Look at them: newswire dead list" if count else ""
    yield Finding("dead letters", letters.is_success and not count, str(count), advice)
    yield from _paused(address, bearer)
    yield from _owed(address, bearer, proxied=proxied)


def _paused(address: str, bearer: dict[str, str]) -> Iterator[Finding]:
    told = httpx.get(f"{address}/v1/deliveries/pauses", headers=bearer, timeout=10)
    if told.is_success:
        still = told.json()["pauses"]
        found = ", ".join(f"{one['channel']} since {one['since']}" + _why(one["reason"]) for one in still)
        yield Finding("sending", not still, f"paused: {found}" if still else "on", RESUME if still else "")


def _why(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _owed(address: str, bearer: dict[str, str], *, proxied: bool) -> Iterator[Finding]:
    """How each service is and what it should have done by now; who is not behind this address says nothing."""
    answers = {name: httpx.get(f"{address}/v1/owed/{name}", headers=bearer, timeout=10) for name in SERVICES}
    told = {name: answer.json() for name, answer in answers.items() if answer.is_success}
    for name, answer in answers.items():
        if answer.is_server_error:
            found = f"/v1/owed/{name} answers {answer.status_code}"
            yield Finding(name, well=False, found=found, advice=f"Is {name} running? Look at its log.")
    for name, each in told.items() if proxied else ():
        for problem in each["problems"]:
            yield Finding(name, well=False, found=problem, advice=f"Look at the log of {name}.")
    owed = [one for each in told.values() for one in each["owed"]]
    late = [one for one in owed if one["late"]]
    for one in late:
        yield Finding(f"overdue: {one['kind']}", well=False, found=f"{one['seconds']:.0f} s", advice=one["advice"])
    if owed and not late:
        yield Finding("overdue", well=True, found="nothing")
