"""On which colours does the style sheet put its words, by day and by night?

A browser paints its own frame in them, a phone the picture that it shows while the site opens. The sheet's `--paper` is
the only place where they stand: whoever gives the site other colours has said it there.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
#: A block's condition or selector with its opening brace, a closing brace, or a declaration.
_TOKEN: Final = re.compile(r"""([^{};]*)([{};])""")
_PAPER: Final = re.compile(r"\s*--paper\s*:\s*(.+?)\s*(?:!important\s*)?$", re.DOTALL)
_DARK: Final = re.compile(
    r"^@media\s+(?:(?:screen|all)\s+and\s+)?\(\s*prefers-color-scheme\s*:\s*dark\s*\)$", re.IGNORECASE
)
_ROOT: Final = re.compile(r"^(?::root|html)$", re.IGNORECASE)
#: What may stand in a page and in the manifest, which know no variables.
_COLOUR: Final = re.compile(
    r"#[0-9a-f]{3,8}|[a-z]+|(?:rgba?|hsla?|hwb|(?:ok)?(?:lab|lch)|color)\([\w\s.,%/+-]+\)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Paper:
    """Colours as the sheet writes them; empty where it names none. `night` is also empty where it is the day's."""

    day: str = ""
    night: str = ""


@dataclass
class _Found:
    values: dict[str, str] = field(default_factory=dict)
    within: list[str] = field(default_factory=list)

    def declared(self, text: str) -> None:
        """The last one counts, as in the cascade."""
        hit = _PAPER.match(text)
        when = _when(self.within)
        if hit and when and _COLOUR.fullmatch(hit[1]):
            self.values[when] = hit[1]


def paper(sheet: str) -> Paper:
    """The `--paper` of `:root`, at all times and under `@media (prefers-color-scheme: dark)`."""
    found = _Found()
    for text, end in _TOKEN.findall(_COMMENT.sub("", sheet)):
        if end == "{":
            found.within.append(" ".join(text.split()))
            continue
        found.declared(text)
        if end == "}" and found.within:
            found.within.pop()
    day, night = found.values.get("day", ""), found.values.get("night", "")
    return Paper(day, "" if night == day else night)


def _when(within: list[str]) -> str:
    """When does a declaration within these blocks hold? Empty: on paper only, for a part of a page, and the like."""
    if not within or not _ROOT.match(within[-1]):
        return ""
    if len(within) == 1:
        return "day"
    return "night" if len(within) == 2 and _DARK.match(within[0]) else ""  # noqa: PLR2004 - the condition and the root
