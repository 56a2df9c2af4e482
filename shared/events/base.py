"""What do all events have in common?"""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """An immutable value. Unknown fields are ignored: a newer sender may say more than this reader knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Frozen):
    """A fact on a stream.

    `at` is when the step that emitted it was done (aware, UTC); `attempts` is how often that step had to try.
    """

    stream: ClassVar[str]

    at: AwareDatetime
    attempts: Annotated[int, Field(ge=1)] = 1


class Fact(Event):
    """An event about one revision of one story; the bus logs and dead-letters it under these two."""

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        raise NotImplementedError
