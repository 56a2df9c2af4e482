"""Does nothing public repeat what was withdrawn, and do feeds say that it was?"""

import io
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import httpx
import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types
from PIL import Image

from tests.servers.newswire import wait_until
from tests.servers.publisher import Publisher, document, path_of, words_in

NOTE = "Taken back at the request of the court & the clerk."
ATOM = {"a": "http://www.w3.org/2005/Atom", "at": "http://purl.org/atompub/tombstones/1.0"}
LISTS = ("", "section/hexlore/", "tag/hexmark/", "author/hexa-vane/")


def picture(colour: str) -> bytes:
    """A picture large enough to get a thumbnail."""
    written = io.BytesIO()
    Image.new("RGB", (1400, 900), colour).save(written, "JPEG")
    return written.getvalue()


def upload(desk: Publisher, body: bytes) -> str:
    """The address of an uploaded picture."""
    answer = desk.client.post("/v1/media", files={"file": ("photo.jpg", body, "image/jpeg")})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


@pytest.fixture(scope="module")
def killed(desk: Publisher) -> dict[str, Any]:
    """A story with everything that can be repeated somewhere, withdrawn; all of it has "hex" in it."""
    told = desk.put(
        "hexed",
        headline="Hexquill forged",
        dek="Hexdek says so.",
        body_html="<p>The hexbody of the matter.</p>",
        sections=["Hexlore"],
        tags=["Hexmark"],
        authors=[{"name": "Hexa Vane"}],
        image={"url": upload(desk, picture("teal")), "alt": "Hexalt", "caption": "Hexcaption", "credit": "Hexcredit"},
    )
    desk.act("hexed", "correct", note="Hexnote: it was ink.")
    desk.put("points", headline="Who points", body_html='<p>Text.</p><p>READ ALSO: <a href="newswire:hexed">x</a></p>')
    desk.put("relates", headline="Who relates", related=["hexed"])
    path = path_of(told)
    said = {"name": "Hexa Reader", "email": "hex@example.org", "comment": "Hexcomment"}
    held = httpx.post(desk.url(f"{path}comments"), json=said).json()
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{held['id']}/approve").raise_for_status()
    page = desk.until(path, there="Hexcomment")
    desk.until("/comments/feed/", there="Hexcomment")
    pictures = {str(src) for src in document(page).xpath("//img/@src")} | {
        one.split()[0] for srcset in document(page).xpath("//img/@srcset") for one in srcset.split(",")
    }
    assert len(pictures) == 2
    assert all(desk.get(one).status_code == 200 for one in pictures)
    told |= {"path": path, "pictures": pictures}
    told["killed"] = desk.act("hexed", "kill", reason="hexreason", public_note=NOTE)
    return told


def test_the_page_says_only_that_there_is_no_page(desk: Publisher, killed: dict[str, Any]) -> None:
    page = desk.get(killed["path"])
    assert (page.status_code, page.headers["cache-control"]) == (410, "no-store")
    told = words_in(page)
    assert "The Testwell Courier" in told
    assert NOTE in told
    assert "hex" not in page.text.lower()
    tree = document(page)
    assert tree.xpath("//main//time/@datetime")
    assert [link for link in tree.xpath("//main//a/@href") if link.startswith("mailto:") or link == "/imprint/"]
    assert tree.xpath('//meta[@name="robots"]/@content') == ["noindex"]
    assert "noindex" in page.headers["x-robots-tag"]
    assert not tree.xpath("//main//img")
    feed = desk.get(f"{killed['path']}feed/")
    assert feed.status_code == 410
    assert "hex" not in feed.text.lower()


@pytest.mark.parametrize("place", LISTS)
def test_lists_do_not_show_it(desk: Publisher, killed: dict[str, Any], place: str) -> None:
    page = desk.until(f"/{place}", gone="Hexquill")
    assert page.status_code == 200
    assert killed["path"] not in page.text


