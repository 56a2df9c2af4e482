"""A site of finished pages on a loopback port, with the headers that the real one sends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from services.site.domain.entries import POLICY
from tests.browser.pictures import photograph
from tests.unit.theme import examples
from tests.unit.theme.contexts import contexts
from tests.unit.theme.story_example import story
from tests.unit.theme.test_example import EXAMPLE


@dataclass
class Newsstand:
    """Where it is, and what was posted to it: (path, form)."""

    address: str
    posted: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)


@cache
def pages() -> dict[str, tuple[str, bytes]]:
    """Path → (type, body): every template, a section, front pages of all kinds, Arabic pages, the assets."""
    look = examples.theme()
    arabic = examples.theme(language="ar", title="دفتر أورين")
    html = {f"/{name.removesuffix('.html')}": look.page(name, **given) for name, given in contexts(look).items()}
    html["/"] = html["/list"]
    html["/section"] = look.page("list.html", list=examples.section(look))
    html |= {f"/rivers/{many}": look.page("list.html", list=examples.arranged(look, many)) for many in range(7)}
    html["/bare"] = look.page("list.html", list=examples.bare(look))
    html["/rtl-front"] = arabic.page("list.html", list=examples.arranged(arabic))
    html["/foreign"] = look.page("story.html", story=story(look, language="ar", dir="rtl"))
    example = examples.theme(directory=EXAMPLE)
    html["/example"] = example.page("list.html", list=examples.arranged(example))
    html["/example-story"] = example.page("story.html", story=story(example))
    html["/example-missing"] = example.page("missing.html")
    # Every text is one word that is longer than any window.
    html |= {
        f"/torn-{name.removesuffix('.html')}": look.page(name, **_torn(given)) for name, given in contexts(look).items()
    }
    html["/rtl"] = arabic.page("story.html", story=story(arabic, language="ar", dir="rtl"))
    found = {path: ("text/html; charset=utf-8", body) for path, body in html.items()}
    found |= {path: (one.content_type, one.body) for theme in (example, look) for path, one in theme.assets.items()}
    # Nothing happens here: whoever listens is asked to come back in an hour.
    found["/live"] = ("text/event-stream", b"retry: 3600000\n\n")
    return found | {f"/media/{number}.jpg": ("image/jpeg", photograph(number)) for number in range(6)}


def _torn(value: Any) -> Any:
    """The same with every text one long word, except dates, which are ours, and what chooses a form."""
    if isinstance(value, dict):
        kept = {"text", "iso", "day", "type", "kind", "priority", "json_ld"}
        return {key: one if key in kept else _torn(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_torn(one) for one in value]
    return "Wwwwwwwwwx" * 30 if isinstance(value, str) else value


@contextmanager
def newsstand() -> Iterator[Newsstand]:
    """Open it; everything is closed when the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            content_type, body = pages().get(path, ("text/plain", b""))
            self._answer(200 if path in pages() else 404, body, {"Content-Type": content_type})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            stand.posted.append((self.path, parse_qs(body, keep_blank_values=True)))
            self._answer(303, b"", {"Location": "/story?comment=held#respond"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.send_header("Content-Security-Policy", POLICY.decode())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand = Newsstand(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
