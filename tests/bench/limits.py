"""What do pages stand beside? The same bytes from a bare ASGI app on our server, and from nginx as files."""

import contextlib
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.servers.newswire import ROOT, free_port

Headers = list[tuple[bytes, bytes]]
_NGINX = """
worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log; user root;
events {{}}
http {{
  access_log off; keepalive_requests 100000000; default_type text/html;
  {places} server {{ listen 127.0.0.1:{port}; root {directory}/files; add_header Content-Encoding gzip; }}
}}
"""
#: Where nginx would keep what it does not need here.
_PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answers to a reader who takes gzip: with 200, and in the headers of a 304."""

    headers: Headers
    body: bytes
    unchanged: Headers

    @property
    def etag(self) -> bytes:
        """The validator."""
        return dict(self.headers)[b"etag"]

    @classmethod
    def of(cls, url: str) -> "Answer":
        """As `url` answers now."""
        asked = {"Accept-Encoding": "gzip"}
        with httpx.stream("GET", url, headers=asked) as page:
            page.raise_for_status()
            headers, body = _kept(page), b"".join(page.iter_raw())
        again = httpx.get(url, headers={**asked, "If-None-Match": page.headers["etag"]})
        if again.status_code != httpx.codes.NOT_MODIFIED:
            raise RuntimeError(f"{url} answers {again.status_code} to its own ETag")
        return cls(headers, body, _kept(again))


def _kept(answer: httpx.Response) -> Headers:
    """All headers but those that the server adds by itself."""
    return [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in {b"date", b"server"}]


@contextlib.contextmanager
def bare(directory: Path, answers: Mapping[str, Answer]) -> Iterator[tuple[int, psutil.Process]]:
    """The bare app; its port and its process."""
    told = directory / "bare.pickle"
    told.write_bytes(
        pickle.dumps({path: (one.headers, one.body, one.etag, one.unchanged) for path, one in answers.items()})
    )
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(told), str(port)]
    with _started(command) as process:
        _until_open(f"http://127.0.0.1:{port}{next(iter(answers))}")
        yield port, psutil.Process(process.pid)


@contextlib.contextmanager
def nginx(directory: Path, answers: Mapping[str, Answer]) -> Iterator[tuple[int, psutil.Process] | None]:
    """Nginx with the same compressed bytes as files; its port and its worker. None where it is not installed."""
    binary = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if binary is None:
        yield None
        return
    for path, one in answers.items():
        file = directory / "files" / path.strip("/") / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(one.body)
    port = free_port()
    configuration = directory / "nginx.conf"
    places = " ".join(f"{place}_temp_path {directory}/{place};" for place in _PLACES)
    configuration.write_text(_NGINX.format(directory=directory, port=port, places=places))
    with _started([binary, "-p", str(directory), "-c", str(configuration)]) as process:
        _until_open(f"http://127.0.0.1:{port}{next(iter(answers))}")
        yield port, psutil.Process(process.pid).children()[0]


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _until_open(url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(url, timeout=1)
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens at {url}")
