"""What does a page cost the site, beside a bare ASGI app that answers the same bytes on the same server?

CPU microseconds of the server process per request, measured by the kernel, with 16 connections kept busy: on a small
machine the client takes the other core, so rates would tell more about the client.
"""

import asyncio
import contextlib
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from tests.bench.latency import fill
from tests.bench.table import Figure
from tests.servers.newswire import ROOT, free_port, newswire

CONNECTIONS = 16
REQUESTS = 20_000
ROUNDS = 3


def measure() -> list[Figure]:
    """A story page and its 304, ours and bare in turn; nginx static beside them where it is installed."""
    with tempfile.TemporaryDirectory() as name, newswire(Path(name), LOG_LEVEL="warning") as running:
        asyncio.run(fill(running, running.publisher("Bench")["key"], 0, 50))
        path = _a_story(running.url)
        page = httpx.get(running.url + path, headers={"Accept-Encoding": "gzip"})
        requests = _requests(path, page.headers["etag"])
        with _bare(Path(name), running.url + path) as (bare_port, bare_process):
            ours_port = int(running.url.rsplit(":", 1)[1])
            figures = []
            for what, request in requests.items():
                pairs = [
                    (
                        _cost(ours_port, request, psutil.Process(running.process.pid)),
                        _cost(bare_port, request, psutil.Process(bare_process.pid)),
                    )
                    for _ in range(ROUNDS)
                ]
                ours, bare = min(one for one, _ in pairs), min(one for _, one in pairs)
                limit = f"bare ASGI {bare:.1f} µs"
                figures.append(Figure(f"site: {what}, CPU per request", f"{ours:.1f} µs", limit, bare / ours, "≥ 0.8"))
        figures += _nginx(Path(name), running.url + path)
    return figures


def _requests(path: str, etag: str) -> dict[str, bytes]:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
    return {
        "a story page": f"{head}\r\n".encode(),
        "a 304": f"{head}If-None-Match: {etag}\r\n\r\n".encode(),
    }


def _a_story(url: str) -> str:
    told = httpx.get(f"{url}/feed/json/").json()["items"][0]["url"]
    return str(httpx.URL(told).raw_path.decode())


def _cost(port: int, request: bytes, process: psutil.Process) -> float:
    """CPU µs of `process` per request."""
    asyncio.run(_load(port, request, CONNECTIONS * 20))
    before = _cpu(process)
    asyncio.run(_load(port, request, REQUESTS))
    return (_cpu(process) - before) / REQUESTS * 1e6


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


async def _load(port: int, request: bytes, count: int) -> None:
    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count // CONNECTIONS):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            if size and b" 304 " not in head[:16]:
                await reader.readexactly(int(size))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))


@contextlib.contextmanager
def _bare(directory: Path, url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The bare app on uvicorn, answering what `url` answers."""
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as page:
        body = b"".join(page.iter_raw())
        kept = [(name.lower(), value) for name, value in page.headers.raw if name.lower() not in {b"date", b"server"}]
    etag = dict(kept)[b"etag"]
    answers = directory / "bare.pickle"
    small = [(name, value) for name, value in kept if name not in {b"content-length", b"content-encoding"}]
    answers.write_bytes(pickle.dumps((kept, body, etag, small)))
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare", str(answers), str(port)], cwd=ROOT)
    try:
        _until_open(port)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def _nginx(directory: Path, url: str) -> list[Figure]:
    """Nginx serving the same bytes from a file; nothing where it is not installed."""
    binary = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if binary is None:
        return [Figure("nginx static, the same page", "not installed here")]
    (directory / "index.html").write_bytes(httpx.get(url).content)
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log; user root;\n"
        f"events {{}}\nhttp {{ access_log off; keepalive_requests 1000000;\n"
        f"server {{ listen 127.0.0.1:{port}; root {directory}; }} }}\n"
    )
    process = subprocess.Popen([binary, "-c", str(configuration)])
    try:
        _until_open(port)
        worker = psutil.Process(process.pid).children()[0]
        request = b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        cost = min(_cost(port, request, worker) for _ in range(ROUNDS))
    finally:
        process.terminate()
        process.wait()
    return [Figure("nginx static, the same page (not compressed)", f"{cost:.1f} µs")]


def _until_open(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")
