"""What did the newsroom hear, and what must therefore be so at the end? Pure; the accounts compare with this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tests.chaos.load import Operation, word

State = Literal["live", "killed"]
#: What brings content; a kill and a revive show what was there.
BRINGS = frozenset({"publish", "update", "correct"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """A 2xx: the operation, and the revision that it became. `at` is when the answer came."""

    operation: Operation
    revision: int
    at: datetime
    embargo_until: datetime | None = None
    receipt: str | None = None


@dataclass(slots=True)
class Story:
    """One story as its newsroom knows it."""

    number: int
    tag: str
    section: str
    story_id: str = ""
    path: str = ""
    accepted: list[Accepted] = field(default_factory=list)

    @property
    def external_id(self) -> str:
        """The newsroom's own id."""
        return f"story-{self.number}"

    @property
    def newest(self) -> Accepted:
        """What was accepted last."""
        return self.accepted[-1]

    @property
    def state(self) -> State:
        """What its address must say."""
        return "killed" if self.newest.operation.verb == "kill" else "live"

    @property
    def never_seen(self) -> bool:
        """May it have been killed before anybody could see it? Then its address may say 404 as well as 410."""
        until = self.accepted[0].embargo_until
        return self.state == "killed" and until is not None

    @property
    def content(self) -> Accepted:
        """What its readers must see, while it is live."""
        return [one for one in self.accepted if one.operation.verb in BRINGS][-1]

    @property
    def word(self) -> str:
        """The word of that content."""
        return word(self.number, self.content.operation.index)

    def after(self, verb: str) -> Sequence[Accepted]:
        """The newest operation of this kind and all that followed it; nothing when there was none."""
        places = [place for place, one in enumerate(self.accepted) if one.operation.verb == verb]
        return self.accepted[places[-1] :] if places else ()


@dataclass(frozen=True, slots=True)
class Truth:
    """All stories by number, and who asked for what (address → topics)."""

    stories: Mapping[int, Story]
    readers: Mapping[str, Sequence[str]]

    def readers_of(self, story: Story) -> set[str]:
        """Who asked for what this story is about."""
        return {reader for reader, topics in self.readers.items() if f"tag:{story.tag}" in topics}

    def live(self) -> list[Story]:
        """What readers must see."""
        return [story for story in self.stories.values() if story.state == "live"]
