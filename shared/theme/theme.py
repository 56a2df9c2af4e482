"""How does a plain dict become a page?"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from minijinja import Environment, Markup, TemplateError, escape

from shared.theme.assets import FAVICON, MANIFEST, SHEET, Asset, manifest, published
from shared.theme.catalogue import direction, load, written
from shared.theme.files import ThemeError, read_all, read_one, text
from shared.theme.paper import paper

SocialLinks = Mapping[str, str] | Sequence[tuple[str, str]]
_WORD = re.compile(r"\{\{ t\.(\w+) \}\}")
#: A word or two and a colon, which French sets off with a space; no web address.
_LABEL = re.compile(r"\s*[^\W\d_][^\s:]*(?:\s[^\s:]+)?\s?[:：](?!//)")  # noqa: RUF001 - the colon of Chinese and Japanese
_LABEL_LONGEST = 25
FONT = "fonts/headline.ttf"
#: How many formatted dates are kept.
_DATES = 4096
#: Rendered once: they say the same on every page, and a page is rendered far more often than a theme is made.
_CONSTANT_PARTS = ("head", "masthead", "footer")


class ThemeSettings(Protocol):
    """The settings that a theme reads; `shared.settings.Settings` has them."""

    @property
    def site_title(self) -> str: ...
    @property
    def public_url(self) -> str: ...
    @property
    def site_language(self) -> str: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def social_links(self) -> SocialLinks: ...
    @property
    def imprint(self) -> str | None: ...
    @property
    def postal_address(self) -> str | None: ...
    @property
    def contact_email(self) -> str | None: ...
    @property
    def theme_dir(self) -> Path | None: ...


class Theme:
    """Templates, assets and words, read once. Immutable afterwards, so that all services may share one.

    `assets`: address → Asset, all that the site serves for the theme; `addresses`: name → address. `strings`: the
    catalogue of the site's language. `fingerprint`: the same as long as the same context gives the same page.
    """

    assets: Mapping[str, Asset]
    addresses: Mapping[str, str]
    strings: Mapping[str, str]
    fingerprint: str

    def __init__(
        self,
        *,
        title: str,
        url: str,
        language: str = "en",
        zone: ZoneInfo,
        social_links: SocialLinks = (),
        imprint: str | None = None,
        postal_address: str | None = None,
        contact_email: str | None = None,
        directory: Path | None = None,
    ) -> None:
        """Read every file of the theme; ThemeError when one is broken.

        Args:
            title: the site's name.
            url: its public address, without a slash at the end.
            language: BCP 47 tag; chooses the catalogue.
            zone: in which shown times are.
            social_links: (name, address) pairs, or a mapping of them.
            imprint: who publishes the site, plain text.
            postal_address: likewise.
            contact_email: shown as the way to reach the newsroom.
            directory: `THEME_DIR`; its `templates/`, `assets/` and `strings/` replace ours by name.
        """
        self._directory = directory
        self.strings = load(language, directory)
        names, assets = published(read_all("assets", directory))
        self.addresses = MappingProxyType(names)
        look = paper(assets[names[SHEET]].body.decode())
        site: dict[str, object] = {
            "title": title,
            "url": url.rstrip("/"),
            "language": language,
            "locale": language.replace("-", "_"),
            "dir": direction(language),
            "social": social(social_links),
            "imprint": imprint or "",
            "postal_address": postal_address or "",
            "contact_email": contact_email or "",
            "contact": f"mailto:{contact_email}" if contact_email else "/imprint/",
            "assets": names,
            "paper": look.day,
            "paper_dark": look.night,
        }
        # What only mails say changes no page.
        said = {key: words for key, words in self.strings.items() if not key.startswith("mail_")}
        self.fingerprint = _fingerprint(repr((site, str(zone), said)), read_all("templates", directory))
        self._environment = _environment(directory, self.strings)
        # A list shows nineteen moments that it has shown before.
        self._date = lru_cache(_DATES)(partial(written, zone=zone, strings=self.strings))
        self._environment.add_global("t", dict(self.strings))
        self._environment.add_global("site", site)
        parts = {part: Markup(self._render(f"parts/{part}.html", {})) for part in _CONSTANT_PARTS}
        assets[FAVICON] = Asset("image/svg+xml", self.page("favicon.svg"), immutable=False)
        assets[MANIFEST] = manifest(title, language, direction(language), look.day)
        self._environment.add_global("site", site | parts)
        self.assets = MappingProxyType(assets)

    @classmethod
    def of(cls, settings: ThemeSettings) -> Self:
        """The theme that the settings ask for."""
        return cls(
            title=settings.site_title,
            url=settings.public_url,
            language=settings.site_language,
            zone=settings.zone,
            social_links=settings.social_links,
            imprint=settings.imprint,
            postal_address=settings.postal_address,
            contact_email=settings.contact_email,
            directory=settings.theme_dir,
        )

    def page(self, template: str, **context: object) -> bytes:
        """Render a template to a whole UTF-8 document. Values are escaped, except those that CONTEXTS.md calls safe.

        The same context gives the same bytes. ThemeError when the template is missing or cannot be rendered.
        """
        return self._render(template, context).encode()

    def font(self) -> bytes:
        """The font of drawn headlines (share cards, icons), a TrueType or OpenType file."""
        return read_one(FONT, self._directory)

    def date(self, at: datetime) -> dict[str, str]:
        """A moment as templates want it: `{"iso": …, "text": "23 November 2026, 14:05", "day": …, "zone": "UTC"}`.

        `day` has no time. The dict is shared: not to be changed.
        """
        return self._date(at)

    def _render(self, template: str, context: Mapping[str, object]) -> str:
        try:
            html = self._environment.render_template(template, **context)
        except TemplateError as error:
            raise ThemeError(f"template {template}: {error}") from error
        # The engine escapes the slash as well, which no HTML context needs: every address would be a third longer.
        return html.replace("&#x2f;", "/")


def _fingerprint(said: str, templates: Mapping[str, bytes]) -> str:
    seen = sha256(said.encode())
    for name, body in sorted(templates.items()):
        seen.update(f"{name}:{len(body)}:".encode() + body)
    return seen.hexdigest()


def social(links: SocialLinks) -> list[dict[str, str]]:
    """The links of *Connect with us* as `{name, url}`; what is no web address is left out, it could be a script."""
    pairs = links.items() if isinstance(links, Mapping) else links
    return [{"name": name, "url": url} for name, url in pairs if url.startswith(("https://", "http://"))]


def fields(errors: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The first message for each field that is wrong; a filter, so that a form can mark its fields."""
    return {error["field"]: error["message"] for error in reversed(errors) if error.get("field")}


def labelled(credit: str) -> bool:
    """Does a credit say itself what it is (*Illustration: …*)? A filter, so that ours does not stand before it."""
    found = _LABEL.match(credit)
    return found is not None and found.end() <= _LABEL_LONGEST


def _environment(directory: Path | None, strings: Mapping[str, str]) -> Environment:
    """The engine with every template compiled. `{{ t.key }}` is put in beforehand: words are the same on every page."""

    def word(place: re.Match[str]) -> str:
        return str(escape(strings[place[1]])) if place[1] in strings else place[0]

    environment = Environment(
        filters={"fields": fields, "labelled": labelled, "direction": direction},
        debug=False,
        undefined_behavior="chainable",
        auto_escape_callback=lambda _name: "html",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name, body in read_all("templates", directory).items():
        try:
            environment.add_template(name, _WORD.sub(word, text(f"templates/{name}", body)))
        except TemplateError as error:
            raise ThemeError(f"template {name}: {error}") from error
    return environment
