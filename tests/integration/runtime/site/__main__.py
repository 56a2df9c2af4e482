"""Run it."""

from shared.runtime import Lent, main
from tests.integration.runtime.site.app import build


async def after_start(lent: Lent) -> None:
    """Leave a trace of having been called."""
    with (lent.settings.data_dir / "called").open("a") as trace:
        trace.write("x")


if __name__ == "__main__":
    main([build], after_start=after_start)
