"""Does a story's page have everything that it should, nothing that it should not, and is every link alive?"""

import io
import json
from typing import Any
from urllib.parse import urljoin

import pytest
from lxml import html  # type: ignore[import-untyped]  # it has no types
from PIL import Image

from shared import clock
from tests.servers.http import Receiver, Reply
from tests.servers.publisher import Publisher, document, path_of, words_in

HOSTILE = """
<script>evil()</script><style>p{display:none}</style><iframe src="https://evil.example/"></iframe>
<p onclick="evil()" style="color:red">Plain <a href="javascript:evil()">one</a>
<a href="  JaVaScRiPt:evil()">two</a> <a href="data:text/html,x">three</a> <a href="https://fine.example/">four</a></p>
<form action="https://evil.example/"><input name="q"><button>Go</button></form>
<svg onload="evil()"><a xlink:href="x"/></svg>
<object data="https://evil.example/x"></object><embed src="https://evil.example/x"><base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example/"><link rel="stylesheet" href="https://evil.example/x.css">
<video src="https://evil.example/v.mp4" autoplay></video><math><mtext><img src=x onerror=evil()></mtext></math>
<p>After</p></article></main></body></html><h1>Not a second one</h1><template><p>hidden</p></template>
"""


@pytest.fixture(scope="module")
def whole(desk: Publisher) -> dict[str, Any]:
    """A story with every field."""
    written = io.BytesIO()
    Image.new("RGB", (1300, 800), "navy").save(written, "JPEG")
    files = {"file": ("boat.jpg", written.getvalue(), "image/jpeg")}
    picture = desk.client.post("/v1/media", files=files).headers["location"]
    desk.put("whole-target", headline="The boat's first trip")
    body = (
        "<p>The lead.</p><h2>A subhead</h2><p>Some <strong>rich</strong> <em>text</em>.</p>"
        '<blockquote>Said.</blockquote><ul><li>Item</li></ul><p>READ ALSO: <a href="newswire:whole-target">x</a></p>'
        "<p>The end.</p>"
    )
    told = desk.put(
        "whole",
        headline="La barque & <the> boat",
        dek="Un chapeau.",
        slug="la-barque",
        body_html=body,
        language="fr",
        sections=["Rivières", "Sport"],
        tags=["barque"],
        authors=[{"name": "Zoé Flot", "url": "https://flot.example/"}],
        image={
            "url": picture,
            "alt": "A boat",
            "caption": "The boat at noon",
            "credit": "Photo Flot",
            "rights": "© Flot",
        },
        rights={"license": "https://license.example/", "usage_terms": "Ask", "copyright": "© Courier"},
        genre="Reportage",
        priority="urgent",
    )
    desk.act("whole", "correct", note="It was a barge.", kind="correction")
    return told


def test_a_story_page_has_all_its_parts(desk: Publisher, whole: dict[str, Any]) -> None:
    page = desk.get(path_of(whole))
    tree, text = document(page), words_in(page)
    for words in (
        "Connect with us",
        "READ ALSO: The boat's first trip",
        "Click to comment",
        "Leave a Reply",
        "Your email address will not be published. Required fields are marked *",
        "The boat at noon",
        "Photo Flot",
        "It was a barge.",
        "Zoé Flot",
    ):
        assert words in text, words
    assert tree.xpath('//input[@name="q"]/@placeholder')[0] == "Hi, what are you looking for?"
    assert [title.text_content() for title in tree.xpath("//h1")] == ["La barque & <the> boat"]
    assert tree.xpath("//details/summary[contains(., 'Click to comment')]")
    for name in ("name", "email", "comment"):
        field = tree.xpath(f'//form[contains(@action, "/comments")]//*[@name="{name}"]')[0]
        assert field.get("required") is not None
        assert name == "comment" or field.get("autocomplete") == name
    assert tree.xpath("//body//a[1]")[0].get("href") == "#content"
    assert tree.xpath('//*[@id="content"]')
    assert tree.xpath('//article[contains(@class, "story")]/@lang') == ["fr"]
    assert tree.xpath("/html/@lang") == ["en"]
    assert "user-scalable" not in tree.xpath('//meta[@name="viewport"]/@content')[0]
    image = tree.xpath("//figure//img")[0]
    assert image.get("alt") == "A boat"
    assert image.get("src").startswith("/media/")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_machines_learn_what_a_story_is(desk: Publisher, whole: dict[str, Any]) -> None:
    tree = document(desk.get(path_of(whole)))
    meta = {one.get("property") or one.get("name"): one.get("content") for one in tree.xpath("//meta[@content]")}
    assert meta["newswire:revision"] == "2"
    assert meta["og:title"] == "La barque & <the> boat"
    assert meta["og:type"] == "article"
    assert meta["og:url"] == whole["links"]["page"]
    assert desk.get(meta["og:image"]).headers["content-type"] == "image/jpeg"
    assert meta["og:site_name"] == "The Testwell Courier"
    assert tree.xpath('//link[@rel="canonical"]/@href') == [whole["links"]["page"]]
    told = json.loads(tree.xpath('//script[@type="application/ld+json"]/text()')[0])
    assert told["@type"] == "NewsArticle"
    assert told["headline"] == "La barque & <the> boat"
    assert {one["creditText"] for one in told["image"]} == {"Photo Flot"}
    # As it is, then cut for who asks for 16:9, 4:3 and 1:1: each can be had, and is what it is said to be.
    assert [(one["width"], one["height"]) for one in told["image"]] == [
        (1300, 800),
        (1200, 675),
        (1066, 799),
        (800, 800),
    ]
    for one in told["image"]:
        seen = Image.open(io.BytesIO(desk.get(one["url"]).content))
        assert (seen.format, seen.size) == ("JPEG", (one["width"], one["height"]))
    assert told["author"][0]["name"] == "Zoé Flot"
    assert told["publisher"]["name"] == "The Testwell Courier"
    assert told["inLanguage"] == "fr"
    assert told["dateModified"] >= told["datePublished"]


