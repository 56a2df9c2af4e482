"""Run one rebuild or audit: its id as argument, settings that the process which asks settled on as JSON on stdin."""

import asyncio
import sys
from typing import NoReturn

import orjson

from services.rebuild.app import perform
from services.rebuild.course import NotRebuilt
from shared import clock, telemetry
from shared.runtime.memory import settle, thrifty
from shared.settings import Settings


def main() -> NoReturn:
    """Exit with 0 when how it went stands in its row, else with 1."""
    given = orjson.loads(sys.stdin.buffer.read() or b"{}")
    settings = Settings.read(**given)
    clock.go_wrong(settings.clock_offset)
    telemetry.configure(settings.log_format, settings.log_level)
    thrifty()
    settle()
    try:
        asyncio.run(perform(settings, sys.argv[1]))
    except NotRebuilt as why:
        sys.stderr.write(f"newswire: {why}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
