"""Does an answer prove that a revision is live?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """What the story's address must show: this revision or a higher one, or that the story is gone."""

    revision: int
    is_gone: bool = False


def missing_from(expected: Expected, status: int, shown: str | None) -> str | None:
    """What an answer (its status and `X-Story-Revision`) still lacks; None when it is the proof."""
    if expected.is_gone:
        return None if status == 410 else f"answers {status}, not 410"  # noqa: PLR2004
    if status != 200:  # noqa: PLR2004
        return f"answers {status}, not 200"
    if shown is None or not (shown.isascii() and shown.isdigit()):
        return "answers without a revision"
    return None if int(shown) >= expected.revision else f"still shows revision {shown}, not {expected.revision}"
