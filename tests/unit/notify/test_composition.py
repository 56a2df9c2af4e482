"""Is a compiled mail a correct one, whatever a publisher or a reader is called?"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.content import Content
from services.notify.domain.letters import Item, Masthead, compile_digest, compile_letter, compile_story
from services.notify.domain.mime import LIMIT, Slot, Template, quote
from services.notify.domain.words import Words
from shared.events import WITHDRAWN
from shared.theme import direction
from tests.unit.theme import examples

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
VALUES = {
    Slot.TO: b"rita@readers.example",
    Slot.MESSAGE_ID: b"<7.abcd@news.example>",
    Slot.REPLY: b"In-Reply-To: <3.abcd@news.example>\r\n",
    Slot.TOKEN: b"AAAAAAABtokentokentoken_-",
}
MASTHEAD = Masthead(
    title="Quill & Anchor",
    url="https://news.example",
    host="news.example",
    sender_name="Quill & Anchor",
    sender="news@news.example",
    imprint="Harbour Press",
    postal_address="1 Quay\nQuillmouth",
    language="en",
    words=Words.of(examples.theme().strings),
    day=lambda at: f"{at.day} November {at.year}",
    topic=str,
    direction=direction,
)
STORY = Content(
    action="publish",
    url="https://news.example/2026/11/23/ferry/",
    at=AT.isoformat(),
    headline="Ferry returns",
    dek="After two years.",
    byline="Ada Penn",
    language="en",
    paragraphs=("It is back.", "It carries 40 cars."),
    html='<p>It is back. <a href="/x/">More</a></p><img src="/media/a.jpg" alt=""><p>It carries 40 cars.</p>',
)


def sent(template: Template) -> EmailMessage:
    message = message_from_bytes(template.splice(VALUES), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_story_mail_carries_what_the_interface_lists() -> None:
    message = sent(compile_story(STORY, AT, MASTHEAD, fresh=False))
    assert message["Subject"] == "Ferry returns"
    assert message["To"] == "rita@readers.example"
    assert message["List-Unsubscribe"] == "<https://news.example/subscriptions/AAAAAAABtokentokentoken_-/unsubscribe>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "<news.news.example>" in message["List-Id"]
    assert message["Message-ID"] == "<7.abcd@news.example>"
    for kind in ("plain", "html"):
        body = part(message, kind)
        for wanted in (
            "40 cars",
            "You get this because",
            "Harbour Press",
            "Quillmouth",
            f"/{VALUES[Slot.TOKEN].decode()}",
        ):
            assert wanted in body, (kind, wanted)
    html = part(message, "html")
    assert 'href="https://news.example/x/"' in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("action", "fresh", "subject"),
    [
        ("correct", False, "Correction: Ferry returns"),
        ("correct", True, "Ferry returns"),
        ("revive", False, "Published again: Ferry returns"),
        ("kill", False, "Withdrawn: a story sent 23 November 2026"),
    ],
)
def test_the_subject_says_what_kind_of_news_it_is(action: str, fresh: bool, subject: str) -> None:
    content = replace(STORY, action=action, note="Forty, not four hundred.", kind="correction")
    message = sent(compile_story(content, AT, MASTHEAD, fresh=fresh))
    assert message["Subject"] == subject
    assert "Forty, not four hundred." in part(message, "plain")


@pytest.mark.parametrize(
    ("dek", "times"),
    [("It is back.", 1), ("It is back. It  carries…", 1), ("It is back. It carries 4", 2), ("Back.", 1), ("…", 1)],
)
def test_a_dek_with_which_the_text_begins_is_not_read_twice(dek: str, times: int) -> None:
    message = sent(compile_story(replace(STORY, dek=dek), AT, MASTHEAD, fresh=False))
    assert part(message, "plain").count("It is back") == times
    assert part(message, "html").count("It is back") == times


@pytest.mark.parametrize("note", [None, "", WITHDRAWN])
def test_a_withdrawal_repeats_nothing_of_the_story(note: str | None) -> None:
    content = replace(STORY, action="kill", note=note, first_at=AT.isoformat())
    raw = compile_story(content, AT, MASTHEAD, fresh=False).splice(VALUES)
    for word in (b"Ferry", b"After two years", b"Ada Penn", b"40 cars"):
        assert word not in raw
    assert b"This story has been withdrawn." in raw


def test_a_long_story_is_trimmed_with_a_link_and_stays_below_the_limit() -> None:
    paragraphs = tuple(f"Абзац {number}: " + "слово " * 60 for number in range(200))
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    template = compile_story(replace(STORY, paragraphs=paragraphs, html=html), AT, MASTHEAD, fresh=True)
    assert LIMIT / 2 < len(template.splice(VALUES)) <= LIMIT + 1000
    assert "Read all of it on the site: https://news.example/2026" in part(sent(template), "plain")


def test_one_endless_paragraph_is_cut_at_a_word() -> None:
    endless = "слово " * 40_000
    content = replace(STORY, paragraphs=(endless,), html=f"<p>{endless}</p>")
    template = compile_story(content, AT, MASTHEAD, fresh=True)
    assert template.size <= LIMIT
    assert "слово …" in part(sent(template), "plain")


def test_a_digest_lists_stories_and_marks_corrections() -> None:
    items = [Item(STORY, corrected=False), Item(replace(STORY, note="Forty."), corrected=True)]
    body = part(sent(compile_digest(items, "daily", AT, MASTHEAD)), "plain")
    assert body.count("Ferry returns") == 2
    assert "Correction: Ferry returns\r\nForty." in body


def test_a_letter_belongs_to_no_list() -> None:
    message = sent(compile_letter("Please confirm", "Follow this", "https://news.example/s/x", AT, MASTHEAD, mark="1"))
    assert message["List-Unsubscribe"] is None
    assert "https://news.example/s/x" in part(message, "plain")


@given(
    headline=st.text(max_size=300),
    dek=st.text(max_size=200),
    note=st.text(max_size=100),
    paragraphs=st.lists(st.text(max_size=400), max_size=8),
)
def test_no_text_can_add_a_header_a_part_or_a_gap(headline: str, dek: str, note: str, paragraphs: list[str]) -> None:
    texts = {"headline": headline, "dek": dek, "note": note}
    content = replace(STORY, action="correct", paragraphs=tuple(paragraphs), **texts)
    template = compile_story(content, AT, MASTHEAD, fresh=False)
    raw = template.splice(VALUES)
    assert re.fullmatch(rb"(?:[\x20-\x7e]|\t|\r\n)*", raw)
    head = raw.split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert len(names) == len(set(names)) == 12
    message = sent(template)
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert template.slots.count(Slot.TOKEN) == 5


@given(st.text())
def test_quoted_printable_gives_back_every_line_that_was_put_in(text: str) -> None:
    message = message_from_bytes(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quote(text)
    )
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    plain = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    assert body.replace(b"\r\n", b"\n").decode() == plain
