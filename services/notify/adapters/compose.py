"""How does a ledger row become a message? Each notice is compiled once; a reader costs a few splices.

What a notice says is looked at once a batch all the same: a redaction may have overwritten it, from another replica.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import orjson

from services.notify.domain.answer_letters import compile_answer
from services.notify.domain.content import Content
from services.notify.domain.letters import Item, Masthead, compile_digest, compile_letter, compile_story
from services.notify.domain.mime import Slot, Template
from services.notify.domain.rows import DueMail, Envelope
from services.notify.domain.tokens import Leaving
from services.notify.domain.topics import parse_topic

KEPT: Final = 64


class Notices(Protocol):
    """What notices say."""

    async def content(self, notice: int) -> tuple[Content, datetime] | None:
        """A story's."""

    async def raw(self, notice: int) -> tuple[str, datetime] | None:
        """A letter's."""


class Digests(Protocol):
    """What a digest carries."""

    async def items(self, carrier: int) -> Sequence[Item]:
        """Its stories that may still be told."""


class SplicingComposer:
    """Compiles and splices; keeps the compiled form of the last notices."""

    def __init__(
        self, notices: Notices, digests: Digests, masthead: Masthead, unsubscribing: Leaving, mark: str
    ) -> None:
        """`mark`: what makes our message ids ours."""
        self._notices = notices
        self._digests = digests
        self._masthead = masthead
        self._unsubscribing = unsubscribing
        self._mark = mark
        self._compiled: OrderedDict[tuple[int, bool], tuple[tuple[Content, datetime], Template]] = OrderedDict()

    async def compose(self, rows: Sequence[DueMail]) -> Mapping[int, Envelope]:
        """The messages of these rows; none for a reader who has left or a notice that has become empty."""
        found: dict[int, Envelope] = {}
        current: dict[tuple[int, bool], Template | None] = {}
        for row in rows:
            envelope = await self._letter(row) if row.recipient is None else await self._mail(row, current)
            if envelope is not None:
                found[row.id] = envelope
        return found

    async def _mail(self, row: DueMail, current: dict[tuple[int, bool], Template | None]) -> Envelope | None:
        if row.email is None or row.recipient is None or row.state != "confirmed":
            return None
        key = (row.notice, row.fresh)
        if not row.is_digest and key not in current:
            current[key] = await self._story(row)
        template = await self._digest(row) if row.is_digest else current[key]
        if template is None:
            return None
        return self._spliced(row, template, row.email, self._unsubscribing.stories.token(row.recipient))

    async def _story(self, row: DueMail) -> Template | None:
        key = (row.notice, row.fresh)
        told = await self._notices.content(row.notice)
        if told is None:
            self._compiled.pop(key, None)
            return None
        known = self._compiled.get(key)
        if known is not None and known[0] == told:
            return known[1]
        template = compile_story(*told, self._masthead, fresh=row.fresh)
        self._compiled[key] = (told, template)
        if len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)
        return template

    async def _digest(self, row: DueMail) -> Template | None:
        items = await self._digests.items(row.id)
        planned = await self._notices.raw(row.notice)
        if not items or planned is None:
            return None
        return compile_digest(items, row.action, planned[1], self._masthead)

    async def _letter(self, row: DueMail) -> Envelope | None:
        told = await self._notices.raw(row.notice)
        if told is None:
            return None
        fields, words = orjson.loads(told[0]), self._masthead.words
        if row.action in {"ask", "answer"}:
            template = compile_answer(fields, told[1], self._masthead, f"{row.id}{self._mark}")
            leave = self._unsubscribing.answers.token(fields["correspondent"])
            return self._spliced(row, template, fields["email"], leave)
        topics = [parse_topic(one) for one in fields.get("topics", "").split(", ") if one]
        gaps = {"site": self._masthead.title, "topics": ", ".join(map(self._masthead.topic, topics))}
        if row.action == "confirm":
            subject, text = words.confirm_subject.format(**gaps), words.confirm_text.format(**gaps)
        else:
            subject, text = words.manage_subject.format(**gaps), words.manage_text.format(**gaps)
        template = compile_letter(subject, text, fields["link"], told[1], self._masthead, mark=f"{row.id}{self._mark}")
        return self._spliced(row, template, fields["email"], "")

    def _spliced(self, row: DueMail, template: Template, email: str, token: str) -> Envelope:
        own = self._masthead.message_id(row.id, self._mark).encode()
        reply = b""
        if row.parent is not None:
            parent = self._masthead.message_id(row.parent, self._mark).encode()
            reply = b"In-Reply-To: %b\r\nReferences: %b\r\n" % (parent, parent)
        values = {
            Slot.TO: email.encode("ascii"),
            Slot.MESSAGE_ID: own,
            Slot.REPLY: reply,
            Slot.TOKEN: token.encode("ascii"),
        }
        return Envelope(row.id, email, template.splice(values))
