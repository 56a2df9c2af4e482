"""Who may push?"""

from enum import StrEnum
from typing import Annotated

import typer

from services.cli.client import api, call
from services.cli.show import Json, show

publishers = typer.Typer(help="Publishers and partners, and their keys.", no_args_is_help=True)


class Scope(StrEnum):
    """What a key is good for."""

    PUSH = "push"
    READ = "read"


Slug = Annotated[str, typer.Argument(help="The publisher's slug.")]
COLUMNS = ["slug", "name", "scopes", "active"]


@publishers.command()
def add(
    name: str,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What the key is good for; a partner has only read.")
    ] = None,
    json: Json = False,
) -> None:
    """Add a publisher. The key is shown this once."""
    body = {"name": name} | ({"scopes": scope} if scope else {})
    with api() as client:
        show(call(client, "POST", "/v1/publishers", json=body).json(), json=json)


@publishers.command("list")
def list_(json: Json = False) -> None:
    """List publishers."""
    with api() as client:
        told = call(client, "GET", "/v1/publishers").json()
    show(told if json else told["publishers"], json=json, columns=COLUMNS)


@publishers.command()
def rotate(slug: Slug, json: Json = False) -> None:
    """Make a new key; the old one ends at once."""
    with api() as client:
        show(call(client, "POST", f"/v1/publishers/{slug}/rotate").json(), json=json)


@publishers.command()
def disable(slug: Slug, json: Json = False) -> None:
    """End a publisher's keys."""
    with api() as client:
        show(call(client, "POST", f"/v1/publishers/{slug}/disable").json(), json=json)


@publishers.command()
def enable(slug: Slug, json: Json = False) -> None:
    """Let a disabled publisher in again."""
    with api() as client:
        show(call(client, "POST", f"/v1/publishers/{slug}/enable").json(), json=json)
