"""How does mail reach a relay? Over connections that are kept, several commands in one write, one outcome a message.

Certain is what was answered. A message whose last byte was written and not answered is uncertain; one before that was
not sent. A relay that cannot be reached, or that refuses us rather than a message, is away: that costs no attempt.
"""

import asyncio
import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from services.notify.adapters.smtp_lines import ConnectionLost, Reply, SmtpLines
from services.notify.domain.outcomes import Bounced, Delivered, Outcome, Retry, Uncertain, Unsent
from services.notify.domain.rows import Envelope
from shared import clock

CONNECT: Final = 15.0
LONGEST: Final = 90.0
#: A connection that was idle this long (s) is not trusted any more: relays close them after minutes.
IDLE: Final = 30.0
_SHUTTING_DOWN: Final = 421


class Away(Exception):  # noqa: N818 - an outcome with a name
    """There is no session with the relay."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail goes. `tls`: `implicit` (smtps), `required`, `offered` (taken when offered, unverified) or `never`."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, url: str) -> "Relay":
        """Read `smtp[s]://user:password@host:port?tls=required`."""
        parts = urlsplit(url)
        implicit = parts.scheme == "smtps"
        wanted = parse_qs(parts.query).get("tls", ["offered"])[0]
        return cls(
            parts.hostname or "localhost",
            parts.port or (465 if implicit else 25),
            "implicit" if implicit else wanted,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )


class SmtpMailer:
    """Sends batches; keeps as many connections as are sent on at the same time."""

    def __init__(self, relay: Relay, sender: str, name: str, longest: float = LONGEST) -> None:
        """`sender`: the envelope's; `name`: how we greet; `longest` (s): what a batch may take.

        A relay that takes its time over every message must not hold a batch until its rows are thought abandoned.
        """
        self._longest = longest
        self._relay = relay
        self._sender = sender
        self._name = name
        self._idle: list[tuple[SmtpSession, float]] = []

    async def send(self, batch: Sequence[Envelope]) -> Sequence[Outcome]:
        """One outcome for each; never raises for what is the relay's fault."""
        until = clock.monotonic() + self._longest
        try:
            session = await self._session()
        except Away as error:
            return [Unsent(str(error)) for _ in batch]
        outcomes = await session.send(self._sender, batch, until)
        if not session.lost:
            self._idle.append((session, clock.monotonic()))
        return outcomes

    async def close(self) -> None:
        """Say goodbye on every kept connection."""
        for session, _ in self._idle:
            await session.quit()
        self._idle.clear()

    async def _session(self) -> "SmtpSession":
        while self._idle:
            session, since = self._idle.pop()
            if not session.lost and clock.monotonic() - since < IDLE:
                return session
            await session.quit()
        return await open_session(self._relay, self._name)


