"""What do the links in our mails open? GET shows, POST acts: programs that follow links change nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from fastapi import FastAPI, Request
from fastapi.responses import Response

from services.notify.domain.addresses import masked
from services.notify.domain.people import Person, Wish
from services.notify.domain.tokens import Unsubscribing
from services.notify.domain.topics import ALL, BREAKING, Topic, named
from services.notify.routes.answers import AnswerMail
from services.notify.routes.requests import Checked, spoken, subscription
from services.notify.routes.tongues import PRIVATE, Pages, fields, html, speaks_json


class Subscribers(Protocol):
    """People and the links that were mailed to them."""

    async def pending(self, token: str) -> tuple[str, Wish] | None:
        """What a confirm link would confirm."""

    async def confirm(self, token: str) -> Person | None:
        """Confirm it, once."""

    async def managed(self, token: str) -> Person | None:
        """Whose preferences a manage link opens."""

    async def person(self, number: int) -> Person | None:
        """A subscriber."""

    async def replace(self, number: int, wish: Wish) -> None:
        """From now on exactly this."""

    async def unsubscribe(self, number: int) -> None:
        """From now on nothing."""

    async def send_manage_link(self, email: str) -> None:
        """Mail a link to the preferences."""


def add_subscriptions(
    app: FastAPI, subscribers: Subscribers, pages: Pages, unsubscribing: Unsubscribing, answers: AnswerMail
) -> None:
    """The pages under `/subscriptions/{token}`."""
    _confirm(app, subscribers, pages, answers)
    _unsubscribe(app, subscribers, pages, unsubscribing, answers)
    _manage(app, subscribers, pages, unsubscribing)


def _confirm(app: FastAPI, subscribers: Subscribers, pages: Pages, answers: AnswerMail) -> None:
    words = pages.strings

    @app.get("/subscriptions/{token}/confirm", tags=["subscribing"], summary="Shows what would be confirmed")
    async def show(token: str) -> Response:
        asked = await subscribers.pending(token)
        if asked is None:
            return await answers.offered(token) or _dead(pages)
        email, wish = asked
        lines = [f"{email}: {_listed(pages, wish.topics)} ({words[f'cadence_{wish.cadence}']})"]
        form = {"action": f"/subscriptions/{token}/confirm", "label": words["confirm_button"], "fields": {}}
        return html(_message(pages, words["confirm_title"], lines, form))

    @app.post("/subscriptions/{token}/confirm", tags=["subscribing"], summary="Confirms, once")
    async def act(token: str) -> Response:
        person = await subscribers.confirm(token)
        if person is None:
            return await answers.confirmed(token) or _dead(pages)
        return html(_message(pages, words["confirmed_title"], [_listed(pages, (topic for topic, _ in person.wishes))]))


def _unsubscribe(
    app: FastAPI, subscribers: Subscribers, pages: Pages, unsubscribing: Unsubscribing, answers: AnswerMail
) -> None:
    words = pages.strings

    def done() -> Response:
        return html(_message(pages, words["unsubscribed_title"], [words["unsubscribed_text"]]))

    @app.get("/subscriptions/{token}/unsubscribe", tags=["subscribing"], summary="Asks whether to unsubscribe")
    async def show(token: str) -> Response:
        who = await _whose(token, subscribers, unsubscribing)
        if who is None:
            return await answers.leaving(token) or _missing(pages)
        person = await subscribers.person(who)
        if person is None or person.state == "unsubscribed":
            return done()
        title, ask = words["unsubscribe_title"], words["unsubscribe_ask"].format(address=masked(person.email))
        form = {"action": f"/subscriptions/{token}/unsubscribe", "label": title, "fields": {}}
        return html(_message(pages, title, [ask], form))

    @app.post("/subscriptions/{token}/unsubscribe", tags=["subscribing"], summary="Unsubscribes (RFC 8058), repeatable")
    async def act(token: str) -> Response:
        who = await _whose(token, subscribers, unsubscribing)
        if who is None:
            return await answers.left(token) or _missing(pages)
        await subscribers.unsubscribe(who)
        return done()


async def _whose(token: str, subscribers: Subscribers, unsubscribing: Unsubscribing) -> int | None:
    found = unsubscribing.subscriber(token)
    if found:
        return found
    person = await subscribers.managed(token)
    return None if person is None else person.id


def _manage(app: FastAPI, subscribers: Subscribers, pages: Pages, unsubscribing: Unsubscribing) -> None:
    words = pages.strings

    @app.get("/subscriptions/{token}", tags=["subscribing"], summary="Preferences")
    async def show(token: str) -> Response:
        if unsubscribing.subscriber(token):
            # A mail may be forwarded: its link must not open its reader's preferences.
            wanted = {"action": "manage"}
            form = {"action": f"/subscriptions/{token}", "label": words["subscription_send"], "fields": wanted}
            return html(_message(pages, words["subscription_title"], [words["subscription_ask"]], form))
        person = await subscribers.managed(token)
        return _missing(pages) if person is None else _preferences(pages, token, person)

    @app.post("/subscriptions/{token}", tags=["subscribing"], summary="Changes preferences, or mails the link to them")
    async def act(token: str, request: Request) -> Response:
        who = unsubscribing.subscriber(token)
        if who:
            person = await subscribers.person(who)
            if person is not None:
                await subscribers.send_manage_link(person.email)
            return html(_message(pages, words["inbox_title"], [words["inbox_link"]]), 202)
        person = await subscribers.managed(token)
        if person is None:
            return _missing(pages)
        given = await fields(request)
        checked = _changed(given)
        if checked.errors and not speaks_json(request):
            return _preferences(pages, token, person, errors=spoken(checked, given, words))
        checked.raise_errors()
        await subscribers.replace(person.id, checked.wish)
        changed = await subscribers.person(person.id)
        return _preferences(pages, token, changed or person, words["subscription_saved"])


def _changed(given: Mapping[str, object]) -> Checked:
    checked = subscription(given, strict=False, with_email=False)
    if not given.get("topics"):  # nothing ticked must not mean everything, as it does for who has no wishes yet
        checked.errors.append(("topics", "/topics", "choose at least one, or unsubscribe"))
    return checked


def _preferences(
    pages: Pages, token: str, person: Person, notice: str = "", *, errors: Sequence[Mapping[str, str]] = ()
) -> Response:
    chosen = [topic for topic, _ in person.wishes]
    offered = dict.fromkeys([*chosen, ALL, BREAKING])
    actions = {"save": f"/subscriptions/{token}", "unsubscribe": f"/subscriptions/{token}/unsubscribe"}
    body = pages.page(
        "subscription.html",
        email=person.email,
        topics=[{"value": str(one), "label": named(one, pages.strings)} for one in offered],
        chosen=[str(one) for one in chosen],
        cadence=person.wishes[0][1] if person.wishes else "instant",
        actions=actions,
        notice=notice,
        errors=list(errors),
    )
    return html(body, 422 if errors else 200)


def _listed(pages: Pages, topics: Iterable[Topic]) -> str:
    return ", ".join(named(one, pages.strings) for one in topics)


def _message(pages: Pages, title: str, lines: list[str], form: Mapping[str, object] | None = None) -> bytes:
    return pages.page("message.html", title=title, paragraphs=lines, noindex=True, form=form)


def _dead(pages: Pages) -> Response:
    return html(_message(pages, pages.strings["link_used_title"], [pages.strings["link_used_text"]]), 410)


def _missing(pages: Pages) -> Response:
    body = _message(pages, pages.strings["link_wrong_title"], [pages.strings["link_wrong_text"]])
    return Response(body, 404, PRIVATE, "text/html; charset=utf-8")
