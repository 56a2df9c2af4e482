"""What did a reader post, and may it be posted here?"""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.formparsers import MultiPartException, MultiPartParser

from services.site.domain.changes import EXPIRED_NOTE
from shared.runtime.bodies import read_body, read_json
from shared.runtime.callers import from_another_site
from shared.runtime.problems import Problem

#: Bytes of a posted comment: 5,000 letters, each percent-encoded four bytes long, and the rest.
LONGEST_POST: Final = 128 * 1024
OTHER_SITE: Final = "Comments are taken from this site's own pages only."
NO_STORY: Final = "There is no story at this address."
CLOSED: Final = "Comments on this story are closed."


def speaks_json(request: Request) -> bool:
    """Does a program post, which wants JSON back? As notify judges it: JSON was sent, or is what is asked for first."""
    return _is_json(request) or request.headers.get("accept", "").lower().startswith("application/json")


def _is_json(request: Request) -> bool:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return sent == "application/json" or sent.endswith("+json")


def refuse_other_sites(request: Request, public_url: str) -> None:
    """A browser says from which site a form was sent; a form on another site must not comment in a reader's name."""
    if from_another_site(request, public_url):
        raise Problem(403, detail=OTHER_SITE)


def refuse_closed(story: Mapping[str, Any] | None) -> None:
    """404, 410 or 403 for a story that takes no comments."""
    if story is None:
        raise Problem(404, detail=NO_STORY)
    if story["state"] != "live":
        raise Problem(410, detail=EXPIRED_NOTE)
    if not story["comments_open"]:
        raise Problem(403, detail=CLOSED)


async def fields(request: Request) -> Mapping[str, object]:
    """The fields, whichever way they were sent: 413, 415, 400 when they cannot be read."""
    if _is_json(request):
        sent = await read_json(request, LONGEST_POST)
        if not isinstance(sent, dict):
            raise Problem(422, "Invalid fields", "Send a JSON object.", [("", "must be an object")])
        return sent
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"", "application/x-www-form-urlencoded", "multipart/form-data"}:
        raise Problem(415, detail="Send a form (application/x-www-form-urlencoded or multipart/form-data) or JSON.")
    body = await read_body(request, LONGEST_POST)
    if kind == "multipart/form-data":
        return await _parts(request, body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise Problem(400, detail="The form is not UTF-8 text of at most 50 fields.") from None
    return dict(pairs)


async def _parts(request: Request, body: bytes) -> Mapping[str, object]:
    async def whole() -> AsyncGenerator[bytes]:
        yield body

    try:
        form = await MultiPartParser(request.headers, whole(), max_files=0, max_fields=50).parse()
    except (MultiPartException, KeyError) as error:
        raise Problem(400, detail=f"The form cannot be read: {error}.") from None
    return dict(form.items())
