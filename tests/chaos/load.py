"""What is pushed, and in which order? Drawn from a seed; pure, so that a failure can be run again.

Every content that is pushed carries a word of its own, `zq12k0z`: story 12, operation 0. Whatever shows that word shows
that content, wherever it is read: on a page, in a feed, in a mail.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Verb = Literal["publish", "update", "correct", "kill", "revive"]

WORD: Final = re.compile(r"\bzq(\d+)k(\d+)z\b", re.IGNORECASE)
#: So many subscribers wait for each tag, so many stories are in each section: a feed holds 50 of them, so that every
#: feed and list of a section can be compared as a whole.
READERS_A_TAG: Final = 5
STORIES_A_SECTION: Final = 40
#: How many of a hundred stories begin under embargo, and for how long (s).
EMBARGOED: Final = 6
EMBARGO_S: Final = (3.0, 8.0)
#: What happens to a story after it was published, with how many of a hundred it does.
LIVES: Final[Sequence[tuple[int, tuple[Verb, ...]]]] = (
    (50, ()),
    (18, ("update",)),
    (9, ("correct",)),
    (5, ("update", "correct")),
    (8, ("kill",)),
    (3, ("correct", "kill")),
    (4, ("kill", "revive")),
    (3, ("update", "kill", "revive", "correct")),
)
#: How far apart operations of one story are, in parts of the whole run; the first of these is *at once*.
PAUSES: Final = (0.0, 0.02, 0.1)


def word(number: int, index: int) -> str:
    """The word of one operation's content."""
    return f"zq{number}k{index}z"


@dataclass(frozen=True, slots=True)
class Operation:
    """One request of a newsroom. `at` orders the operations of all stories (0 to 1 and a little more)."""

    number: int
    index: int
    verb: Verb
    at: float
    #: Seconds from the moment of the push, for a publish under embargo.
    embargo_s: float | None = None

    @property
    def external_id(self) -> str:
        """The newsroom's own id."""
        return f"story-{self.number}"


@dataclass(frozen=True, slots=True)
class Load:
    """Everything that will be pushed."""

    stories: int
    tags: int
    operations: Sequence[Operation] = field(repr=False)

    def tag(self, number: int) -> str:
        """What a story is about."""
        return f"t{number % self.tags}"

    def section(self, number: int) -> str:
        """Where a story stands."""
        return f"s{number // STORIES_A_SECTION}"

    @property
    def sections(self) -> list[str]:
        """All of them."""
        return sorted({self.section(number) for number in range(self.stories)})

    def fields(self, operation: Operation) -> dict[str, Any]:
        """The story's fields as this operation pushes them (times are the pusher's to add)."""
        number, said = operation.number, word(operation.number, operation.index)
        return {
            "headline": f"Kettle {said} whistles",
            "dek": f"A town hears {said}.",
            "body_html": f"<p>At dawn {said} was heard.</p><p>It boiled.</p>",
            "slug": f"kettle-{number}",
            "sections": [self.section(number)],
            "tags": [self.tag(number)],
            "authors": [{"name": f"Author {number % self.tags}"}],
        }


def draw(stories: int, seed: int, subscribers: int) -> Load:
    """A load of so many stories."""
    chance = random.Random(seed)
    operations = [one for number in range(stories) for one in _life(chance, number, number / stories)]
    operations.sort(key=lambda one: (one.at, one.number, one.index))
    return Load(stories, subscribers // READERS_A_TAG, operations)


def _life(chance: random.Random, number: int, begins: float) -> list[Operation]:
    """The operations of one story, in their order."""
    weights, lives = zip(*LIVES, strict=True)
    (later,) = chance.choices(lives, weights)
    embargo = chance.uniform(*EMBARGO_S) if chance.randrange(100) < EMBARGOED else None
    at, found = begins, []
    for index, verb in enumerate(("publish", *later)):
        found.append(Operation(number, index, verb, at, embargo if index == 0 else None))
        at += chance.choice(PAUSES) * chance.random()
    return found


def audience(load: Load, subscribers: int) -> dict[str, tuple[str, ...]]:
    """Address → topics. Every tenth also follows an author who always writes about his tag: one mail all the same."""
    found = {}
    for reader in range(subscribers):
        tag = reader % load.tags
        more = (f"author:author-{tag}",) if reader % 10 == 0 else ()
        found[f"reader{reader}@readers.example"] = (f"tag:t{tag}", *more)
    return found
