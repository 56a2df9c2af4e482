"""Which of several things happens next? Decisions that hypothesis drew; used up, they say 0: the orderly course."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from hypothesis import Phase, settings
from hypothesis import strategies as st

T = TypeVar("T")

#: Few and small numbers: what hypothesis takes away from a failing case brings it nearer to the orderly course.
CHANCES: Final = st.lists(st.integers(0, 31), min_size=50, max_size=120)
#: Examples of the usual profile. `--hypothesis-profile=thorough --timeout=0` has twenty times as many, others each
#: time, and makes a failing one smaller; a usual run prints it as it is, within the time that a test has.
HUNDRED: Final = 100


def some(examples: int) -> settings:
    """So many examples in a usual run, the same ones each time; in a thorough run, in proportion more."""
    chosen = settings.default
    assert chosen is not None
    if chosen.max_examples <= HUNDRED:
        phases = (Phase.explicit, Phase.generate)
        return settings(max_examples=examples, derandomize=True, phases=phases, database=None)
    return settings(max_examples=examples * chosen.max_examples // HUNDRED)


class Chance:
    """Takes decisions one by one."""

    def __init__(self, drawn: Iterable[int]) -> None:
        self._drawn = list(reversed(list(drawn)))

    @property
    def left(self) -> bool:
        """Is there anything left to decide with?"""
        return bool(self._drawn)

    def below(self, bound: int) -> int:
        """A number from 0 on."""
        return self._drawn.pop() % bound if self._drawn else 0

    def one_of(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[self.below(len(things))]

    def batch(self, waiting: list[T]) -> list[T]:
        """Take some of those that wait: all, or a run from anywhere, backwards, with one of them twice."""
        if not self.left or self.below(4) == 0:
            taken, waiting[:] = list(waiting), []
            return taken
        start = self.below(len(waiting))
        end = start + 1 + self.below(len(waiting) - start)
        taken = waiting[start:end]
        del waiting[start:end]
        if self.below(2):
            taken.reverse()
        if self.below(4) == 1:
            taken.append(taken[0])
        return taken
