"""Where do test mails go? To a real SMTP server on loopback, which keeps them and can be told to refuse or defer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.newswire import free_port


@dataclass(frozen=True)
class Mail:
    """One accepted message, as it came; `secured`: over TLS."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    secured: bool = False

    @property
    def message(self) -> EmailMessage:
        """Parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class SmtpServer:
    """A server in a thread of its own, so that it serves other processes as well as this one's loop."""

    mails: list[Mail] = field(default_factory=list)
    #: What RCPT TO answers for an address: `550 5.1.1 unknown`, `451 4.3.0 later`; others are accepted.
    recipients: dict[str, str] = field(default_factory=dict)
    #: What the end of DATA answers instead of 250, for every message.
    at_data: str | None = None
    sessions: int = 0
    #: What aiosmtpd's Controller takes beside them: TLS, names and passwords.
    options: dict[str, Any] = field(default_factory=dict)
    #: Chosen beforehand, for aiosmtpd's controller calls itself once at the port that it was given, and 0 is none.
    port: int = field(default_factory=free_port)
    _controller: Controller | None = None

    def start(self) -> None:
        """Listen; after a `stop`, on the same port."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self.options)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more; new connections are refused."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def url(self) -> str:
        """As MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802 - the names that aiosmtpd calls
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer PIPELINING, as every real server does."""
        session.host_name = hostname
        self.sessions += 1
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept, unless the test said otherwise."""
        answer = self.recipients.get(address.lower())
        if answer is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, unless the test said otherwise."""
        if self.at_data is not None:
            return self.at_data
        content: Any = envelope.content
        body = content if isinstance(content, bytes) else str(content).encode()
        secured = server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), body, secured))
        return "250 OK"


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """An empty mail server."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()