@pytest.mark.parametrize("place", [*LISTS, "updates/"])
def test_each_feed_that_carried_it_says_that_it_is_withdrawn(
    desk: Publisher, killed: dict[str, Any], place: str
) -> None:
    urn = f"urn:uuid:{killed['story_id']}"
    texts = [desk.until(f"/{place}feed/{form}", gone="Hexdek", there=urn).text for form in ("", "atom/", "json/")]
    for text in texts:
        inside = text.lower()
        for own_name in ("hexlore", "hexmark", "hexa-vane", "hexa vane"):
            inside = inside.replace(own_name, "")
        assert "hex" not in inside
    _rss_says_so(texts[0], urn)
    when = _atom_says_so(texts[1], urn)
    items = [one for one in httpx.Response(200, text=texts[2]).json()["items"] if one["id"] == urn]
    assert len(items) == 1
    assert items[0]["title"] == "Withdrawn"
    assert items[0]["content_text"] == NOTE
    assert items[0]["date_modified"] == when
    assert items[0]["_newswire"] == {"withdrawn": True}
    assert not items[0].keys() & {"authors", "image", "attachments", "content_html", "summary", "tags"}


def _rss_says_so(text: str, urn: str) -> None:
    channel = etree.fromstring(text.encode()).find("channel")
    assert channel is not None
    items = [one for one in channel.findall("item") if one.findtext("guid") == urn]
    assert len(items) == 1
    item = items[0]
    assert item.find("guid").get("isPermaLink") == "false"
    assert (item.findtext("title"), item.findtext("description")) == ("Withdrawn", NOTE)
    assert item.findtext("a:updated", namespaces=ATOM)
    kept = {etree.QName(one).localname for one in item}
    assert not kept & {"creator", "content", "encoded", "enclosure", "category", "thumbnail"}
    read = feedparser.parse(text)
    assert not read.bozo
    assert [one.title for one in read.entries if one.id == urn] == ["Withdrawn"]


def _atom_says_so(text: str, urn: str) -> str:
    root = etree.fromstring(text.encode())
    entries = [one for one in root.findall("a:entry", ATOM) if one.findtext("a:id", namespaces=ATOM) == urn]
    assert len(entries) == 1
    entry = entries[0]
    assert entry.findtext("a:title", namespaces=ATOM) == "Withdrawn"
    assert NOTE in (entry.findtext("a:content", namespaces=ATOM), entry.findtext("a:summary", namespaces=ATOM))
    assert entry.find("a:author", ATOM) is None
    deleted = [one for one in root.findall("at:deleted-entry", ATOM) if one.get("ref") == urn]
    assert len(deleted) == 1
    when = entry.findtext("a:updated", namespaces=ATOM)
    assert deleted[0].get("when") == when
    return str(when)


def test_the_time_of_the_kill_is_that_of_the_revision(desk: Publisher, killed: dict[str, Any]) -> None:
    told = desk.client.get("/v1/stories/hexed").json()
    feed = desk.until("/updates/feed/atom/", there=killed["story_id"]).text
    assert _atom_says_so(feed, f"urn:uuid:{killed['story_id']}") == told["accepted_at"]


def test_search_sitemaps_comments_and_other_stories_do_not_repeat_it(desk: Publisher, killed: dict[str, Any]) -> None:
    assert killed["status"]
    for path in ("/search?q=hexquill", "/search?q=hexbody", "/search?section=hexlore", "/search?author=hexa-vane"):
        assert not document(desk.get(path)).xpath("//article"), path
        assert "<item>" not in desk.get(f"{path}&format=rss").text, path
    for path in ("/sitemap-1.xml", "/news-sitemap.xml"):
        desk.until(path, gone=killed["path"])
    for path in ("/comments/feed/", "/corrections/"):
        desk.until(path, gone="ex" + "comment")
        assert "hexnote" not in desk.get(path).text.lower()
    assert NOTE in words_in(desk.get("/corrections/"))
    for name in ("points", "relates"):
        page = desk.client.get(f"/v1/stories/{name}").json()["links"]["page"]
        text = wait_until(lambda page=page: (found := desk.get(page).text) and "Hexquill" not in found and found)
        assert killed["path"] not in text


