"""How are outcomes said in HTTP?"""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.domain.commands import Precondition
from services.ingest.domain.problems import InvalidFields, Refused
from services.ingest.domain.standing import Accepted, Standing, Unchanged
from shared.runtime.problems import Problem

#: The longest that `Prefer: wait` may ask for, in seconds.
LONGEST_WAIT: Final = 60

_WAIT: Final = re.compile(r"\s*wait\s*=\s*\"?(\d{1,6})\"?\s*", re.IGNORECASE)
_ETAG: Final = re.compile(r'\s*"?(\d{1,9})"?\s*')


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute addresses of what belongs to a story."""

    public_url: str

    def of(self, publisher: str, external_id: str, story_id: str, path: str, *, admin: bool) -> dict[str, str]:
        """Where the story, its trace and its page are."""
        whose = f"?publisher={quote(publisher)}" if admin else ""
        return {
            "self": f"{self.public_url}/v1/stories/{external_id}{whose}",
            "trace": f"{self.public_url}/v1/traces/{story_id}",
            "page": self.page(path),
        }

    def page(self, path: str) -> str:
        """A page's address; what is not ASCII is percent-encoded."""
        return self.public_url + quote(path, safe="/~!$&'()*+,;=:@-._")


def told(outcome: Accepted | Unchanged, links: Links, *, admin: bool) -> dict[str, Any]:
    """An accepted or unchanged revision as JSON."""
    newest = outcome.standing.newest
    identity = newest.identity
    answer: dict[str, Any] = {
        "story_id": identity.story_id,
        "external_id": identity.external_id,
        "revision": newest.revision,
        "status": _status(outcome),
        "links": links.of(identity.publisher, identity.external_id, identity.story_id, newest.path, admin=admin),
        "warnings": list(outcome.warnings) if isinstance(outcome, Accepted) else [],
    }
    if newest.receipt is not None:
        answer["receipt"] = newest.receipt
        answer["links"]["receipt"] = f"{links.public_url}/v1/receipts/{newest.receipt}"
    return answer


def live_status(standing: Standing) -> str:
    """The status of a revision that was just proven."""
    return {"kill": "killed", "expire": "expired"}.get(standing.newest.action, "live")


def problem(refused: Refused) -> Problem:
    """A refusal as a problem document."""
    return Problem(refused.status, refused.title, refused.detail, refused.errors)


def invalid(fields: InvalidFields) -> Problem:
    """Faults of fields as a problem document."""
    return problem(fields.refusal)


def json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON
    """An answer that no cache keeps."""
    told = {"Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(content), status, told, "application/json")


def etag(revision: int) -> str:
    """A revision as a strong validator."""
    return f'"{revision}"'


def wait_seconds(request: Request) -> int | None:
    """`Prefer: wait=N` (RFC 7240, §4.3); None without it."""
    for header in request.headers.getlist("prefer"):
        for preference in re.split("[,;]", header):
            if found := _WAIT.fullmatch(preference):
                return min(int(found[1]), LONGEST_WAIT)
    return None


def precondition(request: Request) -> Precondition:
    """`If-Match` and `If-None-Match: *` (RFC 9110, §13.1). A validator that is none of ours matches nothing."""
    absent = request.headers.get("if-none-match", "").strip() == "*"
    match = request.headers.get("if-match")
    if match is None:
        return Precondition(absent=absent)
    if match.strip() == "*":
        return Precondition(exists=True, absent=absent)
    found = [_ETAG.fullmatch(one) for one in match.split(",")]
    return Precondition(match=frozenset(int(one[1]) for one in found if one), absent=absent)


def not_modified(request: Request, revision: int) -> bool:
    """Does the caller hold this revision already (`If-None-Match`, RFC 9110, §13.1.2: compared weakly)?"""
    held = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in held or etag(revision) in held


def _status(outcome: Accepted | Unchanged) -> str:
    if isinstance(outcome, Unchanged):
        return "unchanged"
    return "scheduled" if outcome.standing.newest.release_at else "accepted"
