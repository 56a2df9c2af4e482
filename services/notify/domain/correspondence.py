"""What does an answer to a comment set off, from what is known of the address that asked to hear of it?

Anybody can write anybody's address under a comment. So the first mail to an address only says that there is an answer,
and asks whether more are wanted; who does not say yes hears nothing more, and whoever leaves is not asked again unless
a comment written after that asks for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

#: An address is asked at most this often: for as long as the link of the last question works.
ASK_EVERY: Final = timedelta(days=7)


class Step(Enum):
    """What is done."""

    ASK = "ask"
    TELL = "answer"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody who hears of answers, or might. `state`: asked, confirmed, ended."""

    state: str
    asked_at: datetime
    changed_at: datetime


def step(known: Correspondent | None, wished_at: datetime, now: datetime) -> Step:
    """What an answer sets off; `wished_at`: when the comment was written that asks for it."""
    if known is None:
        return Step.ASK
    if known.state == "confirmed":
        return Step.TELL
    is_left = known.state == "ended" and wished_at <= known.changed_at
    return Step.NOTHING if is_left or now - known.asked_at < ASK_EVERY else Step.ASK
