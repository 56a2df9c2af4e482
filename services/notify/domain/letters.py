"""What does a mail say, and how is it compiled?"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from services.notify.domain.content import Content
from services.notify.domain.mime import LIMIT, Body, Piece, Slot, Template, alternative, header, mailbox, quote
from services.notify.domain.topics import Topic
from services.notify.domain.words import Words
from shared.events import WITHDRAWN

_IMAGE: Final = re.compile(r"</?(?:img|picture|source|figure|figcaption|video|audio|iframe)\b[^>]*>", re.IGNORECASE)
_ROOTED: Final = re.compile(r'(\shref=")/(?!/)')
#: What headers, the frame and the other part leave for the text of a story that has to be trimmed.
_TRIMMED: Final = (LIMIT - 16_000) // 2


@dataclass(frozen=True, slots=True)
class Masthead:
    """Who writes: `host` is the right side of our message ids.

    `day` writes a date in the site's zone and language, `topic` a topic in the site's words; `direction` is that of a
    language (`ltr`, `rtl`).
    """

    title: str
    url: str
    host: str
    sender_name: str
    sender: str
    imprint: str
    postal_address: str
    language: str
    words: Words
    day: Callable[[datetime], str]
    topic: Callable[[Topic], str]
    direction: Callable[[str], str]

    def message_id(self, delivery: int, mark: str) -> str:
        """Stable for one delivery; `mark` tells installations apart that share a host."""
        return f"<{delivery}.{mark}@{self.host}>"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a digest."""

    content: Content
    corrected: bool


def compile_story(content: Content, at: datetime, masthead: Masthead, *, fresh: bool) -> Template:
    """The mail about one notice. `fresh`: for somebody who has not had the story, so that a correction is no news."""
    words = masthead.words
    if content.action == "kill":
        return _withdrawn(content, at, masthead)
    content = content.read_once()
    subject = content.headline
    if content.action == "correct" and not fresh:
        subject = words.corrected_subject.format(headline=content.headline)
    elif content.action == "revive" and not fresh:
        subject = words.revived_subject.format(headline=content.headline)
    whole = _story(
        content, masthead, subject, at, content.paragraphs, _mail_html(content.html, masthead.url), cut=False
    )
    if whole.size <= LIMIT:
        return whole
    kept = _fitting(content.paragraphs)
    plain = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in kept)
    return _story(content, masthead, subject, at, kept, plain, cut=True)


def compile_letter(subject: str, text: str, link: str, at: datetime, masthead: Masthead, *, mark: str) -> Template:
    """A mail about a subscription itself: one paragraph and one link. It belongs to no list."""
    head = headers(masthead, subject, at, list_name="")
    body = [f"{text}\n\n{link}\n\n{colophon(masthead)}"]
    page = f'<p>{html.escape(text)}</p>\n<p><a href="{html.escape(link)}">{html.escape(link)}</a></p>'
    return alternative(
        head, body, [opening(masthead, page), colophon_html(masthead), "</body></html>"], f"letter{mark}"
    )


def compile_digest(items: Sequence[Item], cadence: str, at: datetime, masthead: Masthead) -> Template:
    """Headlines with their leads and links; corrections say so."""
    words = masthead.words
    subject = (words.digest_weekly if cadence == "weekly" else words.digest_daily).format(site=masthead.title)
    lines, parts = [], []
    for item in items:
        one = item.content
        title = words.corrected_subject.format(headline=one.headline) if item.corrected else one.headline
        note = one.note if item.corrected else None
        lines.append("\n".join(line for line in (title, note, one.dek, one.url) if line))
        dek = "".join(f"<p>{html.escape(line)}</p>" for line in (note, one.dek) if line)
        head = f'<h2><a href="{html.escape(one.url)}">{html.escape(title)}</a></h2>\n{dek}\n'
        parts.append(_in_its_language(head, one.language, masthead))
    text = [f"{subject}\n\n" + "\n\n".join(lines) + "\n\n", *_footer(masthead)]
    page = [opening(masthead, f"<h1>{html.escape(subject)}</h1>\n" + "".join(parts)), *_footer_html(masthead)]
    return alternative(headers(masthead, subject, at, list_name="news"), text, page, "digest")


def _story(  # noqa: PLR0917 - what differs between a whole and a trimmed mail
    content: Content, masthead: Masthead, subject: str, at: datetime, text: Sequence[str], body: str, *, cut: bool
) -> Template:
    words = masthead.words
    label = getattr(words, content.kind or "correction", words.correction)
    note = content.note or ""
    if note and content.action in {"correct", "publish"}:
        note = words.noted.format(label=label, note=note)
    more = (words.trimmed if cut else words.on_the_site).format(url=content.url)
    byline = words.by.format(names=content.byline) if content.byline else ""
    top = [line for line in (note, content.headline, content.dek, byline) if line]
    plain: Body = ["\n\n".join([*top, *text, more]) + "\n\n", *_footer(masthead)]
    lines = [f'<h1><a href="{html.escape(content.url)}">{html.escape(content.headline)}</a></h1>']
    lines += [f"<p><em>{html.escape(line)}</em></p>" for line in (content.dek, byline) if line]
    told = _in_its_language("\n".join([*lines, body]) + "\n", content.language, masthead)
    first = f"<p><strong>{html.escape(note)}</strong></p>\n" if note else ""
    last = f'<p><a href="{html.escape(content.url)}">{html.escape(more)}</a></p>'
    page: Body = [opening(masthead, first + told + last), *_footer_html(masthead)]
    return alternative(headers(masthead, subject, at, list_name="news"), plain, page, "story")


