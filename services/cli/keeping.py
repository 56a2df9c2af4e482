"""Carry the whole state away, and bring it back. Operator's commands: they open the databases, not the API."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from services.cli.client import FAILED, REFUSED
from services.cli.settings import cli_settings
from services.cli.show import Json, bar, complain, err, show

T = TypeVar("T")

# Opening databases needs libraries that a client of the API does not: each command imports its own.


def backup(
    target: Annotated[Path, typer.Argument(help="A directory that is not there yet.")], json: Json = False
) -> None:
    """Write everything that cannot be made again to TARGET, while newswire runs. It holds addresses and secrets."""
    from services.backup import take  # noqa: PLC0415
    from shared import clock  # noqa: PLC0415

    settings = cli_settings()
    manifest = _run(lambda told: take(settings, target, clock.now(), told))
    rows = {name: sum(part.rows for part in one.tables) for name, one in manifest.services.items()}
    answer: dict[str, Any] = {
        "backup": str(target),
        "taken_at": manifest.taken_at.isoformat(),
        "rows": rows,
        "pictures": manifest.media.rows,
        "picture_bytes": manifest.media_bytes,
    }
    show(answer, json=json)


def restore(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="What `newswire backup` wrote.")],
    json: Json = False,
) -> None:
    """Bring a backup back into an empty state, while nothing runs. Sending stays paused until `newswire resume`."""
    from services.backup import restore as bring_back  # noqa: PLC0415
    from shared import clock  # noqa: PLC0415

    settings = cli_settings()
    restored = _run(lambda told: bring_back(settings, source, clock.now(), told))
    answer: dict[str, Any] = {
        "restored": str(source),
        "taken_at": restored.manifest.taken_at.isoformat(),
        "rows": restored.manifest.rows,
        "pictures": restored.manifest.media.rows,
        "stories": restored.stories,
        "deliveries_held": restored.held,
        "sending": "paused",
    }
    show(answer, json=json)
    err.print("Start newswire: it makes the pages again. Then look at what is held, and let it send: newswire resume")


def _run(work: Callable[[Callable[[str, int, int], None]], Awaitable[T]]) -> T:
    """Run it with a progress bar; what is refused, or cannot be reached, is one line."""
    from services.backup import Refused  # noqa: PLC0415
    from shared.bus import Unavailable  # noqa: PLC0415
    from shared.runtime.claims import CannotStart  # noqa: PLC0415
    from shared.runtime.outages import is_outage  # noqa: PLC0415

    try:
        with bar() as shown:
            task = shown.add_task("looking", total=None)
            return asyncio.run(
                _awaited(work(lambda what, done, of: shown.update(task, description=what, completed=done, total=of)))
            )
    except Refused as error:
        complain(str(error))
        raise typer.Exit(REFUSED) from None
    except (CannotStart, Unavailable, OSError) as error:
        complain(str(error))
        raise typer.Exit(FAILED) from None
    except Exception as error:
        if not is_outage(error):
            raise
        complain(f"A database or the page store is away: {error}")
        raise typer.Exit(FAILED) from None


async def _awaited(work: Awaitable[T]) -> T:
    return await work
