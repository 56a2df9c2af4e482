"""How does a rule say no?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

#: (JSON Pointer, message)
Fault = tuple[str, str]

#: More faults of one request help nobody.
MOST_FAULTS: Final = 50


@dataclass(frozen=True, slots=True)
class Refused:
    """A command changes nothing; `status` is how HTTP names the reason."""

    status: Literal[403, 404, 409, 412, 422]
    title: str
    detail: str
    errors: tuple[Fault, ...] = ()


class InvalidFields(Exception):  # noqa: N818 - reads as what it says
    """What was pushed is not a story; `faults` say where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults`: at least one."""
        self.faults = tuple(faults[:MOST_FAULTS])
        super().__init__("; ".join(f"{path or 'the body'}: {message}" for path, message in self.faults[:3]))

    @property
    def refusal(self) -> Refused:
        """The same as an outcome."""
        return Refused(422, "Invalid fields", str(self), self.faults)
