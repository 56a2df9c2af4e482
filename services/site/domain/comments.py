"""Is this a comment, and how does it look on a page?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

LONGEST_NAME: Final = 100
LONGEST_EMAIL: Final = 254
LONGEST_WEBSITE: Final = 500
LONGEST_COMMENT: Final = 5000
#: `notify`: tell me of answers; `save` concerns the reader's browser only, and is kept when a form comes back.
FIELDS: Final = ("name", "email", "website", "comment", "parent", "notify", "save")
#: WordPress's names for the same fields.
ALIASES: Final = {"author": "name", "url": "website", "comment_parent": "parent", "body": "comment"}
#: A comment with more links than this is spam, and so is one whose name has any.
MOST_LINKS: Final = 3
#: The words of a text shorter than this (letters and digits) may be anybody's: *Thank you!*
KNOWN_AGAIN: Final = 40
#: Invisible on the page; only machines fill it in.
HONEYPOT: Final = "subject"

_EMAIL: Final = re.compile(
    r"[^@\s\x00-\x1f<>,;:\"()\[\]\\]+@[^@\s\x00-\x1f<>,;:\"()\[\]\\.]+(?:\.[^@\s<>,;:\"()\[\]\\.]+)+"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS: Final = re.compile(r"\n\s*\n")
_SPACES: Final = re.compile(r"\s+")
_LINK: Final = re.compile(r"https?://|(?<![\w/.])www\.", re.IGNORECASE)
_NO_WORD: Final = re.compile(r"[\W_]+")
_TICKED: Final = frozenset({"yes", "true", "on", "1"})


@dataclass(frozen=True, slots=True)
class Comment:
    """A valid comment, as it will be held."""

    name: str
    email: str
    website: str | None
    comment: str
    parent: int | None
    is_spam: bool = False
    wants_answers: bool = False


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, in English; `word` and `longest`: the same for a catalogue of another language."""

    field: str
    message: str
    word: str = ""
    longest: int = 0


NO_EMAIL: Final = FieldError("email", "Enter an e-mail address.", "field_email")
NO_WEBSITE: Final = FieldError("website", "Enter an address that starts with http:// or https://.", "field_website")
NO_PARENT: Final = FieldError("parent", "This comment cannot be replied to.", "field_parent")


def named(form: Mapping[str, object]) -> dict[str, str]:
    """The fields under our names, as text; our name wins over its alias."""
    values = {name: _text(form.get(name)) for name in (*FIELDS, HONEYPOT)}
    for alias, name in ALIASES.items():
        values[name] = values[name] or _text(form.get(alias))
    return values


def judge(values: Mapping[str, str]) -> Comment | tuple[FieldError, ...]:
    """The comment, or every reason why it is none."""
    name = _SPACES.sub(" ", values["name"]).strip()
    email, website = values["email"].strip(), values["website"].strip()
    comment = values["comment"].replace("\r\n", "\n").replace("\r", "\n").strip()
    parent = values["parent"].strip()
    found = (
        _length("name", name, LONGEST_NAME),
        _length("email", email, LONGEST_EMAIL) or _shape(_EMAIL.fullmatch(email), NO_EMAIL),
        _shape(not website or _is_website(website), NO_WEBSITE),
        _length("comment", comment, LONGEST_COMMENT),
        _shape(not parent or number(parent) is not None, NO_PARENT),
    )
    errors = tuple(error for error in found if error)
    if errors:
        return errors
    return Comment(
        name,
        email,
        website or None,
        comment,
        number(parent) or None,
        is_spam=bool(values.get(HONEYPOT)) or has_many_links(name, comment),
        wants_answers=values.get("notify", "").strip().lower() in _TICKED,
    )


def has_many_links(name: str, comment: str) -> bool:
    """Does it link more than a reader would? Editors look at it last, and may approve it all the same."""
    return len(_LINK.findall(comment)) > MOST_LINKS or _LINK.search(name) is not None


def words_of(comment: str) -> str:
    """The letters and digits of a comment, which a different greeting mark or spacing does not change.

    Empty when they are too few to say that two people will not have written the same.
    """
    words = _NO_WORD.sub("", comment).casefold()
    return words if len(words) >= KNOWN_AGAIN else ""


def number(text: str) -> int | None:
    """The number of a comment; None for anything else."""
    fits = text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - fits a 64-bit column
    return int(text) if fits else None


def to_html(comment: str) -> str:
    """Plain text as escaped paragraphs; nothing becomes a link."""
    paragraphs = (part.strip() for part in _BREAKS.split(comment))
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)


def _text(value: object) -> str:
    return _CONTROL.sub("", value) if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _length(field: str, value: str, longest: int) -> FieldError | None:
    if not value:
        return FieldError(field, "This field is required.", "field_required")
    if len(value) > longest:
        return FieldError(field, f"At most {longest} characters.", "field_too_long", longest)
    return None


def _shape(good: object, error: FieldError) -> FieldError | None:
    return None if good else error


def _is_website(value: str) -> bool:
    if len(value) > LONGEST_WEBSITE or _SPACES.search(value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
