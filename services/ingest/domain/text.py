"""Which text may enter? Field types of the API: one line, several lines, addresses, times.

XML 1.0 (§2.2) knows no other controls than tab and line ends, so feeds could not carry them; in a headline even those
are refused, because a headline becomes a mail header.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, StringConstraints

from services.ingest.domain.slugs import slugify
from shared.events import rfc3339

LONGEST_URL: Final = 2000
EARLIEST, LATEST = 1900, 2100

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: In UTF-8 only a control character has the byte of one. To take all others away costs a fifteenth of a search by
#: character class, which a body of 6 KB would pay with 50 µs.
_HARMLESS: Final = bytes(one for one in range(256) if one >= ord(" ") or one in b"\t\n\r")
_URL: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.IGNORECASE)
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?")


def one_line(value: str) -> str:
    """Refuse control characters of any kind."""
    if found := _CONTROLS.search(value):
        raise ValueError(f"control characters are not allowed here (U+{ord(found[0]):04X})")
    return whole(value)


def prose(value: str) -> str:
    """Refuse what no feed can carry."""
    raw = _encoded(value)
    if raw.translate(None, _HARMLESS) or "\ufffe" in value or "\uffff" in value:
        found = _NOT_XML.search(value)
        number = ord(found[0]) if found else 0
        raise ValueError(f"control characters other than tab and line ends are not allowed (U+{number:04X})")
    return value


def whole(value: str) -> str:
    """Refuse halves of surrogate pairs, which no encoding can carry."""
    _encoded(value)
    return value


def _encoded(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError("this is not valid Unicode: it holds a lone surrogate") from None


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def _address(value: str) -> str:
    """An absolute http(s) address, without a password in it."""
    try:
        parts = urlsplit(value)
        bad = not parts.hostname or parts.username is not None or parts.port == 0
    except ValueError:
        bad = True
    if bad or not _URL.fullmatch(value):
        raise ValueError("must be an absolute http or https address")
    return value


def _sluggable(value: str) -> str:
    if not slugify(value):
        raise ValueError("must hold at least one letter or digit")
    return value


def instant(value: Any) -> datetime:  # noqa: ANN401 - any JSON value
    """An RFC 3339 time with an offset, in UTC; `ValueError` otherwise."""
    if not isinstance(value, str) or not (found := _RFC3339.fullmatch(value)):
        raise ValueError("must be an RFC 3339 time, as 2026-11-23T09:30:00+01:00")
    if not found[2]:
        raise ValueError("must carry an offset from UTC, as Z or +01:00")
    try:
        at = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("is not a time that exists") from None
    if not EARLIEST <= at.year <= LATEST:
        raise ValueError(f"must lie between the years {EARLIEST} and {LATEST}")
    return at.astimezone(UTC)


Line = Annotated[str, AfterValidator(one_line)]
Headline = Annotated[str, StringConstraints(max_length=300), AfterValidator(one_line), AfterValidator(_not_blank)]
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line), AfterValidator(_not_blank)]
Sluggable = Annotated[Name, AfterValidator(_sluggable)]
TermName = Annotated[Sluggable, StringConstraints(max_length=100)]
Words = Annotated[str, StringConstraints(max_length=2000), AfterValidator(prose)]
Body = Annotated[str, StringConstraints(min_length=1), AfterValidator(prose), AfterValidator(_not_blank)]
Address = Annotated[str, StringConstraints(max_length=LONGEST_URL), AfterValidator(one_line), AfterValidator(_address)]
At = Annotated[datetime, BeforeValidator(instant), PlainSerializer(rfc3339, return_type=str)]
