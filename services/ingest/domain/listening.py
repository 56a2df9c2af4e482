"""Those who stand beside the line are not waited for: what have they read, and what must they be told again?"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Heard:
    """Numbers of changes: the `last` one there is; up to `read`, all is read for certain.

    What Redis forgot is `told` again up to one number, and is owed up to another; `debts` counts how often it forgot.
    """

    last: int
    read: int
    told: int = 0
    owed: int = 0
    debts: int = 0

    @property
    def is_owed(self) -> bool:
        """Is there anything to be told again?"""
        return self.told < self.owed

    def forgotten(self) -> "Heard":
        """Redis may hold nothing of what is not read: all of it is owed. What was being told again is told further."""
        told = min(self.told, self.read) if self.is_owed else self.read
        return replace(self, told=told, owed=self.last, debts=self.debts + 1)
