"""Does an answer to a comment set off what its writer wants, and no more?"""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain.correspondence import ASK_EVERY, Correspondent, Step, step
from services.notify.domain.tokens import Leaving

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG = ASK_EVERY + HOUR


def known(state: str, asked_ago: timedelta, changed_ago: timedelta) -> Correspondent:
    return Correspondent(state, NOW - asked_ago, NOW - changed_ago)


@pytest.mark.parametrize(
    ("who", "wished_ago", "what"),
    [
        (None, HOUR, Step.ASK),
        (known("confirmed", LONG, HOUR), LONG, Step.TELL),
        (known("asked", HOUR, HOUR), 2 * HOUR, Step.NOTHING),
        (known("asked", LONG, LONG), HOUR, Step.ASK),
        (known("ended", LONG, HOUR), 2 * HOUR, Step.NOTHING),
        (known("ended", LONG, 2 * HOUR), HOUR, Step.ASK),
        (known("ended", 3 * HOUR, 2 * HOUR), HOUR, Step.NOTHING),
    ],
)
def test_an_address_is_asked_once_then_told_and_left_alone_when_it_has_left(
    who: Correspondent | None, wished_ago: timedelta, what: Step
) -> None:
    assert step(who, NOW - wished_ago, NOW) is what


def test_a_link_that_ends_mail_about_answers_ends_no_subscription() -> None:
    leaving = Leaving.of(b"s" * 32)
    assert leaving.answers.subscriber(leaving.answers.token(7)) == 7
    assert leaving.stories.subscriber(leaving.answers.token(7)) is None
    assert leaving.answers.subscriber(leaving.stories.token(7)) is None
