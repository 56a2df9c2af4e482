"""Which service answers which path? The one table, for the router in the process and for the proxies in front."""

from collections.abc import Mapping
from typing import Final

#: The WebSub hub, which feeds name and notify answers.
HUB: Final = "/websub"
#: Path prefixes (whole segments) of each service. What is in no row is the site's, apart from unknown `/v1/…`.
TABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "ingest": (
        "/v1/stories",
        "/v1/stories:batch",
        "/v1/changes",
        "/v1/publishers",
        "/v1/media",
        "/v1/receipts",
        "/v1/rebuilds",
        "/v1/sources",
        "/v1/ninjs",
        "/v1/hooks",
        "/micropub",
    ),
    "desk": ("/v1/traces", "/v1/dead", "/desk"),
    "notify": (
        "/v1/webhooks",
        "/v1/subscribers",
        "/v1/deliveries",
        "/v1/websub",
        "/subscribe",
        "/subscriptions",
        HUB,
    ),
    "site": ("/v1/comments",),
    "process": ("/healthz", "/readyz", "/metrics", "/v1/docs", "/v1/openapi.json", "/v1/owed"),
}
#: Where a process answers for what one of its services owes: this and the service's name.
OWED: Final = "/v1/owed/"
#: Who answers everything else.
DEFAULT: Final = "site"
#: Where each service listens when it runs alone; all together they listen on ALL_PORT.
PORTS: Final[Mapping[str, int]] = {
    "ingest": 8081,
    "enrich": 8082,
    "render": 8083,
    "site": 8084,
    "notify": 8085,
    "desk": 8086,
}
ALL_PORT: Final = 8080

_BY_SEGMENTS: Final = {tuple(prefix.split("/")[1:]): service for service, paths in TABLE.items() for prefix in paths}
#: First segments that belong to others than the site; one look-up decides for a reader's request.
FIRST: Final = frozenset(segments[0] for segments in _BY_SEGMENTS)


def owner(path: str) -> str | None:
    """The service that answers `path` (as in a request: with its leading slash); None for an unknown `/v1/…`."""
    parts = path.split("/", 3)
    first = parts[1] if len(parts) > 1 else ""
    if first not in FIRST:
        return DEFAULT
    service = _BY_SEGMENTS.get((first,)) or _BY_SEGMENTS.get((first, parts[2] if len(parts) > 2 else ""))  # noqa: PLR2004
    return service or (None if first == "v1" else DEFAULT)