class SmtpSession:
    """A greeted connection."""

    def __init__(self, lines: SmtpLines, *, pipelining: bool) -> None:
        """`pipelining`: the server takes several commands at once."""
        self._lines = lines
        self._pipelining = pipelining

    @property
    def lost(self) -> bool:
        """Is it of no further use?"""
        return self._lines.lost

    async def send(self, sender: str, batch: Sequence[Envelope], until: float) -> list[Outcome]:
        """Message by message; with pipelining the next one's commands travel with the last one's text.

        No message is begun after `until` (`clock.monotonic`); what is left was not sent.
        """
        outcomes: list[Outcome] = []
        self._lines.until = until
        try:
            for index, envelope in enumerate(batch):
                if clock.monotonic() > until:
                    raise TimeoutError("the batch took too long")  # noqa: TRY301 - as when an answer did not come
                ahead = batch[index + 1] if self._pipelining and index + 1 < len(batch) else None
                if index == 0 or not self._pipelining:
                    self._announce(sender, envelope)
                outcomes.append(await self._one(sender, envelope, ahead))
        except (ConnectionLost, TimeoutError) as error:
            self._lines.close()
            outcomes += [Unsent(f"connection lost: {error}") for _ in batch[len(outcomes) :]]
        return outcomes

    async def quit(self) -> None:
        """Say goodbye; how the other side takes it does not matter."""
        try:
            self._lines.write(b"QUIT\r\n")
        except ConnectionLost:
            return
        self._lines.close()

    def _announce(self, sender: str, envelope: Envelope) -> None:
        self._lines.write(self._commands(sender, envelope))

    @staticmethod
    def _commands(sender: str, envelope: Envelope) -> bytes:
        # RSET first: a transaction whose recipient was refused is open still at some servers.
        return f"RSET\r\nMAIL FROM:<{sender}>\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n".encode("ascii")

    async def _one(self, sender: str, envelope: Envelope, ahead: Envelope | None) -> Outcome:
        replies = [await self._lines.reply() for _ in range(4)]
        refusal = next((reply for reply in replies[1:3] if reply.kind != 2), None)  # noqa: PLR2004 - done
        go = replies[3]
        following = self._commands(sender, ahead) if ahead is not None else b""
        if go.kind != 3:  # noqa: PLR2004 - go on
            self._lines.write(following)
            return self._refused(refusal or go)
        text = b".\r\n" if refusal else _stuffed(envelope.body)
        self._lines.write(text + following)
        await self._lines.drain()
        try:
            answer = await self._lines.reply()
        except ConnectionLost as error:
            return self._refused(refusal) if refusal else Uncertain(f"connection lost after the text: {error}")
        if refusal:
            return self._refused(refusal)
        return Delivered(answer.text) if answer.kind == 2 else self._refused(answer)  # noqa: PLR2004 - done

    def _refused(self, reply: Reply) -> Outcome:
        if reply.code == _SHUTTING_DOWN:
            self._lines.close()
            return Unsent(reply.text)
        return Bounced(reply.text) if reply.kind == 5 else Retry(reply.text)  # noqa: PLR2004 - never


async def open_session(relay: Relay, name: str) -> SmtpSession:
    """Connect, greet, secure, log in; Away when any of it fails."""
    try:
        async with asyncio.timeout(CONNECT):
            return await _open(relay, name)
    except TimeoutError:
        raise Away(f"{relay.host}:{relay.port}: no session within {CONNECT:g} s") from None
    except (OSError, ConnectionLost, ssl.SSLError) as error:
        raise Away(f"{relay.host}:{relay.port}: {error}") from None


async def _open(relay: Relay, name: str) -> SmtpSession:
    loop = asyncio.get_running_loop()
    context = _context(relay) if relay.tls == "implicit" else None
    _, lines = await loop.create_connection(SmtpLines, relay.host, relay.port, ssl=context)
    try:
        _expect(await lines.reply())
        offered = await _greet(lines, name)
        if relay.tls == "required" and "STARTTLS" not in offered:
            raise Away(f"{relay.host}: TLS is required and not offered")  # noqa: TRY301 - closed with the others
        if relay.tls in {"required", "offered"} and "STARTTLS" in offered:
            _expect(await lines.ask("STARTTLS"))
            await lines.secure(_context(relay), relay.host)
            offered = await _greet(lines, name)
        if relay.user:
            secret = base64.b64encode(f"\0{relay.user}\0{relay.password}".encode()).decode()
            _expect(await lines.ask(f"AUTH PLAIN {secret}"))
    except BaseException:
        lines.close()
        raise
    return SmtpSession(lines, pipelining="PIPELINING" in offered)


async def _greet(lines: SmtpLines, name: str) -> frozenset[str]:
    reply = await lines.ask(f"EHLO {name}")
    if reply.kind == 5:  # noqa: PLR2004 - an old server
        _expect(await lines.ask(f"HELO {name}"))
        return frozenset()
    _expect(reply)
    return frozenset(line.split(" ")[0].upper() for line in reply.lines[1:])


def _expect(reply: Reply) -> None:
    if reply.kind != 2:  # noqa: PLR2004 - done
        raise Away(reply.text)


def _context(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if relay.tls == "offered":
        # Encryption without a name to check is more than none; who wants both says `?tls=required`.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _stuffed(body: bytes) -> bytes:
    """A message as DATA wants it (RFC 5321, 4.5.2): no line begins with a single dot; the end."""
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..") + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")
