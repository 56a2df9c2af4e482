"""What do the pages say that every footer links, and the assets of the theme?"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request, Response

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.domain.addresses import wire_form
from services.site.domain.answers import Gone
from services.site.domain.entries import FOREVER, REVALIDATE, Entry, page_entry
from services.site.routes.readers import html
from shared.pages import Page, encodings
from shared.settings import Settings
from shared.theme import Asset, Theme


def pinned(theme: Theme, settings: Settings) -> dict[str, Entry]:
    """Answers that never change while the process runs: assets, favicon, imprint, privacy, about."""
    entries = {path: _asset(asset) for path, asset in theme.assets.items()}
    favicon = next((asset for path, asset in theme.assets.items() if "favicon" in path), None)
    if favicon is not None:
        entries["/favicon.ico"] = _asset(favicon)
    for path, (title, paragraphs) in _texts(theme, settings).items():
        body = theme.page("message.html", title=title, paragraphs=paragraphs)
        entries[path] = _asset(Asset("text/html; charset=utf-8", body, immutable=False))
    return entries


def gone_page(theme: Theme) -> Callable[[Gone], bytes]:
    """The page of a withdrawn or expired story: our name, the date, what the public is told, whom to ask."""
    return lambda gone: theme.page("gone.html", date=theme.date(gone.at), note=gone.note, noindex=True)


def corrections(theme: Theme, addresses: SqlAddresses) -> Callable[[Request], Awaitable[Response]]:
    """`/corrections/`: what was put right or withdrawn, newest first."""

    async def page(request: Request) -> Response:
        del request
        rows = await addresses.corrections()
        return html(theme.page("corrections.html", entries=[_entry(theme, row) for row in rows if _is_told(row)]))

    return page


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
        "note": row["note"],
    }


def _asset(asset: Asset) -> Entry:
    etag = Page(asset.content_type, asset.body).name
    parts = encodings(asset.body, asset.content_type)
    cache = FOREVER if asset.immutable else REVALIDATE
    return page_entry(content_type=asset.content_type, encodings=parts, etag=etag, cache=cache)


def _texts(theme: Theme, settings: Settings) -> dict[str, tuple[str, list[str]]]:
    words = theme.strings
    contact = f"{words['contact']}: {settings.contact_email}" if settings.contact_email else ""
    imprint = [settings.imprint or settings.site_title, settings.postal_address, contact]
    about = [settings.site_title, words.get("about_text", ""), settings.imprint, contact]
    privacy = [words.get("privacy_text", PRIVACY), words.get("privacy_mail_text", PRIVACY_MAIL), contact]
    return {
        "/imprint/": (words["imprint"], [text for text in imprint if text]),
        "/privacy/": (words["privacy"], [text for text in privacy if text]),
        "/about/": (words["about"], [text for text in about if text]),
    }


PRIVACY = (
    "This site sets no cookies, loads nothing from other sites and does not follow what you read. A comment is kept "
    "with the name, the website and the text that you entered, which are shown, and your e-mail address, which is not."
)
PRIVACY_MAIL = (
    "A subscription keeps your e-mail address and what you chose until you unsubscribe. Messages carry no tracking "
    "pixel and no rewritten links. Ask the newsroom to see, correct or erase what is kept about you."
)
