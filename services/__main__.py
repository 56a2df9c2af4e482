"""All services in one process: the embedded default."""

from services.desk.app import build as desk
from services.enrich.app import build as enrich
from services.ingest.app import build as ingest
from services.notify.app import build as notify
from services.render.app import build as render
from services.site.app import build as site
from shared.runtime import main

#: In the order of the line, so that their ports and logs read like it.
EVERYTHING = (ingest, enrich, render, site, notify, desk)

if __name__ == "__main__":
    main(EVERYTHING)
