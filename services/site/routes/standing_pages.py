"""What do the pages say that every footer links, and the assets of the theme?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from fastapi import Request

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.domain.addresses import wire_form
from services.site.domain.answers import Gone
from services.site.domain.changes import EXPIRED_NOTE
from services.site.domain.entries import FOREVER, REVALIDATE, Entry, page_entry
from services.site.routes.readers import made
from shared import clock
from shared.events import WITHDRAWN
from shared.pages import Page, encoded, encodings
from shared.settings import Settings
from shared.theme import Asset, Theme


def pinned(theme: Theme, settings: Settings) -> dict[str, Entry]:
    """Answers that never change while the process runs: assets, favicon, imprint, privacy, about.

    An asset has a second address without its hash, for pages that were made with an earlier theme.
    """
    started = int(clock.now().timestamp())
    assets = {f"/assets/{name}": replace(theme.assets[path], immutable=False) for name, path in theme.addresses.items()}
    entries = {path: _asset(asset, started) for path, asset in (assets | dict(theme.assets)).items()}
    pages = {
        path: theme.page("message.html", title=title, paragraphs=paragraphs)
        for path, (title, paragraphs) in _texts(theme, settings).items()
    }
    pages["/about/"] = theme.page("about.html")
    for path, body in pages.items():
        entries[path] = _asset(Asset("text/html; charset=utf-8", body, immutable=False), started)
    return entries


def gone_page(theme: Theme) -> Callable[[Gone], bytes]:
    """The page of a withdrawn or expired story: our name, the date, what the public is told, whom to ask."""

    def page(gone: Gone) -> bytes:
        return theme.page("gone.html", date=theme.date(gone.at), note=_told(theme, gone.note), noindex=True)

    return page


def corrections(theme: Theme, addresses: SqlAddresses) -> Callable[[Request], Awaitable[Entry]]:
    """`/corrections/`: what was put right or withdrawn, newest first."""
    started = int(clock.now().timestamp())  # the words may have changed since the last start

    async def page(request: Request) -> Entry:
        del request
        rows = await addresses.corrections()
        # What a story lost by expiring, or got back, is a change of this page, too.
        changes = [int(row[when].timestamp()) for row in rows for when in ("at", "changed_at")]
        body = theme.page("corrections.html", entries=[_entry(theme, row) for row in rows if _is_told(row)])
        return made(body, modified=max(started, *changes) if changes else started)

    return page


def _told(theme: Theme, note: object) -> object:
    """What the newsroom says of it; where it says nothing, the site does in its own words."""
    key = {EXPIRED_NOTE: "gone_expired", WITHDRAWN: "gone_text"}.get(str(note))
    return theme.strings[key] if key else note


def _is_told(row: Mapping[str, object]) -> bool:
    """Of a withdrawn story only the withdrawal, of an expired one nothing; of one that is back no withdrawal."""
    return row["state"] == ("killed" if row["kind"] == "withdrawn" else "live")


def _entry(theme: Theme, row: Mapping[str, object]) -> dict[str, object]:
    is_withdrawn = row["kind"] == "withdrawn"
    return {
        "date": theme.date(row["at"]),  # type: ignore[arg-type]  # an Instant
        "headline": None if is_withdrawn else row["headline"],
        "path": None if is_withdrawn else wire_form(str(row["path"])),
        "kind": row["kind"],
        "note": _told(theme, row["note"]),
    }


def _asset(asset: Asset, modified: int) -> Entry:
    etag = Page(asset.content_type, asset.body).name
    parts = encodings(asset.body, asset.content_type)
    return page_entry(
        content_type=asset.content_type,
        encodings=parts,
        etag=etag,
        modified=modified,
        cache=FOREVER if asset.immutable else REVALIDATE,
        encode=partial(encoded, asset.body) if len(parts) > 1 else None,
    )


def _texts(theme: Theme, settings: Settings) -> dict[str, tuple[str, list[str]]]:
    words = theme.strings
    contact = f"{words['contact']}: {settings.contact_email}" if settings.contact_email else ""
    imprint = [settings.imprint or settings.site_title, settings.postal_address, contact]
    privacy = [words["privacy_text"], words["privacy_mail_text"], contact]
    return {
        "/imprint/": (words["imprint"], [text for text in imprint if text]),
        "/privacy/": (words["privacy"], [text for text in privacy if text]),
    }
