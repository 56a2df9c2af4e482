"""Which licence does a publisher mean, and where can it be read?"""

import re
from dataclasses import dataclass
from typing import Final

#: SPDX names of the Creative Commons licences: `CC-BY-SA-4.0`, also as people write them (`CC BY-SA 4.0`).
_COMMONS: Final = re.compile(r"CC[ -](BY(?:-NC)?(?:-ND|-SA)?)[ -](\d\.\d)", re.IGNORECASE)
_ZERO: Final = re.compile(r"CC[ -]?0(?:[ -]1\.0)?", re.IGNORECASE)
_SITE: Final = "https://creativecommons.org"


@dataclass(frozen=True, slots=True)
class Licence:
    """What is shown, and its address if it has one."""

    name: str
    url: str | None


def licence(text: str | None) -> Licence | None:
    """The licence that `text` names: an address, a name of Creative Commons', or words as they are."""
    if not text:
        return None
    if text.startswith(("https://", "http://")):
        return Licence(text, text)
    if _ZERO.fullmatch(text):
        return Licence(text, f"{_SITE}/publicdomain/zero/1.0/")
    if found := _COMMONS.fullmatch(text):
        return Licence(text, f"{_SITE}/licenses/{found[1].lower()}/{found[2]}/")
    return Licence(text, None)
