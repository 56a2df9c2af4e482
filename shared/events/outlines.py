"""What of the line's events does somebody read who only follows a story's way?

The same entries of the same streams, without their content: reading a long story this way costs a seventh. A step asks
for it with `bus.step(StoryLive, handler, reads=LiveOutline)`.
"""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.base import Frozen
from shared.events.line import OnTheLine, StoryEnriched, StoryLive, StoryReceived, StoryRendered


class Title(Frozen):
    """Of a story or an article its headline, and why a picture is missing."""

    headline: str
    missing_image: str | None = None


class ReceivedOutline(OnTheLine):
    """`StoryReceived` without the content."""

    stream: ClassVar[str] = StoryReceived.stream

    story: Title | None
    headline: str = ""


class EnrichedOutline(OnTheLine):
    """`StoryEnriched` without the content."""

    stream: ClassVar[str] = StoryEnriched.stream

    article: Title | None


class RenderedOutline(OnTheLine):
    """`StoryRendered` without content and routes."""

    stream: ClassVar[str] = StoryRendered.stream

    article: Title | None


class LiveOutline(OnTheLine):
    """`StoryLive` without the content."""

    stream: ClassVar[str] = StoryLive.stream

    article: Title | None
    live_at: AwareDatetime
