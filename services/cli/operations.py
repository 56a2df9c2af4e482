"""Keep it running: what becomes of events that a step gave up?"""

from typing import Annotated, Literal

import typer

from services.cli.client import api, call
from services.cli.show import Json, show

dead = typer.Typer(help="Dead letters: events that a step gave up.", no_args_is_help=True)

LETTER = ["id", "died_at", "step", "story_id", "revision", "tries", "state", "error"]


@dead.command("list")
def list_(state: Annotated[Literal["dead", "retried", "dropped"], typer.Option()] = "dead", json: Json = False) -> None:
    """List dead letters."""
    with api() as client:
        told = call(client, "GET", "/v1/dead", params={"state": state}).json()
    show(told if json else told["dead"], json=json, columns=LETTER)


@dead.command("show")
def show_(letter: int, json: Json = False) -> None:
    """Show one with its event and traceback."""
    with api() as client:
        show(call(client, "GET", f"/v1/dead/{letter}").json(), json=json)


@dead.command()
def retry(letters: list[int], json: Json = False) -> None:
    """Hand events back to their step."""
    with api() as client:
        answers = [call(client, "POST", f"/v1/dead/{one}/retry").json() for one in letters]
    show(answers, json=json, columns=LETTER)


@dead.command()
def drop(letters: list[int], json: Json = False) -> None:
    """Give events up for good."""
    with api() as client:
        answers = [call(client, "POST", f"/v1/dead/{one}/drop").json() for one in letters]
    show(answers, json=json, columns=LETTER)
