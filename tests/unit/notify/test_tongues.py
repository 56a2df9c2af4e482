"""Does a mail speak the language of its site from the subject to the last line, and a story in it its own?"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from services.notify.domain.answer_letters import compile_answer
from services.notify.domain.letters import Item, Masthead, compile_digest, compile_letter, compile_story
from services.notify.domain.mime import Template
from services.notify.domain.words import Words
from shared.events import WITHDRAWN
from tests.unit.notify.test_composition import AT, MASTHEAD, STORY, part, sent
from tests.unit.theme import examples

SUBJECTS = {
    "en": {"correct": "Correction: Ferry returns", "kill": "Withdrawn: a story sent 23 November 2026"},
    "de": {
        "correct": "Berichtigung: Ferry returns",
        "kill": "Zurückgezogen: ein am 23. November 2026 verschickter Beitrag",
    },
    "fr": {"correct": "Rectification : Ferry returns", "kill": "Retiré : un article envoyé le 23 novembre 2026"},
}
ANSWER = {"headline": "Ferry returns", "url": "https://news.example/x/#comment-1", "name": "Rita"}


def masthead(language: str) -> Masthead:
    look = examples.theme(language=language)
    return replace(MASTHEAD, language=language, words=Words.of(look.strings), day=lambda at: look.date(at)["day"])


def mails(own: Masthead) -> Iterator[Template]:
    """One of each kind."""
    for action in ("publish", "correct", "revive"):
        yield compile_story(replace(STORY, action=action, note="Forty.", kind="correction"), AT, own, fresh=False)
    yield compile_story(replace(STORY, action="kill", note=WITHDRAWN), AT, own, fresh=False)
    yield compile_story(replace(STORY, paragraphs=("word " * 20_000,), html="word " * 20_000), AT, own, fresh=False)
    for cadence in ("daily", "weekly"):
        yield compile_digest([Item(STORY, corrected=True)], cadence, AT, own)
    words = own.words
    for subject, text in (
        (words.confirm_subject, words.confirm_text),
        (words.manage_subject, words.manage_text),
    ):
        gaps = {"site": own.title, "topics": "Harbour"}
        yield compile_letter(subject.format(**gaps), text.format(**gaps), "https://news.example/s/x", AT, own, mark="1")
    yield compile_answer(ANSWER, AT, own, "1")
    yield compile_answer({**ANSWER, "link": "https://news.example/s/x"}, AT, own, "1")


def sentences(catalogue: Mapping[str, str]) -> dict[str, list[str]]:
    """What stands between the gaps of each sentence of mails."""
    keys = [key for key in catalogue if key.startswith("mail_")] + ["gone_text", "correction"]
    between = {key: [piece.strip(" :„“”«»") for piece in re.split(r"\{\w+\}", catalogue[key])] for key in keys}
    return {key: [piece for piece in pieces if len(piece) > 2] for key, pieces in between.items()}


@pytest.mark.parametrize("language", SUBJECTS)
def test_every_fixed_sentence_is_of_the_sites_language(language: str) -> None:
    own = masthead(language)
    found = [sent(one) for one in mails(own)]
    said = "\n".join(f"{one['Subject']}\n{part(one, 'plain')}\n{html.unescape(part(one, 'html'))}" for one in found)
    for key, pieces in sentences(examples.theme(language=language).strings).items():
        assert all(piece in said for piece in pieces), (key, pieces)
    if language != "en":
        english = sentences(examples.theme().strings)
        assert [key for key, pieces in english.items() for piece in pieces if len(piece) > 8 and piece in said] == []


@pytest.mark.parametrize("language", SUBJECTS)
@pytest.mark.parametrize("action", ["correct", "kill"])
def test_the_subjects_of_the_interface_are_said_in_the_sites_language(language: str, action: str) -> None:
    content = replace(STORY, action=action, note="Forty.", first_at=AT.isoformat())
    assert sent(compile_story(content, AT, masthead(language), fresh=False))["Subject"] == SUBJECTS[language][action]


def test_a_mail_says_which_language_it_and_its_story_speak_and_in_which_direction() -> None:
    arabic = replace(STORY, language="ar", action="publish")
    page = part(sent(compile_story(arabic, AT, masthead("de"), fresh=False)), "html")
    assert '<html lang="de" dir="ltr">' in page
    inner = page.partition('<div lang="ar" dir="rtl">')[2].partition("</div>")[0]
    assert "Ferry returns" in inner
    assert "Abbestellen" not in inner
    digest = part(sent(compile_digest([Item(arabic, corrected=False)], "daily", AT, masthead("ar"))), "html")
    assert '<html lang="ar" dir="rtl">' in digest
    assert "<div" not in digest