def test_a_canonical_address_elsewhere_is_told(desk: Publisher) -> None:
    told = desk.put("syndicated", canonical_url="https://first.example/story")
    tree = document(desk.get(path_of(told)))
    assert tree.xpath('//link[@rel="canonical"]/@href') == ["https://first.example/story"]


def test_hostile_markup_is_tamed_everywhere(desk: Publisher) -> None:
    evil = "</script><script>evil()</script>"
    told = desk.put(
        "hostile",
        headline=f"A {evil} headline",
        dek=f"A {evil} dek",
        body_html=HOSTILE,
        sections=[f"Bad {evil}"],
        tags=['"><img src=x onerror=evil()>'],
        authors=[{"name": f"Eve {evil}"}],
        slug="hostile",
    )
    page = desk.get(path_of(told))
    tree = document(page)
    json.loads(tree.xpath('//script[@type="application/ld+json"]/text()')[0])
    assert len(tree.xpath("//script")) == 2
    assert len(tree.xpath("//h1")) == 1
    assert not tree.xpath("//main//iframe|//main//object|//main//embed|//main//style|//main//svg|//main//video|//base")
    assert not tree.xpath("//@*[starts-with(name(), 'on')] | //main//@style")
    links = [link.strip().lower() for link in tree.xpath("//a/@href")]
    assert not [link for link in links if link.startswith(("javascript:", "data:", "vbscript:"))]
    assert "https://fine.example/" in links
    assert "After" in words_in(page)
    assert not tree.xpath('//form[contains(@action, "evil")]')
    for path in ("/", "/feed/", "/feed/atom/", "/search?q=hostile"):
        assert "<script>evil" not in desk.get(path).text, path
    assert not [one for one in desk.get("/feed/json/").json()["items"] if "evil" in one.get("content_html", "")]


def test_pictures_are_ours_also_those_inside_the_text(desk: Publisher, receiver: Receiver) -> None:
    written = io.BytesIO()
    Image.new("RGB", (900, 500), "plum").save(written, "PNG")
    receiver.replies["/in.png"] = Reply(200, written.getvalue(), {"Content-Type": "image/png"})
    receiver.replies["/lead.png"] = Reply(200, written.getvalue(), {"Content-Type": "image/png"})
    told = desk.put(
        "hotlinks",
        body_html=f'<p>Look:</p><p><img src="{receiver.url}/in.png" alt="In"> <img src="https://nowhere.invalid/x.png"></p>',
        image={"url": f"{receiver.url}/lead.png", "alt": "Lead"},
        tags=["hotlinks"],
    )
    for path in (path_of(told), "/tag/hotlinks/"):
        tree = document(desk.get(path))
        sources = tree.xpath("//img/@src") + [
            one.split()[0] for one in ",".join(tree.xpath("//img/@srcset")).split(",") if one
        ]
        assert sources, path
        for source in sources:
            assert source.startswith("/media/"), source
            assert desk.get(source).status_code == 200
    for form in ("", "atom/", "json/"):
        text = desk.get(f"/tag/hotlinks/feed/{form}").text
        assert receiver.url not in text
        assert "nowhere.invalid" not in text


def test_a_reference_is_text_until_its_target_comes_and_goes_with_it(desk: Publisher) -> None:
    body = '<p>Text.</p><p>READ ALSO: <a href="newswire:to-come">What is to come</a></p>'
    path = path_of(desk.put("pointing", body_html=body))
    page = desk.get(path)
    assert "READ ALSO: What is to come" in words_in(page)
    assert not document(page).xpath('//*[contains(@class, "read-also")]//a')
    target = path_of(desk.put("to-come", headline="It came"))
    assert target in desk.until(path, there="It came").text
    desk.act("to-come", "kill", reason="wrong")
    page = desk.until(path, gone="It came")
    assert "READ ALSO" not in page.text


def test_no_link_of_the_site_is_dead_and_nothing_is_loaded_from_elsewhere(
    desk: Publisher, whole: dict[str, Any]
) -> None:
    desk.until(f"/archive/{clock.now():%Y/%m}/")
    seen: set[str] = set()
    waiting = ["/", path_of(whole), "/search?q=boat", "/nothing/"]
    while waiting and len(seen) < 150:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        page = desk.get(path)
        assert page.status_code == 200 or path == "/nothing/", path
        if "html" in page.headers["content-type"]:
            waiting += _links(desk, path, html.fromstring(page.content))


def _links(desk: Publisher, path: str, tree: Any) -> list[str]:
    found: list[str] = []
    for element, attribute, link, _ in tree.iterlinks():
        whole = urljoin(desk.url(path), link).partition("#")[0]
        if whole.startswith(desk.wire.url):
            found += [] if attribute == "action" else [whole.removeprefix(desk.wire.url) or "/"]
        else:
            rel = element.get("rel", "")
            assert element.tag == "a" or (element.tag == "link" and rel in {"canonical", "license"}), (path, link)
    return found
