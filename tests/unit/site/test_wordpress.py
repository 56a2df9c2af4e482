"""Do addresses that WordPress once gave out lead to what stands there today, in one step?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.wordpress import moved_for_good

SAME = [
    ("/", ""),
    ("/", "utm=1"),
    ("/", "p=12"),
    ("/", "feed=unknown"),
    ("/", "paged=1"),
    ("/", "paged=%D9%A2"),
    ("/", "&".join(["s=1"] * 60)),
    ("/tag/x/page/11/", ""),
    ("/page/2/", "utm=1"),
    ("/2026/11/23/x/", ""),
    ("/2026/11/23/x/feed/", ""),
    ("/2026/13/", ""),
    ("/section/a/", ""),
    ("/section/a/feed/", ""),
    ("/section/a/feed/atom/", ""),
    ("/section/a/page/2/", ""),
    ("/archives/12", ""),
    ("/wp-login.php", ""),
    ("/feed/", "paged=2"),
    ("/archive/2026/11/page/1/feed/", ""),
]
MOVED = [
    ("/", "s=", "/search?q="),
    ("/", "s=a%20b&x=1", "/search?q=a+b"),
    ("/", "s=a&paged=3", "/search?q=a&page=3"),
    ("/", "s=a&feed=rss2", "/search?q=a&format=rss"),
    ("/index.php", "s=a", "/search?q=a"),
    ("/index.php", "", "/"),
    ("/index.php", "p=12", "/?p=12"),
    ("/index.php/2026/11/23/x/", "", "/2026/11/23/x/"),
    ("/", "feed=rss2", "/feed/"),
    ("/", "feed=atom", "/feed/atom/"),
    ("/", "feed=comments-rss2", "/comments/feed/"),
    ("/", "category_name=news", "/section/news/"),
    ("/", "category_name=news/local&paged=2", "/section/local/page/2/"),
    ("/", "tag=caf%C3%A9&feed=rss2", "/tag/caf%C3%A9/feed/"),
    ("/", "author_name=ada-lind", "/author/ada-lind/"),
    ("/", "m=202611", "/archive/2026/11/"),
    ("/", "m=20261123", "/archive/2026/11/"),
    ("/", "paged=2", "/page/2/"),
    ("/page/2/", "s=a", "/search?q=a&page=2"),
    ("/page/1", "", "/"),
    ("/search/two%20words/".replace("%20", " "), "", "/search?q=two+words"),
    ("/search/x/feed/rss2/", "", "/search?q=x&format=rss"),
    ("/search/x/page/2/", "", "/search?q=x&page=2"),
    ("/search/", "q=x", "/search?q=x"),
    ("/category/a/", "", "/section/a/"),
    ("/category/a", "x=1", "/section/a/?x=1"),
    ("/category/a/feed/rss2/", "", "/section/a/feed/"),
    ("/category/a/feed/atom/", "", "/section/a/feed/atom/"),
    ("/category/a/page/2/", "", "/section/a/page/2/"),
    ("/category/a/page/1/", "", "/section/a/"),
    ("/section/news/local/", "", "/section/local/"),
    ("/feed/rss2/", "", "/feed/"),
    ("/tag/x/feed/rdf", "", "/tag/x/feed/"),
    ("/tag/x/page/01/", "", "/tag/x/"),
    ("/rss/", "", "/feed/"),
    ("/atom", "", "/feed/atom/"),
    ("/wp-rss2.php", "", "/feed/"),
    ("/wp-atom.php", "", "/feed/atom/"),
    ("/wp-commentsrss2.php", "", "/comments/feed/"),
    ("/comments/feed/rss2/", "", "/comments/feed/"),
    ("/comments/feed/atom/", "", "/comments/feed/"),
    ("/wp-sitemap.xml", "", "/sitemap.xml"),
    ("/sitemap_index.xml", "", "/sitemap.xml"),
    ("/2026/11/", "", "/archive/2026/11/"),
    ("/2026/11/23", "", "/archive/2026/11/"),
    ("/2026/11/page/3/", "", "/archive/2026/11/"),
    ("/2026/11/feed/", "", "/archive/2026/11/feed/"),
    ("/2026/11/feed/rss2/", "", "/archive/2026/11/feed/"),
    ("/2026/11/23/x/amp/", "", "/2026/11/23/x/"),
    ("/2026/11/23/caf\u00e9/amp/", "", "/2026/11/23/caf%C3%A9/"),
    ("/2026/11/23/x/embed/", "", "/2026/11/23/x/"),
    ("/2026/11/23/x/trackback/", "", "/2026/11/23/x/"),
    ("/2026/11/23/x/2/", "", "/2026/11/23/x/"),
    ("/2026/11/23/x/comment-page-2/", "", "/2026/11/23/x/#comments"),
    ("/2026/11/23/x/feed/atom/", "", "/2026/11/23/x/feed/"),
    ("/2026/11/23/x/feed/rss2/", "", "/2026/11/23/x/feed/"),
]


@pytest.mark.parametrize(("path", "query"), SAME)
def test_what_wordpress_never_moved_stays(path: str, query: str) -> None:
    assert moved_for_good(path, query) is None


@pytest.mark.parametrize(("path", "query", "target"), MOVED)
def test_old_addresses_lead_to_new_ones_in_one_step(path: str, query: str, target: str) -> None:
    assert moved_for_good(path, query) == target
    new, _, asked = target.partition("#")[0].partition("?")
    assert moved_for_good(new, asked) in {None, target}


@given(st.text().map(lambda text: "/" + text.replace("\x00", "")), st.text(alphabet="sp=&%1tagm/\\"))
def test_no_address_leads_out_of_the_site_or_breaks_a_header(path: str, query: str) -> None:
    target = moved_for_good(path, query)
    assert target is None or (target.startswith("/") and not set(target) & set("\r\n\\") - set(query))
