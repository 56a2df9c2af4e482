"""In which tongue does a caller ask and want the answer: a form and a page, or JSON?"""

from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.runtime.bodies import read_body, read_json
from shared.runtime.problems import Problem

FORM_MAX: Final = 64 * 1024
#: What every page forbids the browser: nothing from elsewhere, no frame around it.
GUARDED: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
#: For pages that belong to one person: not stored, not indexed, and their address is told to nobody.
PRIVATE: Final = {**GUARDED, "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


class Pages(Protocol):
    """Renders the theme's templates, and has its words."""

    @property
    def strings(self) -> Mapping[str, str]:
        """The catalogue of the site's language."""

    def page(self, template: str, **context: object) -> bytes:
        """A whole document."""


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
