"""A real site with the sample wire and a page of every type, for browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.browser.pictures import photograph
from tests.e2e.inbox import confirmed, links, mail_to
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.publisher import Publisher, links_of, path_of

READER = "reader@site.example"
#: What a page of ours would show and ask others for if publishers had their way.
HOSTILE = """<p>Tide tables.</p><img src="https://tracker.example/pixel.gif" alt="">
<script src="https://evil.example/x.js"></script>
<iframe src="https://ads.example/frame"></iframe><link rel="stylesheet" href="https://fonts.example/a.css">
<style>@import url(https://fonts.example/b.css);</style>
<video src="https://video.example/v.mp4" poster="https://video.example/p.jpg"></video>
<p style="background:url(https://tracker.example/bg.gif)">Low at <b>six</b>.</p><object data="https://evil.example/o"></object>"""
ARABIC = """<p>قال مهندسون إن البوابة أُغلقت خلال تسع عشرة دقيقة، وبقيت المدينة القديمة جافة.</p>
<h2>ما الذي تحميه البوابة</h2>
<p>يقع السوق تحت مستوى المد الذي بلغه البحر يوم الاثنين.</p>
<blockquote><p>كانت رائحة الشارع وقودًا.</p></blockquote>"""
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle schließt"


@dataclass
class Site:
    """Where it is, who pushes to it, and the address of one page of each type by its name."""

    wire: Newswire
    desk: Publisher
    paths: dict[str, str]

    def address(self, page: str) -> str:
        """The whole address of a page."""
        return self.wire.url + self.paths[page]


#: The names of the pages; `site_of` gives them addresses.
_LISTS = ["front", "front 2", "section", "tag", "author", "archive", "search", "nothing found", "corrections"]
_STORIES = ["story", "right to left", "long words", "hostile", "gone", "missing"]
_PERSONAL = ["subscribe", "confirm", "unsubscribe", "ask", "manage"]
PAGES = [*_LISTS, *_STORIES, *_PERSONAL, "imprint", "privacy", "about"]


@contextmanager
def site_of(directory: Path) -> Iterator[Site]:
    """Open it; it is stopped when the block ends."""
    settings = {
        "SAMPLE": "yes",
        "SITE_TITLE": "The Orrin Ledger",
        "SOCIAL_LINKS": "Mastodon=https://social.example/@ledger,Bluesky=https://sky.example/ledger",
        "CONTACT_EMAIL": "desk@ledger.example",
        "IMPRINT": "Orrin Ledger Cooperative",
        "POSTAL_ADDRESS": "Lower Quay 4, Orrin",
        "ALLOW_NETWORKS": "127.0.0.0/8",
    }
    with newswire(directory, **settings) as wire:
        wait_until(lambda: "slipway" in httpx.get(f"{wire.url}/").text, 60)
        desk = Publisher(wire, str(wire.publisher("Orrin Desk")["key"]))
        try:
            yield Site(wire, desk, {**_stories(desk), **_personal(wire, desk), **_fixed(desk)})
        finally:
            desk.close()


def _stories(desk: Publisher) -> dict[str, str]:
    picture = _picture(desk)
    whole: dict[str, Any] = {
        "headline": "Storm gate shuts for the first time, and the old town stays dry",
        "body_html": "<p>The siren gave the long note.</p><h2>What it holds back</h2><p>Lower Quay.</p>"
        '<p>READ ALSO: <a href="newswire:hostile">tides</a></p><ul><li>Who pays?</li></ul>'
        "<blockquote><p>It hums.</p></blockquote><table><tr><th>Leaf</th><td>Eleven</td></tr></table>",
        "sections": ["Harbour"],
        "tags": ["Tides"],
        "authors": [{"name": "Ines Halloran"}],
        "image": {"url": picture, "alt": "Steel leaves", "caption": "The gate.", "credit": "Maren Ostby"},
        "rights": {"license": "https://creativecommons.org/licenses/by/4.0/", "copyright": "© Orrin"},
    }
    hostile = desk.put("hostile", headline="Tide tables", body_html=HOSTILE, sections=["Harbour"], tags=["Tides"])
    story = desk.put("whole", **whole)
    desk.act("whole", "correct", note="Eleven leaves, not twelve.")
    desk.act("whole", "correct", note="Nineteen minutes, not twenty.")
    _comment(desk, path_of(story))
    arabic = desk.put("arabic", headline="بوابة العاصفة تُغلق", body_html=ARABIC, language="ar", sections=["Harbour"])
    words = desk.put("long", headline=LONG, body_html="<p>Kurz.</p>", language="de", sections=["Harbour"])
    gone = desk.put("gone", headline="To be withdrawn")
    desk.act("gone", "kill", reason="test", public_note="Withdrawn at the request of the court.")
    pages = {"story": story, "right to left": arabic, "long words": words, "hostile": hostile, "gone": gone}
    return {name: path_of(answer) for name, answer in pages.items()}


def _picture(desk: Publisher) -> str:
    answer = desk.client.post("/v1/media", files={"file": ("gate.jpg", photograph(0), "image/jpeg")})
    answer.raise_for_status()
    return str(answer.headers["location"])


def _comment(desk: Publisher, path: str) -> None:
    """Two approved comments, the second an answer to the first."""
    parent = ""
    for name in ("Wilma T.", "Jonas"):
        said = {"name": name, "email": "w@example.org", "comment": f"{name} was there. It hums.", "parent": parent}
        answer = httpx.post(desk.url(f"{path}comments"), json={key: value for key, value in said.items() if value})
        parent = str(answer.json()["id"])
        with desk.wire.client() as admin:
            admin.post(f"/v1/comments/{parent}/approve").raise_for_status()
        desk.until(path, there=f"{name} was there.")


def _personal(wire: Newswire, desk: Publisher) -> dict[str, str]:
    """The pages behind the links of mails: nobody knows their addresses but the reader."""
    httpx.post(f"{wire.url}/subscribe", data={"email": f"new.{READER}", "topics": ["all"]}).raise_for_status()
    confirm = next(one for one in links(mail_to(wire, f"new.{READER}", 1)) if one.endswith("/confirm"))
    confirmed(wire, READER, "section:harbour", "tag:tides")
    desk.put("told", headline="The ferry is back", sections=["Harbour"])
    told = links(mail_to(wire, READER, 2))
    leave = next(one for one in told if one.endswith("/unsubscribe"))
    ask = leave.removesuffix("/unsubscribe")
    httpx.post(ask, data={"action": "manage"}).raise_for_status()
    manage = next(one for one in links(mail_to(wire, READER, 3)) if not one.endswith(("/unsubscribe", "/confirm")))
    pages = {"confirm": confirm, "unsubscribe": leave, "ask": ask, "manage": manage}
    return {name: urlsplit(link).path for name, link in pages.items()}


def _fixed(desk: Publisher) -> dict[str, str]:
    last = desk.until("/page/2/", there="/archive/")
    return {
        "front": "/",
        "front 2": "/page/2/",
        "section": "/section/harbour/",
        "tag": "/tag/tides/",
        "author": "/author/ines-halloran/",
        "archive": next(path for path in links_of(last) if path.startswith("/archive/")),
        "missing": "/nowhere/",
        "search": "/search?q=harbour&section=news",
        "nothing found": "/search?q=zzyzx",
        "subscribe": "/subscribe?topics=section:harbour",
        "corrections": "/corrections/",
        "imprint": "/imprint/",
        "privacy": "/privacy/",
        "about": "/about/",
    }
