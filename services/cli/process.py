"""Start the services, bring their schemas up to date, ask whether they live."""

import asyncio
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import typer

from services.cli.client import FAILED, api_key_or_leave
from services.cli.settings import api_url, cli_settings
from services.cli.show import complain
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.runtime import Builder

# Starting services needs every library, asking one thing needs none of them: each command imports its own.

sample = typer.Typer(help="The sample wire.", no_args_is_help=True)


def up() -> None:
    """Start all services in one process."""
    from services.__main__ import EVERYTHING, after_start  # noqa: PLC0415
    from shared.runtime import main  # noqa: PLC0415

    main(EVERYTHING, after_start=after_start)


def serve(services: Annotated[list[str], typer.Argument(help="ingest enrich render site notify desk")]) -> None:
    """Start some of the services in one process; one alone listens on its own port."""
    from shared.runtime import main  # noqa: PLC0415
    from shared.runtime.paths import PORTS  # noqa: PLC0415

    unknown = [name for name in services if name not in PORTS]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: the services are {', '.join(PORTS)}")
    main([_builder(name) for name in services])


def migrate() -> None:
    """Bring every service's schema up to date; services may run meanwhile."""
    asyncio.run(_migrate_all())


def health() -> None:
    """Exit with 0 when the process on this host answers (for container health checks)."""
    from shared.runtime.paths import PORTS  # noqa: PLC0415

    settings = cli_settings()
    ports = [settings.port] if "port" in settings.model_fields_set else [settings.port, *PORTS.values()]
    for port in ports:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            continue
    complain("No newswire answers on this host.")
    raise typer.Exit(FAILED)


@sample.command()
def remove() -> None:
    """Take the sample stories off the site: pages, lists, feeds and search forget them within seconds."""
    from services.sample.push import remove_sample  # noqa: PLC0415

    settings = cli_settings()
    removed = asyncio.run(remove_sample(api_url(settings), api_key_or_leave(settings)))
    typer.echo(f"Removed {removed} sample stories.")


async def _migrate_all() -> None:
    from shared.runtime.paths import PORTS  # noqa: PLC0415
    from shared.runtime.process import migrate_service  # noqa: PLC0415

    settings = Settings.read()
    for name in PORTS:
        module = importlib.import_module(f"services.{name}.app")
        await migrate_service(settings, name, Path(str(module.__file__)).parent / "migrations")


def _builder(name: str) -> "Builder":
    build: Builder = importlib.import_module(f"services.{name}.app").build
    return build
