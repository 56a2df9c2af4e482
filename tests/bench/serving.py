"""What does a page cost the site process, beside a bare ASGI app that answers the same bytes on the same server?

CPU microseconds of the server process per request, told by the kernel, with 16 connections kept busy: on a small
machine the client takes the other core, so rates would tell more about the client. Story pages, lists and feeds, whole
and as a 304; with 1,000 stories that came down the line, then with 100,000 (see `filling`). All are measured in turn;
of each the best round counts, for noise only adds.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil

from tests.bench.filling import lengthen
from tests.bench.latency import fill
from tests.bench.limits import Answer, bare, nginx
from tests.bench.table import Figure
from tests.bench.throughput import EMBEDDED, SERVICES
from tests.servers.fleet import Fleet, fleet
from tests.servers.newswire import wait_until
from tests.servers.redis import RedisServer, binaries

CONNECTIONS = 16
REQUESTS = 8_000
ROUNDS = 5
FEW, MANY = 1_000, 100_000
#: Of a process at rest: CPU seconds in a second.
REST = 0.05
TARGET = "≥ 0.85"
LISTS = {
    "the front page": "/",
    "page 2 of a section": "/section/harbour/page/2/",
    "RSS": "/feed/",
    "Atom of a section": "/section/harbour/feed/atom/",
    "JSON feed": "/feed/json/",
}
#: Also asked for with the validator of an earlier answer.
AGAIN = ("a story", "the front page", "RSS")

Server = tuple[int, psutil.Process]
Costs = dict[str, dict[str, float]]


def measure() -> list[Figure]:
    """With 1,000 stories, then with 100,000; nginx beside them where it is installed."""
    redis = RedisServer(next(iter(binaries().values())), EMBEDDED)
    redis.start()
    try:
        with (
            tempfile.TemporaryDirectory() as name,
            fleet(Path(name), SERVICES, REDIS_URL=redis.url, LOG_LEVEL="warning") as ships,
        ):
            return _measured(Path(name), ships)
    finally:
        redis.remove()


def _measured(directory: Path, ships: Fleet) -> list[Figure]:
    with ships.client("ingest") as client:
        key = client.post("/v1/publishers", json={"name": "Bench"}).json()["key"]
    asyncio.run(fill(SimpleNamespace(url=ships.url("ingest")), key, 0, FEW))
    [ship] = ships.of("site")
    site = (ship.port, psutil.Process(ship.pid))
    paths = {"a story": _a_story(ship.url), **LISTS}
    wait_until(lambda: all(httpx.head(ship.url + path).is_success for path in paths.values()), 300, 0.5)
    _until_at_rest(site[1])
    answers = {path: Answer.of(ship.url + path) for path in paths.values()}
    requests = _requests(paths, answers)
    with bare(directory, answers) as limit, nginx(directory, answers) as files:
        servers = {"ours": site, "bare": limit, **({"nginx": files} if files else {})}
        few = _costs(servers, requests)
        url = ship.environment.get("NEWSWIRE_DATABASE_URL") or f"sqlite:///{directory}/data/db"
        more = asyncio.run(lengthen(url, paths["a story"], FEW, MANY))
        _until_at_rest(site[1])
        many = _costs(servers, requests)
        cold = _cold(site, more)
    beside = [] if files else [Figure("nginx static", "not installed here")]
    return [*_figures(few, many), Figure(f"… a story of {MANY:,} that is not in memory", f"{cold:.0f} µs"), *beside]


def _figures(few: Costs, many: Costs) -> list[Figure]:
    found = []
    for what, costs in few.items():
        for name, told in ((f"site: {what}, CPU per request", costs), (f"… with {MANY:,} stories", many[what])):
            beside = f"bare ASGI {told['bare']:.1f} µs"
            beside += f", nginx {told['nginx']:.1f} µs" if "nginx" in told else ""
            found.append(Figure(name, f"{told['ours']:.1f} µs", beside, told["bare"] / told["ours"], TARGET))
    return found


def _requests(paths: Mapping[str, str], answers: Mapping[str, Answer]) -> dict[str, bytes]:
    whole = {what: _request(path) for what, path in paths.items()}
    again = {f"{what}, 304": _request(paths[what], answers[paths[what]].etag) for what in AGAIN}
    return {**whole, **again}


def _request(path: str, etag: bytes = b"") -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n".encode()
    return head + (b"If-None-Match: " + etag + b"\r\n\r\n" if etag else b"\r\n")


def _a_story(url: str) -> str:
    told = httpx.get(f"{url}/feed/json/").json()["items"][0]["url"]
    return str(httpx.URL(told).raw_path.decode())


def _costs(servers: Mapping[str, Server], requests: Mapping[str, bytes]) -> Costs:
    """What → server → CPU µs a request. Nginx has ETags of its own, so it is asked for whole files only."""
    found: Costs = {}
    for what, request in requests.items():
        rounds: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                if name != "nginx" or what in {"a story", *LISTS}:
                    rounds.setdefault(name, []).append(_cost(server, [request]))
        found[what] = {name: min(costs) for name, costs in rounds.items()}
    return found


def _cold(site: Server, paths: Sequence[str]) -> float:
    """Each request another story: of so many nearly none is in memory."""
    dice = random.Random(1)
    return min(_cost(site, [_request(path) for path in dice.sample(paths, REQUESTS // 4)]) for _ in range(ROUNDS))


def _cost(server: Server, requests: Sequence[bytes]) -> float:
    """CPU µs of the server's process per request; all of `requests`, or the only one again and again."""
    port, process = server
    once = len(requests) > 1
    if not once:
        asyncio.run(_load(port, [*requests] * CONNECTIONS * 20))
    before = _cpu(process)
    asked = list(requests) if once else [*requests] * REQUESTS
    asyncio.run(_load(port, asked))
    return (_cpu(process) - before) / len(asked) * 1e6


def _cpu(process: psutil.Process) -> float:
    """Seconds; by the nanosecond where the kernel tells so (Linux), else in ticks of a hundredth."""
    threads = [file.read_text().split()[0] for file in Path(f"/proc/{process.pid}/task").glob("*/schedstat")]
    if threads:
        return sum(map(int, threads)) / 1e9
    used = process.cpu_times()
    return float(used.user + used.system)


def _until_at_rest(process: psutil.Process) -> None:
    """Changes that others made are followed, gathered and forgotten in the background."""
    for _ in range(300):
        before = _cpu(process)
        time.sleep(1)
        if _cpu(process) - before < REST:
            return
    raise TimeoutError("the site has no rest")


async def _load(port: int, requests: Sequence[bytes]) -> None:
    async def one(its: Sequence[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in its:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            if size and b" 304 " not in head[:16]:
                await reader.readexactly(int(size))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one(requests[start::CONNECTIONS]) for start in range(CONNECTIONS)))
