"""Which fields does a call take, and what is wrong with them?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from services.notify.domain.addresses import parse_address
from services.notify.domain.cadence import Cadence
from services.notify.domain.people import Wish
from services.notify.domain.topics import ALL, Topic, parse_topic
from shared.runtime.problems import Problem

CADENCES: Final = get_args(Cadence)
TOPICS_MAX: Final = 100


@dataclass(slots=True)
class Checked:
    """What was understood of a request, and (field, JSON Pointer, message) of what was not."""

    email: str = ""
    wish: Wish = field(default_factory=lambda: Wish((ALL,)))
    errors: list[tuple[str, str, str]] = field(default_factory=list)

    def raise_errors(self, at: str = "") -> None:
        """Problem 422 when anything is wrong; `at` is the pointer of the object."""
        if self.errors:
            errors = [(at + path, message) for _, path, message in self.errors]
            detail = "; ".join(f"{path}: {message}" for path, message in errors[:3])
            raise Problem(422, "Invalid fields", detail, errors)


def subscription(given: Mapping[str, Any], *, strict: bool, with_email: bool = True) -> Checked:
    """`email`, `topics`, `cadence` of a form or a JSON object. `strict`: other fields are wrong."""
    checked = Checked()
    if with_email:
        try:
            checked.email = parse_address(_single(given.get("email")))
        except ValueError as error:
            checked.errors.append(("email", "/email", str(error)))
    topics = _topics(given, checked)
    cadence = _single(given.get("cadence", "instant"))
    if cadence not in CADENCES:
        checked.errors.append(("cadence", "/cadence", "must be instant, daily or weekly"))
        cadence = "instant"
    if strict:
        unknown = sorted(set(given) - {"email", "topics", "cadence"})
        checked.errors += [("", f"/{name}", "unknown field") for name in unknown]
    checked.wish = Wish(tuple(dict.fromkeys(topics)), cadence)  # type: ignore[arg-type]  # checked above
    return checked


def spoken(checked: Checked, given: Mapping[str, Any], words: Mapping[str, str]) -> list[dict[str, str]]:
    """What is wrong, for a page: one line a field, in the site's words. Programs are told the rules instead."""
    keys = {
        "email": "field_email" if _single(given.get("email")).strip() else "field_required",
        "topics": "field_topics",
        "cadence": "field_cadence",
    }
    wrong = dict.fromkeys(name for name, _, _ in checked.errors)
    return [{"field": name, "message": words[keys[name]]} for name in wrong if name in keys]


def _topics(given: Mapping[str, Any], checked: Checked) -> list[Topic]:
    texts = given.get("topics")
    if texts is None or texts == []:
        return [ALL]
    listed: Sequence[Any] = [texts] if isinstance(texts, str) else texts
    if not isinstance(listed, list) or len(listed) > TOPICS_MAX:
        checked.errors.append(("topics", "/topics", f"must be a list of at most {TOPICS_MAX} topics"))
        return []
    found: list[Topic] = []
    for index, text in enumerate(listed):
        try:
            found.append(parse_topic(text if isinstance(text, str) else ""))
        except ValueError as error:
            checked.errors.append(("topics", f"/topics/{index}", str(error)))
    return found


def _single(value: object) -> str:
    """The text of a JSON field, or of the last of a form's fields of that name."""
    if isinstance(value, list) and value:
        value = value[-1]
    return value if isinstance(value, str) else ""
