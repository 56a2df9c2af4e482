"""Does a picture reach the page from our own store, and does a story go on without one that cannot be had?"""

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.e2e.problems import places, problem
from tests.servers.http import Receiver, Reply
from tests.servers.newswire import Newswire, wait_until
from tests.servers.publisher import SOON, Publisher, document, path_of

#: Where a source lives, as its camera writes it.
PLACE = "48.8584N-2.2945E"


def drawn(kind: str = "PNG", color: str = "teal") -> bytes:
    """A picture large enough for smaller copies, with the place where it was taken."""
    found, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = exif.get_ifd(0x8825)[29] = PLACE
    told: dict[str, Any] = {"comment": PLACE.encode()} if kind == "GIF" else {"exif": exif}
    Image.new("RGB", (960, 600), color).save(found, kind, **told)
    return found.getvalue()


def pictures_of(page: httpx.Response) -> list[str]:
    """Every address from which a page shows a picture."""
    tree = document(page)
    sets = " ".join(str(one) for one in tree.xpath("//@srcset")).replace(",", " ").split()
    named = [str(one) for one in tree.xpath("//img/@src | //meta[@property='og:image']/@content")]
    return [one for one in [*named, *sets] if "/" in one]


@pytest.mark.parametrize(("kind", "color"), [("PNG", "navy"), ("JPEG", "olive"), ("GIF", "plum"), ("WEBP", "teal")])
def test_an_upload_is_shown_with_its_credit_from_our_own_address(
    wire: Newswire, courier: Publisher, kind: str, color: str
) -> None:
    picture = drawn(kind, color)
    answer = courier.client.post("/v1/media", files={"file": ("harbour.bin", picture, "text/html")})
    assert answer.status_code == 201, answer.text
    url = answer.headers["location"]
    assert url.startswith(f"{wire.url}/media/")
    image = {"url": url, "alt": "The harbour", "caption": "At dawn", "credit": "Photo: Ida Bell", "rights": "© Bell"}
    live = courier.put(f"pictured-{kind}", image=image)
    page = courier.get(path_of(live))
    assert "Photo: Ida Bell" in page.text
    assert "At dawn" in page.text
    shown = pictures_of(page)
    assert shown
    assert PLACE.encode() in picture
    for one in shown:
        assert one.startswith(("/media/", f"{wire.url}/media/"))
        assert PLACE.encode() not in courier.get(one).content
        served = courier.get(one)
        assert served.status_code == 200
        assert served.headers["content-type"].startswith("image/")
        assert served.headers["x-content-type-options"] == "nosniff"


def test_a_picture_elsewhere_is_fetched_once_and_never_hot_linked(courier: Publisher, receiver: Receiver) -> None:
    receiver.replies["/far.png"] = Reply(200, drawn(color="maroon"), {"Content-Type": "image/png"})
    live = courier.put("fetched", image={"url": f"{receiver.url}/far.png", "alt": "Far", "credit": "Someone"})
    page = courier.get(path_of(live))
    assert receiver.url not in page.text
    shown = pictures_of(page)
    assert shown
    assert all(courier.get(one).status_code == 200 for one in shown)
    courier.put("fetched", image={"url": f"{receiver.url}/far.png", "alt": "Far away", "credit": "Someone"})
    assert "Far away" in courier.get(path_of(live)).text
    assert len(receiver.at("/far.png")) == 1
    courier.act("fetched", "kill", reason="r")
    own = [str(one) for one in document(page).xpath("//meta[@property='og:image']/@content")]
    assert own
    wait_until(lambda: all(courier.get(one).status_code in {404, 410} for one in own), SOON)


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("absent", Reply(404)),
        ("page", Reply(200, b"<html>not a picture</html>", {"Content-Type": "image/png"})),
        ("inside", Reply(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})),
        ("script", Reply(200, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", {})),
    ],
)
def test_a_story_goes_live_without_a_picture_that_cannot_be_had(
    courier: Publisher, receiver: Receiver, name: str, reply: Reply
) -> None:
    receiver.replies[f"/{name}"] = reply
    live = courier.put(f"without-{name}", image={"url": f"{receiver.url}/{name}", "alt": "Nothing"})
    page = courier.get(path_of(live))
    assert page.status_code == 200
    assert receiver.url not in page.text

    def through() -> dict[str, str] | None:
        """Stage → note, once the desk has heard of all four: it listens beside the line."""
        stages = courier.client.get(live["links"]["trace"]).json()["revisions"][0]["stages"]
        return {one["stage"]: one["note"] for one in stages} if len(stages) == 4 else None

    notes = wait_until(through)
    assert list(notes) == ["received", "enriched", "rendered", "live"]
    assert "picture" in notes["enriched"]


def test_a_private_address_is_not_fetched_unless_it_is_allowed(courier: Publisher) -> None:
    for number, url in enumerate(("http://169.254.169.254/a.png", "http://[::1]/a.png", "http://10.0.0.1/a.png")):
        live = courier.put(f"guarded-{number}", image={"url": url, "alt": "Nothing"})
        assert live["status"] == "live"


def test_what_is_no_picture_is_no_upload(courier: Publisher) -> None:
    for name, body in (
        ("a.png", b"<script>alert(1)</script>"),
        ("a.svg", b"<svg/>"),
        ("a.png", b""),
        ("a.png", b"\x89PNG"),
    ):
        problem(courier.client.post("/v1/media", files={"file": (name, body, "image/png")}), 415)
    told = problem(courier.client.post("/v1/media", files={"picture": ("a.png", drawn(), "image/png")}), 422)
    assert places(told) == ["/file"]
    problem(courier.client.post("/v1/media", data={"file": "text"}), 415)
    huge = b"\x89PNG" + bytes(21 * 1024 * 1024)
    problem(courier.client.post("/v1/media", files={"file": ("a.png", huge, "image/png")}), 413)
    unknown = courier.put("no-upload", image={"url": f"{courier.wire.url}/media/nothing.png", "alt": "Nothing"})
    assert unknown["status"] == "live"


def test_a_picture_without_words_for_the_blind_is_warned_of(courier: Publisher) -> None:
    answer = courier.client.put(
        "/v1/stories/wordless",
        json={"headline": "H", "body_html": "<p>x</p>", "image": {"url": "https://example.invalid/a.png"}},
    )
    assert answer.status_code == 202
    assert "alt" in answer.json()["warnings"][0]
