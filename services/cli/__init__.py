"""The `newswire` command: a client of the API, and the way to start the services."""

from services.cli.app import main

__all__ = ["main"]
