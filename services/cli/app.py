"""Which commands does `newswire` have?"""

import typer

from services.cli.audience import comments, subscribers
from services.cli.doctor import doctor
from services.cli.keeping import backup, restore
from services.cli.operations import dead
from services.cli.partners import deliveries, pause, resume, webhooks
from services.cli.process import health, migrate, sample, serve, up
from services.cli.publishers import publishers
from services.cli.rebuilding import audit, rebuild, replay
from services.cli.stories import add_commands

app = typer.Typer(
    name="newswire",
    help="Self-hosted news syndication. A client of the API: NEWSWIRE_API_URL and NEWSWIRE_KEY, else the local ones.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (up, serve, migrate, health, doctor, pause, resume, replay, rebuild, audit, backup, restore)
for command in COMMANDS:
    app.command()(command)
add_commands(app)
app.add_typer(publishers, name="publisher")
app.add_typer(subscribers, name="subscriber")
app.add_typer(webhooks, name="webhook")
app.add_typer(deliveries, name="delivery")
app.add_typer(comments, name="comment")
app.add_typer(dead, name="dead")
app.add_typer(sample, name="sample")


def main() -> None:
    """Run the command line."""
    app()
