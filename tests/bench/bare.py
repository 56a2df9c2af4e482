"""The limit for the site: an ASGI app that does nothing but answer bytes it was given."""

import pickle
import sys
from pathlib import Path
from typing import Any

import uvicorn

Scope = dict[str, Any]


def main() -> None:
    """`python -m tests.bench.bare ANSWERS PORT`; ANSWERS: path → headers, body, ETag, headers of a 304."""
    answers = pickle.loads(Path(sys.argv[1]).read_bytes())

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        del receive
        if scope["type"] != "http":
            return
        headers, body, etag, small = answers[scope["path"]]
        if any(name == b"if-none-match" and value == etag for name, value in scope["headers"]):
            await send({"type": "http.response.start", "status": 304, "headers": small})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    # As shared/runtime/server.py has it.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
    )


if __name__ == "__main__":
    main()
