"""Which newswire does the command talk to, and as whom?"""

from functools import cache
from pathlib import Path
from typing import Final

import typer
from pydantic import SecretStr

from shared.settings import BadSettings, Settings

USAGE: Final = 2


class CliSettings(Settings):
    """`NEWSWIRE_API_URL` and `NEWSWIRE_KEY`; without them the local newswire and its admin key."""

    api_url: str | None = None
    key: SecretStr | None = None


@cache
def cli_settings() -> CliSettings:
    """Read once, when a command first needs them."""
    try:
        return CliSettings.read()
    except BadSettings as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error


def api_url(settings: CliSettings) -> str:
    """The API's address, without a trailing slash.

    The one given; else that of HOST and PORT; without those too, the one that the process of this data directory left.
    """
    if settings.api_url:
        return settings.api_url.rstrip("/")
    if {"host", "port"} & settings.model_fields_set:
        return settings.listening
    left = settings.data_dir / "api.url"
    return (left.read_text().strip() if left.is_file() else "") or settings.listening


def api_key(settings: CliSettings) -> str | None:
    """The key given, else the admin key given, else the one that the first start wrote; None when there is none."""
    for secret in (settings.key, settings.admin_key):
        if secret is not None:
            return secret.get_secret_value()
    kept = Path(settings.data_dir) / "admin.key"
    return kept.read_text().strip() if kept.is_file() else None
