"""What does a feed of ours say, as readers get it?

It is read where the live proof looks (`PROOF_URL`, under the public name), and not from the page store: which page an
address shows is the site's to know, and what the hub hands over must be what the address answers, to the byte. So the
hub says nothing that is not true yet, whatever cache stands between the site and its readers.
"""

from typing import Final
from urllib.parse import urlsplit

from services.notify.domain.feeds import Content, Unread
from shared.net import Net, NetError

TIMEOUT: Final = 10.0
#: Fifty stories of the largest size would be more; who has those is told so.
FEED_MAX: Final = 32 * 1024 * 1024
_OK: Final = 200
_MISSING: Final = 404
_FEEDS: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json")


class PublicFeeds:
    """Asks the site, as the proof does."""

    def __init__(self, net: Net, proof_url: str, public_url: str) -> None:
        """Where to connect, and which site to ask for."""
        self._net, self._proof_url, self._public_url = net, proof_url, public_url
        self._host = urlsplit(public_url).netloc

    async def read(self, url: str) -> Content | Unread:
        """What the feed at this public address says now."""
        path = url.removeprefix(self._public_url)
        try:
            address = (await self._net.addresses(self._proof_url))[0]
            answer = await self._net.probe(
                self._proof_url + path, connect_to=address, host=self._host, timeout=TIMEOUT, max_bytes=FEED_MAX
            )
        except NetError as error:
            return Unread(f"the feed cannot be read: {error}")
        content_type = answer.headers.get("content-type", "")
        if answer.status != _OK or not content_type.startswith(_FEEDS):
            return Unread(f"the feed cannot be read: HTTP {answer.status}", is_missing=answer.status == _MISSING)
        if len(answer.body) >= FEED_MAX:
            return Unread("the feed is too large to be handed over")
        return Content(content_type, answer.body)
