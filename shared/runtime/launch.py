"""How is a process started from a command line?

main([build, …])    0 after a clean stop, 2 for wrong settings, 1 when it cannot start
"""

import sys
from collections.abc import Sequence
from typing import NoReturn

import uvloop

from shared import clock, telemetry
from shared.runtime.claims import CannotStart
from shared.runtime.memory import thrifty
from shared.runtime.migrate import NewerSchema
from shared.runtime.paths import ALL_PORT, PORTS
from shared.runtime.process import AfterStart, Process, service_name
from shared.runtime.service import Builder
from shared.settings import BadSettings, Settings


def main(builders: Sequence[Builder], *, after_start: AfterStart | None = None) -> None:
    """Run services in this process until SIGINT or SIGTERM.

    Args:
        builders: the composition roots, `services.X.app.build`.
        after_start: called when everything runs, until it succeeded once, if the data directory was empty at the first
            start, Redis is the embedded one and SAMPLE is not `no`.
    """
    thrifty()
    try:
        settings = settings_for([service_name(builder) for builder in builders])
        telemetry.configure(settings.log_format, settings.log_level)
        clock.go_wrong(settings.clock_offset)
        uvloop.run(Process(settings, builders, after_start).run())
    except BadSettings as error:
        _give_up(error, 2)
    except (CannotStart, NewerSchema) as error:
        _give_up(error, 1)


def settings_for(names: Sequence[str]) -> Settings:
    """The settings of a process with these services.

    All together they listen on one port. A service alone has its own, and readers go to the site's, unless told else.
    """
    settings = Settings.read()
    if len(names) == len(PORTS):
        return settings
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    site = f"http://127.0.0.1:{PORTS['site']}"
    port = settings.port if "port" in given else PORTS.get(names[0], ALL_PORT)
    proof = f"http://127.0.0.1:{port}" if "site" in names else site
    return Settings.read(**{"port": port, "public_url": proof, "proof_url": proof, **given})


def _give_up(error: Exception, status: int) -> NoReturn:
    for line in str(error).splitlines():
        sys.stderr.write(f"newswire: {line}\n")
    raise SystemExit(status) from None
