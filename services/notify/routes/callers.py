"""Who is asking, and in which tongue do they want the answer?"""

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.notify.domain.callers import Caller
from shared.runtime.bodies import read_body, read_json
from shared.runtime.callers import bearer, is_publisher_key
from shared.runtime.problems import Problem

#: A key made a moment ago may be ahead of the event that tells us of it.
KEY_GRACE_S: Final = 1.0
KEY_POLL_S: Final = 0.05
FORM_MAX: Final = 64 * 1024
#: What every page forbids the browser: nothing from elsewhere, no frame around it.
GUARDED: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
#: For pages that belong to one person: not stored, not indexed, and their address is told to nobody.
PRIVATE: Final = {**GUARDED, "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


class Directory(Protocol):
    """Knows keys."""

    async def caller(self, key: str) -> Caller | None:
        """Who holds this key."""


class Pages(Protocol):
    """Renders the theme's templates, and has its words."""

    @property
    def strings(self) -> Mapping[str, str]:
        """The catalogue of the site's language."""

    def page(self, template: str, **context: object) -> bytes:
        """A whole document."""


class Callers:
    """Who is asking? The admin, or the publisher that holds the key."""

    def __init__(self, directory: Directory, admin_key: str) -> None:
        """`directory`: the copy that events feed."""
        self._directory = directory
        self._admin_key = admin_key

    async def who(self, request: Request) -> Caller:
        """The caller; Problem 401 without a valid key."""
        key = bearer(request)
        if key is None:
            raise Problem(401, detail="Send `Authorization: Bearer <key>`.")
        if hmac.compare_digest(key.encode(), self._admin_key.encode()):
            return Caller.admin()
        for _ in range(int(KEY_GRACE_S / KEY_POLL_S)):
            caller = await self._directory.caller(key)
            if caller is not None:
                return caller
            if not is_publisher_key(key):
                break
            await asyncio.sleep(KEY_POLL_S)
        raise Problem(401, detail="This key is unknown, rotated away or disabled.")

    async def admin(self, request: Request) -> None:
        """Problem 403 for anybody but the admin."""
        if not (await self.who(request)).is_admin:
            raise Problem(403, detail="This needs the admin key.")

    async def reader(self, request: Request) -> Caller:
        """The admin, or a publisher whose key may read; Problem 403 otherwise."""
        caller = await self.who(request)
        if "read" not in caller.scopes:
            raise Problem(403, detail="This needs a key with the scope `read`.")
        return caller


def speaks_json(request: Request) -> bool:
    """Does a program ask, rather than a browser's form?"""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    accepts = request.headers.get("accept", "")
    return kind == "application/json" or kind.endswith("+json") or accepts.startswith("application/json")


async def fields(request: Request) -> dict[str, Any]:
    """The fields of a form (lists of texts) or of a JSON object; Problem 400, 413, 415, 422."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            text = (await read_body(request, FORM_MAX)).decode()
        except UnicodeDecodeError:
            raise Problem(400, "Invalid UTF-8", "The body is not UTF-8 text.") from None
        return dict(parse_qs(text, keep_blank_values=True, max_num_fields=200))
    if kind == "multipart/form-data":
        form = await request.form(max_files=0, max_fields=200)
        return {name: [str(one) for one in form.getlist(name)] for name in form}
    if not kind and request.headers.get("content-length", "") == "0":
        return {}
    found = await read_json(request, FORM_MAX)
    if not isinstance(found, dict):
        raise Problem(422, "Invalid fields", "Send a JSON object.", [("", "must be an object")])
    return found


def html(body: bytes, status: int = 200) -> HTMLResponse:
    """A private page."""
    return HTMLResponse(body, status, headers=PRIVATE)
