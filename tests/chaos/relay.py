"""What can a mail relay do to us? Be away, keep us waiting, take a message and hang up without a word."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.smtp import Mail, SmtpServer

#: kind: takes all · hangs: takes no message to its end · drops: hangs up after DATA, having kept every second one
Mood = Literal["kind", "hangs", "drops"]
LOOK_S = 0.05


@dataclass
class MoodyRelay(SmtpServer):
    """A real SMTP server with moods."""

    mood: Mood = "kind"
    #: When each mail was taken (`time.time`), beside `mails`.
    times: list[float] = field(default_factory=list)
    #: Addresses that are put off once before they are taken.
    greylisted: set[str] = field(default_factory=set)
    #: Messages that wait for an answer just now; hang-ups after DATA so far.
    waiting: int = 0
    dropped: int = 0

    async def handle_RCPT(  # noqa: N802 - the names that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Put off who is greylisted."""
        if address in self.greylisted:
            self.greylisted.discard(address)
            return "451 4.7.1 later"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """As the mood is."""
        self.waiting += 1
        try:
            while self.mood == "hangs":  # noqa: ASYNC110 - the mood is changed by another thread
                await asyncio.sleep(LOOK_S)
        finally:
            self.waiting -= 1
        drops = self.mood == "drops"
        if drops:
            self.dropped += 1
            if self.dropped % 2:
                await self._keep(server, session, envelope)
            self._hang_up(server)
            return "421 4.3.2 gone"
        return await self._keep(server, session, envelope)

    async def _keep(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        self.times.append(time.time())  # noqa: TID251 - compared with embargoes
        return answer

    @staticmethod
    def _hang_up(server: SMTP) -> None:
        transport: Any = server.transport
        transport.abort()

    @contextmanager
    def being(self, mood: Mood) -> Iterator[None]:
        """In a mood for a while."""
        self.mood = mood
        try:
            yield
        finally:
            self.mood = "kind"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse connections for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()


__all__ = ["Mail", "MoodyRelay"]
