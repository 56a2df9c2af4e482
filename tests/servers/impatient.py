"""A newswire that gives an event up within a second: `python -m tests.servers.impatient`. By default it takes forty."""

from dataclasses import replace
from typing import Final

import uvloop

from services.__main__ import EVERYTHING
from shared import telemetry
from shared.bus import Bus
from shared.runtime import Lent
from shared.runtime.launch import settings_for
from shared.runtime.outages import is_outage
from shared.runtime.process import Process, service_name

TRIES: Final = 3
BACKOFF: Final = (0.1, 0.4)


class Impatient(Process):
    """The whole process as it is, but for its patience."""

    def _lend(self, redis_url: str, key: str, *, sole: bool) -> Lent:
        lent = super()._lend(redis_url, key, sole=sole)

        def bus(service: str) -> Bus:
            return Bus(redis_url, service, is_outage=is_outage, sole=sole, tries=TRIES, backoff_s=BACKOFF)

        return replace(lent, bus=bus)


if __name__ == "__main__":
    settings = settings_for([service_name(builder) for builder in EVERYTHING])
    telemetry.configure(settings.log_format, settings.log_level)
    uvloop.run(Impatient(settings, EVERYTHING).run())
