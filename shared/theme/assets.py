"""Which files does a page load, and under which addresses?

Names carry a hash of the content, so that they are cached for ever and a new theme is seen at once. Two addresses are
fixed because browsers and manifests expect them: `/favicon.svg` and `/site.webmanifest`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from shared.theme.files import text

#: The style sheet of every page, and the one of a newsroom's own that is appended to it: a second file would be a
#: second request that the first picture of a page waits for.
SHEET, EXTRA = "site.css", "extra.css"
FAVICON, MANIFEST = "/favicon.svg", "/site.webmanifest"

#: Not from the `mimetypes` module: that reads the machine's own tables, and bytes must not depend on the machine.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_CSS_ADDRESS = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the theme as the site serves it; `immutable`: its address changes with its content."""

    content_type: str
    body: bytes
    immutable: bool = True


def address(name: str, body: bytes) -> str:
    """`site.css` → `/assets/site.3f9a0c12de.css`."""
    path = PurePosixPath(name)
    digest = hashlib.sha256(body).hexdigest()[:10]
    return f"/assets/{path.with_name(f'{path.stem}.{digest}{path.suffix}')}"


def published(files: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, Asset]]:
    """Give every asset its address: name → address, address → asset. `url(name)` in style sheets is followed."""
    files = dict(files)
    if EXTRA in files:
        files[SHEET] = files.get(SHEET, b"") + b"\n" + files.pop(EXTRA)
    names: dict[str, str] = {}
    assets: dict[str, Asset] = {}
    # Style sheets last: their hash must change when a picture that they name changes.
    for name in sorted(files, key=lambda name: (name.endswith(".css"), name)):
        body = files[name]
        if name.endswith(".css"):
            body = _CSS_ADDRESS.sub(lambda hit: f'url("{names.get(hit[1], hit[1])}")', text(name, body)).encode()
        names[name] = address(name, body)
        suffix = PurePosixPath(name).suffix.lower()
        assets[names[name]] = Asset(_TYPES.get(suffix, "application/octet-stream"), body)
    return names, assets


def manifest(title: str, language: str, direction: str, paper: str) -> Asset:
    """What a phone needs to put the site on its home screen. Without `paper` it chooses the colours itself."""
    described = {
        "name": title,
        "short_name": title[:12],
        "lang": language,
        "dir": direction,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        **({"background_color": paper, "theme_color": paper} if paper else {}),
        "icons": [
            {"src": FAVICON, "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            *(
                {"src": f"/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
                for purpose in ("any", "maskable")
                for size in (192, 512)
            ),
        ],
    }
    body = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()
    return Asset("application/manifest+json", body, immutable=False)
