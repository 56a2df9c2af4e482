"""What do the links in mails about answers to comments open? The same addresses as those of subscriptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fastapi.responses import Response

from services.notify.domain.addresses import masked
from services.notify.domain.tokens import Unsubscribing
from services.notify.routes.tongues import Pages, html


class Correspondents(Protocol):
    """People who hear of answers."""

    async def email(self, number: int) -> str | None:
        """The address of one; None when they have left."""

    async def asked(self, token: str) -> str | None:
        """The address that a link would confirm."""

    async def confirm(self, token: str) -> bool:
        """Confirm it, once."""

    async def leave(self, number: int) -> None:
        """From now on nothing."""


@dataclass(frozen=True)
class AnswerMail:
    """Each answers with a page; None for a token that is none of these. GET shows, POST acts."""

    correspondents: Correspondents
    pages: Pages
    tokens: Unsubscribing

    async def offered(self, token: str) -> Response | None:
        """What would be confirmed."""
        email = await self.correspondents.asked(token)
        if email is None:
            return None
        form = {"action": f"/subscriptions/{token}/confirm", "label": self._word("confirm_button"), "fields": {}}
        return self._page("answers_title", self._word("answers_ask").format(address=masked(email)), form)

    async def confirmed(self, token: str) -> Response | None:
        """Confirmed."""
        is_done = await self.correspondents.confirm(token)
        return self._page("answers_title", self._word("answers_confirmed")) if is_done else None

    async def leaving(self, token: str) -> Response | None:
        """Whether to stop."""
        number = self.tokens.subscriber(token)
        if number is None:
            return None
        email = await self.correspondents.email(number)
        if email is None:
            return self._left()
        title = self._word("answers_stop")
        form = {"action": f"/subscriptions/{token}/unsubscribe", "label": title, "fields": {}}
        return self._page("answers_stop", self._word("answers_stop_ask").format(address=masked(email)), form)

    async def left(self, token: str) -> Response | None:
        """Stopped (RFC 8058), repeatable."""
        number = self.tokens.subscriber(token)
        if number is None:
            return None
        await self.correspondents.leave(number)
        return self._left()

    def _left(self) -> Response:
        return self._page("unsubscribed_title", self._word("answers_stopped"))

    def _word(self, key: str) -> str:
        return self.pages.strings[key]

    def _page(self, title: str, line: str, form: Mapping[str, object] | None = None) -> Response:
        title = self._word(title)
        return html(self.pages.page("message.html", title=title, paragraphs=[line], noindex=True, form=form))
