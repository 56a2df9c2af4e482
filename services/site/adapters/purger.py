"""How does the CDN in front hear that pages changed?"""

from collections.abc import Sequence
from typing import Final

import orjson

from services.site.domain.addresses import wire_form
from shared.net import Net, NetError
from shared.telemetry import logger

TIMEOUT: Final = 5.0
#: Addresses in one call.
AT_ONCE: Final = 500
log = logger("site")


class NetPurger:
    """POSTs `{"urls": […]}` to `PURGE_URL`, which turns it into its CDN's own call.

    The guard of `shared.net` holds here too: a private `PURGE_URL` needs `ALLOW_NETWORKS`.
    """

    def __init__(self, net: Net, purge_url: str, public_url: str) -> None:
        """Whom to call, and about which site."""
        self._net, self._purge_url, self._public_url = net, purge_url, public_url

    async def purge(self, paths: Sequence[str]) -> str | None:
        """Tell the CDN; None when it heard, else why not. What it keeps all the same, the proof waits for."""
        for start in range(0, len(paths), AT_ONCE):
            if reason := await self._tell(paths[start : start + AT_ONCE]):
                return reason
        return None

    async def _tell(self, paths: Sequence[str]) -> str | None:
        body = orjson.dumps({"urls": [self._public_url + wire_form(path) for path in paths]})
        try:
            answer = await self._net.post(
                self._purge_url, body, {"Content-Type": "application/json"}, timeout=TIMEOUT, max_bytes=1000
            )
        except NetError as error:
            log.warning("purge failed", reason=str(error), paths=len(paths))
            return str(error)
        return None if answer.status < 400 else f"answers {answer.status}"  # noqa: PLR2004
