"""Does a browser know that this site is reached through TLS only (HSTS, RFC 6797)?

Only where `PUBLIC_URL` is https, and never in an answer to a request that came without TLS (§7.2): a proxy in front
says so by `X-Forwarded-Proto`. This process speaks plain HTTP to the proxy, or to the proof.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A year, for this host alone: what else there is below its domain is not ours to bind.
POLICY: Final = (b"strict-transport-security", b"max-age=31536000")


class OverTls:
    """Tells browsers to come by TLS from now on."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the policy."""
        if scope["type"] != "http" or (b"x-forwarded-proto", b"http") in scope["headers"]:
            await self._app(scope, receive, send)
            return

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A new message: those of pages in memory are shared.
                message = {**message, "headers": [*message.get("headers", ()), POLICY]}
            await send(message)

        await self._app(scope, receive, with_policy)


def over_tls(app: ASGIApp, public_url: str) -> ASGIApp:
    """`app`, with the policy where readers come by TLS."""
    return OverTls(app) if public_url.startswith("https://") else app
