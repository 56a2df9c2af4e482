"""In which words does the site speak?

One JSON file a language, flat, key → text; a text may hold `{names}` that the template fills in. English is the
fallback for every key, so that a half-translated catalogue is still a working one. Month names live here as well:
dates need no further dependency.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.theme.files import ThemeError, read_all, text

FALLBACK = "en"
#: Letters of a script's subtag (RFC 5646 §2.2.3).
_SCRIPT = 4
#: ISO 639 languages whose usual script runs from right to left.
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "khw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
)
#: Scripts (ISO 15924) that run so, for tags that name one: `pa-Arab`; a Latin `az-Latn` does not.
_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo", "adlm", "rohg"})


def load(language: str, directory: Path | None) -> Mapping[str, str]:
    """The catalogue for a language tag (`de-AT` reads `de.json`, then `de-AT.json` over it), English beneath."""
    strings: dict[str, str] = {}
    tags = dict.fromkeys((FALLBACK, primary(language), language))
    # Key by key: a newsroom that changes one word need not repeat all others.
    for files in (read_all("strings", None), read_all("strings", directory) if directory else {}):
        for name in (f"{tag}.json" for tag in tags):
            if name in files:
                strings |= _parse(f"strings/{name}", files[name])
    return MappingProxyType(strings)


def primary(language: str) -> str:
    """The language of a tag without its region: `pt-BR` → `pt`."""
    return language.replace("_", "-").partition("-")[0].lower()


def direction(language: str) -> str:
    """`rtl` or `ltr`: the direction of the tag's script, else the usual one of its language."""
    subtags = language.replace("_", "-").lower().split("-")
    script = next((one for one in subtags[1:] if len(one) == _SCRIPT and one.isalpha()), None)
    is_rtl = script in _SCRIPTS if script else subtags[0] in _RIGHT_TO_LEFT
    return "rtl" if is_rtl else "ltr"


def written(at: datetime, zone: ZoneInfo, strings: Mapping[str, str]) -> dict[str, str]:
    """A moment for readers in `zone`: `iso` for machines, `text` with the time of day, `day` without it.

    `zone` says whose time it is (`CET`, `UTC`, `+03`).

    Raises ValueError for a naive datetime: whose 14:05 would it be?
    """
    if at.tzinfo is None:
        raise ValueError("a shown time needs an offset")
    local = at.astimezone(zone)
    day_key = "date_first" if local.day == 1 and "date_first" in strings else "date_day"
    day = strings[day_key].format(day=local.day, month=strings[f"month_{local.month}"], year=local.year)
    time = f"{local.hour:02}:{local.minute:02}"
    return {
        "iso": local.isoformat(timespec="seconds"),
        "text": strings["date_time"].format(date=day, time=time),
        "day": day,
        "zone": local.tzname() or "",
    }


def _parse(name: str, body: bytes) -> dict[str, str]:
    try:
        strings = json.loads(text(name, body))
    except ValueError as error:
        raise ThemeError(f"{name}: not JSON ({error})") from error
    if not isinstance(strings, dict) or not all(isinstance(value, str) for value in strings.values()):
        raise ThemeError(f"{name}: must be one object of texts")
    return strings