def test_its_pictures_are_gone(desk: Publisher, killed: dict[str, Any]) -> None:
    for name in killed["pictures"]:
        gone = desk.get(name)
        assert (gone.status_code, gone.headers["cache-control"]) == (410, "no-store"), name
        assert not gone.headers["content-type"].startswith("image/")


def test_a_picture_that_another_live_story_shows_stays(desk: Publisher) -> None:
    address = upload(desk, picture("olive"))
    for name in ("shares-1", "shares-2"):
        desk.put(name, image={"url": address, "alt": "A field"})
    desk.act("shares-1", "kill", reason="wrong")
    shown = document(desk.get(desk.client.get("/v1/stories/shares-2").json()["links"]["page"])).xpath("//img/@src")[0]
    assert desk.get(shown).status_code == 200
    desk.act("shares-2", "kill", reason="wrong")
    assert desk.get(shown).status_code == 410


def test_a_picture_that_was_asked_for_meanwhile_is_back_with_its_story(desk: Publisher) -> None:
    address = upload(desk, picture("khaki"))
    told = desk.put("teal-1", image={"url": address, "alt": "A duck"})
    shown = document(desk.get(path_of(told))).xpath("//main//img/@src")[0]
    desk.act("teal-1", "kill", reason="wrong")
    assert desk.get(shown).status_code == 410
    desk.put("teal-2", image={"url": address, "alt": "A duck"})
    assert desk.get(shown).status_code == 200
    desk.act("teal-2", "kill", reason="wrong")
    assert desk.get(shown).status_code == 410
    desk.act("teal-1", "revive", note="right")
    assert desk.get(shown).status_code == 200


def test_a_kill_that_is_waited_for_is_out_of_every_list(desk: Publisher) -> None:
    for turn in range(5):
        name = f"waited-{turn}"
        desk.put(name, headline=f"Quillwort {turn}", sections=["Waiting"], tags=["waits"])
        desk.put(f"{name}-r", body_html=f"<p>READ ALSO: <a href='newswire:{name}'>Quillwort</a></p>")
        answer = desk.client.post(f"/v1/stories/{name}/kill", json={"reason": "x"}, headers={"Prefer": "wait=10"})
        assert (answer.status_code, answer.json()["status"]) == (200, "killed")
        page = desk.client.get(f"/v1/stories/{name}-r").json()["links"]["page"]
        for path in ("/", "/section/waiting/", "/section/waiting/feed/", "/tag/waits/feed/atom/", "/feed/json/", page):
            assert f"Quillwort {turn}" not in desk.get(path).text, path


def test_the_public_note_has_a_default(desk: Publisher) -> None:
    told = desk.put("plain-kill", headline="Plainly wrong")
    desk.act("plain-kill", "kill", reason="secret counsel")
    page = desk.get(path_of(told))
    assert "This story has been withdrawn." in words_in(page)
    assert "secret counsel" not in page.text


def test_a_revived_story_takes_the_place_of_its_tombstones(desk: Publisher) -> None:
    told = desk.put("lazarus", headline="Risen bread", tags=["bread"])
    desk.act("lazarus", "kill", reason="wrong")
    desk.until("/tag/bread/feed/", there="Withdrawn")
    desk.act("lazarus", "revive", note="The baker was right.")
    urn = f"urn:uuid:{told['story_id']}"
    for path in ("/tag/bread/feed/", "/tag/bread/feed/atom/", "/tag/bread/feed/json/"):
        text = desk.until(path, there="Risen bread", gone="Withdrawn").text
        assert text.count(urn) == 1
    assert "deleted-entry" not in desk.get("/tag/bread/feed/atom/").text
    assert urn not in desk.until("/updates/feed/", gone=urn).text
    assert desk.get(path_of(told)).status_code == 200
