"""All services in one process: the embedded default."""

from services.desk.app import build as desk
from services.enrich.app import build as enrich
from services.ingest.app import build as ingest
from services.notify.app import build as notify
from services.render.app import build as render
from services.site.app import build as site
from shared.runtime import Lent, main

#: In the order of the line, so that their ports and logs read like it.
EVERYTHING = (ingest, enrich, render, site, notify, desk)


async def after_start(lent: Lent) -> None:
    """Push the sample wire into an empty site, through its own API like anybody else."""
    from services.sample.push import push_sample  # noqa: PLC0415 - once in the life of a data directory

    await push_sample(f"http://{lent.settings.host}:{lent.settings.port}", lent.admin_key)


if __name__ == "__main__":
    main(EVERYTHING, after_start=after_start)
