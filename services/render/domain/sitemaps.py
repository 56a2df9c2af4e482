"""What do search engines and crawlers read: sitemaps, the news sitemap, robots.txt, opensearch.xml?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.render.domain.feed import Frame
from services.render.domain.instants import rfc3339
from services.render.domain.lists import path_of
from services.render.domain.markup import element, escape, uri
from services.render.domain.site import Site

#: Stories of a chunk, which is made again when one of them changes, and chunks of a file: 50,000 addresses are the most
#: that the protocol allows. With addresses as long as ours may be (80 letters of three bytes each, encoded) that is
#: below its 50 MB, too.
CHUNK, CHUNKS = 1000, 50
NEWS_MOST = 1000
NEWS_HOURS = 48
INDEX_PATH, PAGES_PATH, NEWS_PATH = "/sitemap.xml", "/sitemap-pages.xml", "/news-sitemap.xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
#: What stands around the stories of a file.
FILE = Frame(f"{_HEAD}<urlset {_NAMESPACE}>\n".encode(), b"", b"</urlset>\n")


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A story in a sitemap; times are µs."""

    path: str
    updated: int
    headline: str = ""
    language: str = ""
    published: int = 0


def chunk_of(ordinal: int) -> int:
    """The chunk that holds a story: a new one touches only the last."""
    return (ordinal - 1) // CHUNK + 1


def file_of(chunk: int) -> int:
    """The file that holds a chunk."""
    return (chunk - 1) // CHUNKS + 1


def file_path(number: int) -> str:
    """The address of a file."""
    return f"/sitemap-{number}.xml"


def rows(entries: Iterable[SitemapEntry], site_url: str) -> bytes:
    """Stories as a file lists them."""
    return "".join(
        f"<url>{element('loc', uri(site_url + one.path))}<lastmod>{rfc3339(one.updated)}</lastmod></url>\n"
        for one in entries
    ).encode()


def pages(section_keys: Sequence[str], site: Site) -> bytes:
    """The front page, the sections, and what the newsroom says of itself."""
    paths = (*(path_of(key) for key in ("", *section_keys)), "/about/", "/corrections/")
    found = "".join(f"<url>{element('loc', site.url + path)}</url>\n" for path in paths)
    return f"{_HEAD}<urlset {_NAMESPACE}>\n{found}</urlset>\n".encode()


def index(files: Sequence[tuple[int, int | None]], site: Site) -> bytes:
    """The index: (file number, newest change in it). The lists change with the newest story."""
    newest = max((changed for _, changed in files if changed), default=None)
    named = [(PAGES_PATH, newest), *((file_path(number), changed) for number, changed in files)]
    found = [
        f"<sitemap>{element('loc', site.url + path)}{element('lastmod', rfc3339(at) if at else None)}</sitemap>\n"
        for path, at in named
    ]
    return f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{''.join(found)}</sitemapindex>\n".encode()


def news(entries: Sequence[SitemapEntry], site: Site) -> bytes:
    """Google's news sitemap: the last two days, newest first."""
    found = "".join(
        f"<url>{element('loc', uri(site.url + one.path))}<news:news><news:publication>"
        f"{element('news:name', site.title)}{element('news:language', iso639(one.language))}</news:publication>"
        f"<news:publication_date>{rfc3339(one.published)}</news:publication_date>"
        f"{element('news:title', one.headline)}</news:news></url>\n"
        for one in entries
    )
    space = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"{_HEAD}<urlset {_NAMESPACE} {space}>\n{found}</urlset>\n".encode()


def iso639(language: str) -> str:
    """A BCP 47 tag as the news sitemap wants it: ISO 639, except the two that name a script's country."""
    tag = language.replace("_", "-").lower()
    if tag in {"zh-cn", "zh-hans", "zh-hans-cn"}:
        return "zh-cn"
    if tag in {"zh-tw", "zh-hant", "zh-hant-tw"}:
        return "zh-tw"
    return tag.partition("-")[0]


def robots(site: Site) -> bytes:
    """Everything may be read but the console, the API and endless searches."""
    closed = "".join(f"Disallow: {path}\n" for path in ("/v1/", "/desk/", "/search", "/subscriptions/"))
    return f"User-agent: *\n{closed}\nSitemap: {site.url}{INDEX_PATH}\nSitemap: {site.url}{NEWS_PATH}\n".encode()


def opensearch(site: Site, placeholder: str) -> bytes:
    """The browser's search box (OpenSearch 1.1); it takes names of at most 16 characters."""
    template = escape(f"{site.url}/search?q=") + "{searchTerms}"
    page = escape("&page=") + "{startPage?}"
    return (
        f'{_HEAD}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"{element('ShortName', site.title[:16])}{element('LongName', site.title[:48])}"
        f"{element('Description', f'{site.title}: {placeholder}'[:1024])}"
        f'<Url type="text/html" rel="results" pageOffset="1" template="{template}{page}"/>'
        f'<Url type="application/rss+xml" rel="results" pageOffset="1" template="{template}&amp;format=rss{page}"/>'
        f'<Url type="application/opensearchdescription+xml" rel="self" template="{escape(site.url)}/opensearch.xml"/>'
        f'<Image type="image/svg+xml">{escape(site.url)}/favicon.svg</Image><Query role="example" searchTerms="news"/>'
        f"<SyndicationRight>open</SyndicationRight><AdultContent>false</AdultContent>"
        f"{element('Language', site.language)}"
        f"<OutputEncoding>UTF-8</OutputEncoding><InputEncoding>UTF-8</InputEncoding>"
        f"</OpenSearchDescription>\n"
    ).encode()