def _withdrawn(content: Content, at: datetime, masthead: Masthead) -> Template:
    """Nothing of the story is repeated, not even its headline: only when it was sent and the public note."""
    words = masthead.words
    day = masthead.day(datetime.fromisoformat(content.first_at or content.at))
    note = words.gone_text if content.note in {None, "", WITHDRAWN} else content.note
    told = words.withdrawn_text.format(date=day)
    plain: Body = [f"{note}\n\n{told}\n\n{content.url}\n\n", *_footer(masthead)]
    page = f"<p><strong>{html.escape(note)}</strong></p>\n<p>{html.escape(told)}</p>\n<p>{html.escape(content.url)}</p>"
    head = headers(masthead, words.withdrawn_subject.format(date=day), at, list_name="news")
    return alternative(head, plain, [opening(masthead, page), *_footer_html(masthead)], "withdrawn")


def headers(masthead: Masthead, subject: str, at: datetime, *, list_name: str) -> list[list[bytes | Slot]]:
    """The headers of a mail; of one that belongs to a list, also how to leave it."""
    lines = [
        header("From", [mailbox(masthead.sender_name, masthead.sender)]),
        header("To", [Slot.TO]),
        header("Subject", subject),
        header("Date", format_datetime(at)),
        header("Message-ID", [Slot.MESSAGE_ID]),
        header("Auto-Submitted", "auto-generated"),
    ]
    if not list_name:
        return lines
    unsubscribe: list[Piece] = [f"<{masthead.url}/subscriptions/", Slot.TOKEN, "/unsubscribe>"]
    return [
        *lines,
        [Slot.REPLY],
        header("List-Id", [mailbox(masthead.title, f"{list_name}.{masthead.host}")]),
        header("List-Unsubscribe", unsubscribe),
        header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def _footer(masthead: Masthead) -> list[Piece]:
    words = masthead.words
    why = words.why.format(site=masthead.title, url=masthead.url)
    address = f"{masthead.url}/subscriptions/"
    return [
        f"-- \n{why}\n{words.manage}{address}",
        Slot.TOKEN,
        f"\n{words.unsubscribe}{address}",
        Slot.TOKEN,
        f"/unsubscribe\n\n{colophon(masthead)}",
    ]


def _footer_html(masthead: Masthead) -> list[Piece]:
    words = masthead.words
    why = html.escape(words.why.format(site=masthead.title, url=masthead.url))
    address = html.escape(f"{masthead.url}/subscriptions/")
    return [
        f'<hr>\n<p>{why}</p>\n<p><a href="{address}',
        Slot.TOKEN,
        f'">{html.escape(words.manage.rstrip(": "))}</a> · <a href="{address}',
        Slot.TOKEN,
        f'/unsubscribe">{html.escape(words.unsubscribe.rstrip(": "))}</a></p>\n',
        colophon_html(masthead) + "</body></html>",
    ]


def colophon(masthead: Masthead) -> str:
    """Who writes, as text."""
    return "\n".join(line for line in (masthead.title, masthead.imprint, masthead.postal_address) if line) + "\n"


def colophon_html(masthead: Masthead) -> str:
    """Who writes, as HTML."""
    return "<p>" + "<br>\n".join(html.escape(line) for line in colophon(masthead).splitlines()) + "</p>\n"


def opening(masthead: Masthead, body: str) -> str:
    """The head of a mail's HTML, and its text; what ends it is the caller's."""
    start = f'<html {_spoken(masthead.language, masthead)}><head><meta charset="utf-8"></head>'
    return f"<!DOCTYPE html>\n{start}\n<body>\n{body}\n"


def _in_its_language(body: str, language: str, masthead: Masthead) -> str:
    """HTML of a story, marked where it does not speak as the site does: a screen reader changes its voice."""
    if language in {"", masthead.language}:
        return body
    return f"<div {_spoken(language, masthead)}>\n{body}</div>\n"


def _spoken(language: str, masthead: Masthead) -> str:
    return f'lang="{html.escape(language)}" dir="{masthead.direction(language)}"'


def _mail_html(body: str, url: str) -> str:
    """Sanitised HTML for a mail: no picture (each would be a request to us when it is read), links with their host."""
    return _ROOTED.sub(rf"\g<1>{html.escape(url)}/", _IMAGE.sub("", body))


def _fitting(paragraphs: Sequence[str]) -> list[str]:
    """The first paragraphs that fit twice into a mail; a first one that does not is cut at a word."""
    kept: list[str] = []
    left = _TRIMMED
    for paragraph in paragraphs:
        size = len(quote(html.escape(paragraph))) + 20
        if size > left:
            break
        kept.append(paragraph)
        left -= size
    if not kept and paragraphs:
        # A character takes at most twelve bytes in quoted-printable; six where it is escaped.
        return [paragraphs[0][: _TRIMMED // 12].rpartition(" ")[0] + " …"]
    return kept
