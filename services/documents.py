"""`make docs`: write every document that is made from code. Tests hold the committed ones to it.

docs/asyncapi.json, docs/openapi.json, tests/contract/schemas/, deploy/caddy/Caddyfile.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import orjson

from shared.events import ALL_EVENTS
from shared.events.asyncapi import document as asyncapi
from shared.runtime.document import VERSION
from shared.runtime.proxy import caddyfile

ROOT = Path(__file__).parents[1]
START_S = 30


def documents() -> dict[str, str]:
    """Path below the project → text, of everything that needs no running service."""
    made = {"docs/asyncapi.json": pretty(asyncapi(VERSION)), "deploy/caddy/Caddyfile": caddyfile()}
    for event in ALL_EVENTS:
        made[f"tests/contract/schemas/{event.stream}.json"] = pretty(event.model_json_schema(mode="serialization"))
    return made


def pretty(document: Any) -> str:  # noqa: ANN401 - any JSON
    """JSON for people and for diffs."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def openapi() -> str:
    """The API's document, as a newswire that is started for it (empty, on a free port) answers it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        environment = {"NEWSWIRE_DATA_DIR": data, "NEWSWIRE_PORT": str(port), "NEWSWIRE_SAMPLE": "no"}
        process = subprocess.Popen(
            [sys.executable, "-m", "services"],
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", **environment},
            stdout=subprocess.DEVNULL,
        )
        try:
            _ask(f"http://127.0.0.1:{port}/readyz")
            return pretty(_ask(f"http://127.0.0.1:{port}/v1/openapi.json"))
        finally:
            process.terminate()
            process.wait(START_S)


def _ask(url: str) -> Any:  # noqa: ANN401 - any JSON
    for _ in range(START_S * 10):
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(url, timeout=5)
            if answer.is_success:
                return answer.json()
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer in {START_S} s")


def main() -> None:
    """Write them all."""
    for path, text in {**documents(), "docs/openapi.json": openapi()}.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text)


if __name__ == "__main__":
    main()
