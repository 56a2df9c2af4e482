"""How does the command speak with the API, and what does each answer mean for its exit code?

Refused      4   the API said no: the problem document is printed
TimedOut     3   what was waited for did not happen in time
Failed       1   nobody answered, or something else went wrong
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import typer

from services.cli.settings import CliSettings, api_key, api_url, cli_settings
from services.cli.show import complain

FAILED: Final = 1
TIMED_OUT: Final = 3
REFUSED: Final = 4
TIMEOUT_S: Final = 60.0


@contextmanager
def api() -> Iterator[httpx.Client]:
    """A client with the key; a broken connection ends the command with one line and exit code 1 (3 for a time-out)."""
    settings = cli_settings()
    headers = {"Authorization": f"Bearer {api_key_or_leave(settings)}"}
    try:
        with httpx.Client(base_url=api_url(settings), headers=headers, timeout=TIMEOUT_S) as client:
            yield client
    except httpx.TimeoutException as error:
        complain(f"{api_url(settings)} did not answer in time ({error!r}).")
        raise typer.Exit(TIMED_OUT) from error
    except httpx.HTTPError as error:
        complain(
            f"{api_url(settings)} cannot be reached: {error}. Is newswire running there? If elsewhere, "
            "set NEWSWIRE_API_URL. `newswire doctor` says more."
        )
        raise typer.Exit(FAILED) from error


def api_key_or_leave(settings: CliSettings) -> str:
    """The key; without one the command ends with exit code 1 and a line that says where keys come from."""
    key = api_key(settings)
    if key is None:
        complain(f"No key: set NEWSWIRE_KEY, or start newswire once; it writes {settings.data_dir}/admin.key.")
        raise typer.Exit(FAILED)
    return key


def call(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    json: object = None,
    params: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """One call; a problem document ends the command with exit code 4 (4xx) or 1 (5xx)."""
    chosen = {key: value for key, value in (params or {}).items() if value is not None}
    answer = client.request(method, path, json=json, params=chosen, headers=headers)
    if answer.is_error:
        problem(answer)
    return answer


def problem(answer: httpx.Response) -> None:
    """Print a problem document and leave."""
    try:
        told = answer.json()
    except ValueError:
        told = {"title": answer.reason_phrase, "detail": answer.text[:300]}
    # What the API calls a parameter is an option here.
    detail = str(told.get("detail", "")).replace("?publisher=<slug>", "--publisher SLUG")
    complain(f"{answer.status_code} {told.get('title', '')}: {detail}")
    for error in told.get("errors", []):
        line = f"{error.get('path', '')}: {error.get('message', '')}"
        if line not in detail:
            complain(f"  {line}")
    raise typer.Exit(REFUSED if answer.is_client_error else FAILED)
