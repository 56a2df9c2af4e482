"""Does the real model know languages, and is it there only while it is asked?"""

import pytest

from services.enrich.adapters.guesser import LangidGuesser
from services.enrich.domain.languages import decide, sample


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The harbour was closed on Monday after a swan refused to leave the slipway.", "en"),
        ("Der Hafen wurde am Montag gesperrt, weil ein Schwan die Rampe nicht verlassen wollte.", "de"),
        ("Le port a été fermé lundi parce qu'un cygne refusait de quitter la cale.", "fr"),
        ("El puerto cerró el lunes porque un cisne se negaba a abandonar la rampa.", "es"),
        ("月曜日、白鳥がスロープから離れようとしないため、港は閉鎖されました。フェリーは欠航です。", "ja"),
    ],
)
def test_a_sentence_is_enough_to_know_a_language(text: str, language: str) -> None:
    taken = sample("", text)
    assert taken is not None
    assert decide(LangidGuesser().guess(taken), "xx") == language


def test_the_model_is_loaded_by_the_first_question() -> None:
    guesser = LangidGuesser()
    assert not guesser.loaded
    guesser.guess("Ein Satz.")
    assert guesser.loaded
