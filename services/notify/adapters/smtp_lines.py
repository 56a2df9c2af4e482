"""How does one SMTP connection speak? Several commands in one write (RFC 2920), replies in order.

ConnectionLost    the connection ended before the reply that was waited for
"""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import Final, cast

from shared import clock

#: RFC 5321, 4.5.3.2: servers may take minutes for the end of a message; we give up earlier and try again later.
PATIENCE: Final = 60.0
_LONGEST: Final = 64 * 1024


class ConnectionLost(Exception):  # noqa: N818 - an outcome with a name
    """The other side is gone."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply: three digits and its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def kind(self) -> int:
        """2 done, 3 go on, 4 not now, 5 never (RFC 5321, 4.2.1)."""
        return self.code // 100

    @property
    def text(self) -> str:
        """On one line, with its code."""
        return f"{self.code} {' '.join(self.lines)}"[:300]


class SmtpLines(asyncio.Protocol):
    """Bytes in, replies out: each reply goes to the oldest waiter."""

    def __init__(self) -> None:
        """Not connected yet; `asyncio` does that."""
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[Reply]] = deque()
        self._early: deque[Reply] = deque()
        self._buffer = b""
        self._lines: list[str] = []
        self._open = asyncio.Event()
        self._open.set()
        self.lost = False
        #: When whoever sends must be done with all of it (`clock.monotonic`).
        self.until = float("inf")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio, also after STARTTLS."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestors

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits learns it."""
        self.lost = True
        self._open.set()
        reason = ConnectionLost(str(exc) if exc else "connection closed")
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(reason)

    def data_received(self, data: bytes) -> None:
        """Cut lines, gather replies."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > _LONGEST:
            self.close()
        for line in lines:
            self._line(line.rstrip(b"\r").decode("utf-8", "replace"))

    def pause_writing(self) -> None:
        """The other side is slower than we are."""
        self._open.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._open.set()

    def write(self, data: bytes) -> None:
        """Send bytes; ConnectionLost when there is nobody to send them to."""
        if self.lost or self._transport is None or self._transport.is_closing():
            raise ConnectionLost("connection closed")
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait until what was written is on its way."""
        async with asyncio.timeout(self._patience()):
            await self._open.wait()

    async def reply(self) -> Reply:
        """The next reply; ConnectionLost when none comes."""
        if self._early:
            return self._early.popleft()
        if self.lost:
            raise ConnectionLost("connection closed")
        waiter: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        patience = self._patience()
        try:
            async with asyncio.timeout(patience):
                return await waiter
        except TimeoutError:
            self.close()
            raise ConnectionLost(f"no answer within {patience:.0f} s") from None

    async def ask(self, command: str) -> Reply:
        """One command, one reply."""
        self.write(command.encode("ascii") + b"\r\n")
        return await self.reply()

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on under TLS. What was received in clear text after STARTTLS is dropped (RFC 3207, 6)."""
        assert self._transport is not None  # noqa: S101 - called on an open connection
        self._early.clear()
        self._buffer, self._lines = b"", []
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, self, context, server_hostname=host)
        assert transport is not None  # noqa: S101 - None only for closed transports
        self._transport = transport

    def close(self) -> None:
        """End it without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _patience(self) -> float:
        return max(0.0, min(PATIENCE, self.until - clock.monotonic()))

    def _line(self, line: str) -> None:
        if not line[:3].isdecimal():
            self.close()
            return
        self._lines.append(line[4:])
        if line[3:4] == "-":
            return
        reply = Reply(int(line[:3]), tuple(self._lines))
        self._lines = []
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(reply)
                return
        self._early.append(reply)
