"""How does the CDN in front hear that pages changed?"""

from collections.abc import Sequence
from typing import Final

import orjson

from services.site.domain.addresses import wire_form
from shared.net import Net, NetError
from shared.telemetry import logger

TIMEOUT: Final = 5.0
log = logger("site")


class NetPurger:
    """POSTs `{"urls": […]}` to `PURGE_URL`, which turns it into its CDN's own call.

    The guard of `shared.net` holds here too: a private `PURGE_URL` needs `ALLOW_NETWORKS`.
    """

    def __init__(self, net: Net, purge_url: str | None, public_url: str) -> None:
        """Without `purge_url` nothing is ever called."""
        self._net, self._purge_url, self._public_url = net, purge_url, public_url

    @property
    def is_on(self) -> bool:
        """Is there a CDN to tell?"""
        return self._purge_url is not None

    async def purge(self, paths: Sequence[str]) -> str | None:
        """Tell the CDN; None when it heard, else why not. What it keeps all the same, the proof waits for."""
        if self._purge_url is None or not paths:
            return None
        body = orjson.dumps({"urls": [self._public_url + wire_form(path) for path in paths]})
        try:
            answer = await self._net.post(
                self._purge_url, body, {"Content-Type": "application/json"}, timeout=TIMEOUT, max_bytes=1000
            )
        except NetError as error:
            log.warning("purge failed", reason=str(error), paths=len(paths))
            return str(error)
        return None if answer.status < 400 else f"answers {answer.status}"  # noqa: PLR2004
