"""Does an answer prove that a revision is live?"""

from dataclasses import dataclass
from typing import Literal

from services.site.domain.standing import State


@dataclass(frozen=True, slots=True)
class Expected:
    """What the story's address must answer: 200 with this revision or a higher one, or that there is nothing (more)."""

    revision: int
    status: Literal[200, 404, 410] = 200


def expected(revision: int, state: State) -> Expected:
    """What a story of this standing shows."""
    match state:
        case "live":
            return Expected(revision)
        case "hidden":
            return Expected(revision, 404)
        case "killed" | "expired":
            return Expected(revision, 410)


def missing_from(expected: Expected, status: int, shown: str | None) -> str | None:
    """What an answer (its status and `X-Story-Revision`) still lacks; None when it is the proof."""
    if status != expected.status:
        return f"answers {status}, not {expected.status}"
    if status != 200:  # noqa: PLR2004 - RFC 9110
        return None
    if shown is None or not (shown.isascii() and shown.isdigit()):
        return "answers without a revision"
    return None if int(shown) >= expected.revision else f"still shows revision {shown}, not {expected.revision}"
