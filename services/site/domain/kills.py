"""Which kill is it, and what does a channel say of it?"""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from shared.events import KillChannel, KillConfirmed, ListsRendered, StoryKilled


class Kill(NamedTuple):
    """A kill and the receipt that waits for it."""

    story_id: str
    revision: int
    receipt: str

    @classmethod
    def of(cls, event: StoryKilled) -> "Kill":
        """The kill that an event orders."""
        return cls(*event.subject, str(event.receipt))


def carried(event: ListsRendered) -> list[Kill]:
    """The kills whose traces these lists remove."""
    return [Kill(str(story_id), revision, str(receipt)) for story_id, revision, receipt in event.killed]


def said(
    kill: Kill,
    channel: KillChannel,
    now: datetime,
    outcome: Literal["confirmed", "failed", "unreachable"] = "confirmed",
    detail: str = "",
    *,
    retrying: bool = False,
) -> KillConfirmed:
    """A channel's word for the receipt."""
    return KillConfirmed(
        at=now,
        story_id=UUID(kill.story_id),
        revision=kill.revision,
        receipt=UUID(kill.receipt),
        channel=channel,
        outcome=outcome,
        detail=detail,
        retrying=retrying,
    )
