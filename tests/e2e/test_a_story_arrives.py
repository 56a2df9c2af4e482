"""Does a story travel the whole wire? Publisher → site, feeds, inbox; correction and kill follow."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

import httpx
import pytest

from tests.servers.newswire import Newswire, wait_until

NUMBERS = count(1)


def story(**fields: Any) -> dict[str, Any]:
    number = next(NUMBERS)
    return {
        "headline": f"Lantern number {number} lit",
        "body_html": f"<p>Lantern {number} burns.</p><h2>How</h2><p>With a match.</p><script>alert(1)</script>",
        "dek": "A small light, a large crowd.",
        "sections": ["Town"],
        "tags": ["lanterns"],
        "authors": [{"name": "Ada Penn"}],
        **fields,
    }


def put(wire: Newswire, key: str, external_id: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    with wire.client(key) as client:
        answer = client.put(f"/v1/stories/{external_id}", json=body, headers={"Prefer": "wait=10", **headers})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def act(wire: Newswire, key: str, external_id: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    with wire.client(key) as client:
        answer = client.post(f"/v1/stories/{external_id}/{verb}", json=body, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def mails_to(wire: Newswire, address: str) -> list[EmailMessage]:
    parsed = (message_from_bytes(raw, policy=policy.default) for raw in wire.mails())
    return [mail for mail in parsed if address in str(mail["To"])]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def subscriber(wire: Newswire, address: str, *topics: str) -> None:
    answer = httpx.post(f"{wire.url}/subscribe", data={"email": address, "topics": list(topics)})
    assert answer.status_code == 202, answer.text
    mail = wait_until(lambda: mails_to(wire, address))[0]
    link = re.findall(r"https?://\S+/subscriptions/\S+/confirm", text_of(mail))[0]
    assert httpx.get(link).status_code == 200
    assert httpx.post(link).status_code == 200


def test_a_pushed_story_is_on_the_site_and_in_every_feed_it_belongs_to(wire: Newswire, key: str) -> None:
    body = story()
    live = put(wire, key, "arrives", body)
    page = httpx.get(live["links"]["page"])
    assert page.status_code == 200
    assert body["headline"] in page.text
    assert "alert(1)" not in page.text
    assert page.headers["x-story-revision"] == "1"
    for path in ("/", "/section/town/", "/tag/lanterns/", "/author/ada-penn/"):
        assert body["headline"] in httpx.get(wire.url + path).text, path
    for path in ("/feed/", "/feed/atom/", "/feed/json/", "/section/town/feed/", "/tag/lanterns/feed/atom/"):
        assert f"urn:uuid:{live['story_id']}" in httpx.get(wire.url + path).text, path


def test_a_page_is_validated_by_its_etag_and_sent_compressed(wire: Newswire, key: str) -> None:
    live = put(wire, key, "cached", story())
    for encoding in ("identity", "gzip", "br", "zstd"):
        with httpx.stream("GET", live["links"]["page"], headers={"Accept-Encoding": encoding}) as page:
            assert page.headers.get("content-encoding", "identity") == encoding
            etag = page.headers["etag"]
        again = httpx.get(live["links"]["page"], headers={"Accept-Encoding": encoding, "If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")


def test_the_same_content_again_is_a_no_op(wire: Newswire, key: str) -> None:
    body = story()
    put(wire, key, "same", body)
    again = put(wire, key, "same", body)
    assert again["status"] == "unchanged"
    assert again["revision"] == 1


def test_a_subscriber_gets_the_story_the_correction_and_the_kill(wire: Newswire, key: str) -> None:
    subscriber(wire, "reader@example.org", "tag:mailed")
    body = story(tags=["mailed"])
    live = put(wire, key, "mailed", body)
    wait_until(lambda: len(mails_to(wire, "reader@example.org")) == 2)
    act(wire, key, "mailed", "correct", {"note": "It was a torch.", "headline": "Torch lit"})
    wait_until(lambda: len(mails_to(wire, "reader@example.org")) == 3)
    act(wire, key, "mailed", "kill", {"reason": "counsel", "public_note": "Withdrawn at the owner's wish."})
    wait_until(lambda: len(mails_to(wire, "reader@example.org")) == 4)
    _, first, correction, kill = mails_to(wire, "reader@example.org")
    assert first["Subject"] == body["headline"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert correction["Subject"] == "Correction: Torch lit"
    assert "It was a torch." in text_of(correction)
    assert correction["In-Reply-To"] == first["Message-ID"]
    assert kill["Subject"].startswith("Withdrawn: a story sent ")
    assert "orch" not in kill.as_string()
    assert httpx.get(live["links"]["page"]).status_code == 410


def test_a_killed_story_answers_410_and_leaves_tombstones(wire: Newswire, key: str) -> None:
    body = story(headline="Secret recipe leaked", slug="secret-recipe", tags=["recipes"])
    live = put(wire, key, "killed", body)
    killed = act(wire, key, "killed", "kill", {"reason": "wrong", "public_note": "Withdrawn by the editor."})
    assert killed["receipt"]
    gone = httpx.get(live["links"]["page"])
    assert gone.status_code == 410
    assert gone.headers["cache-control"] == "no-store"
    assert "Withdrawn by the editor." in gone.text
    assert "ecret recipe" not in gone.text
    wait_until(lambda: "ecret recipe" not in httpx.get(f"{wire.url}/").text)
    feed = wait_until(
        lambda: (text := httpx.get(f"{wire.url}/tag/recipes/feed/").text) and "Withdrawn" in text and text
    )
    assert f"urn:uuid:{live['story_id']}" in feed
    assert "ecret recipe" not in feed
    with wire.client(key) as client:
        assert client.put("/v1/stories/killed", json=story()).status_code == 409
        again = client.post("/v1/stories/killed/kill", json={"reason": "again"})
        assert (again.status_code, again.json()["status"]) == (200, "unchanged")
        assert client.get(f"/v1/receipts/{killed['receipt']}").status_code == 200


def test_a_revived_story_is_back(wire: Newswire, key: str) -> None:
    live = put(wire, key, "revived", story())
    act(wire, key, "revived", "kill", {"reason": "mistake"})
    act(wire, key, "revived", "revive", {"note": "It was right after all."})
    assert httpx.get(live["links"]["page"]).status_code == 200


def test_a_trace_tells_every_stage(wire: Newswire, key: str) -> None:
    live = put(wire, key, "traced", story())
    with wire.client(key) as client:

        def told() -> Any:
            answer = client.get(f"/v1/traces/{live['story_id']}")
            revisions = answer.json().get("revisions", [])
            return revisions and revisions[0]["state"] == "live" and revisions[0]

        revision = wait_until(told)
    assert [stage["stage"] for stage in revision["stages"]] == ["received", "enriched", "rendered", "live"]
    assert set(revision["deliveries"]) == {"email", "webhook", "websub"}


def test_an_embargoed_story_is_nowhere_before_its_time(wire: Newswire, key: str) -> None:
    with wire.client(key) as client:
        answer = client.put(
            "/v1/stories/early", json=story(embargo_until="2099-01-01T00:00:00Z", slug="nobody-before-2099")
        )
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled")
    assert httpx.get(answer.json()["links"]["page"]).status_code == 404
    assert "nobody-before-2099" not in httpx.get(f"{wire.url}/").text


def test_a_read_also_reference_follows_its_target(wire: Newswire, key: str) -> None:
    target = put(wire, key, "target", story(headline="The first headline"))
    link = '<p>READ ALSO: <a href="newswire:target">whatever</a></p>'
    live = put(wire, key, "pointer", story(body_html=f"<p>Text.</p>{link}<p>More.</p>"))
    assert "The first headline" in httpx.get(live["links"]["page"]).text
    put(wire, key, "target", story(headline="The second headline"))
    wait_until(lambda: "The second headline" in httpx.get(live["links"]["page"]).text)
    assert httpx.URL(target["links"]["page"]).path in httpx.get(live["links"]["page"]).text


def test_a_comment_is_held_then_shown(wire: Newswire, key: str) -> None:
    live = put(wire, key, "commented", story())
    said = {"name": "Bo", "email": "bo.private@example.org", "comment": "What a <b>light</b>!"}
    held = httpx.post(live["links"]["page"] + "comments", json=said)
    assert (held.status_code, held.json()["status"]) == (202, "held")
    assert "What a" not in httpx.get(live["links"]["page"]).text
    with wire.client() as client:
        assert client.post(f"/v1/comments/{held.json()['id']}/approve").status_code == 200
    page = wait_until(lambda: (text := httpx.get(live["links"]["page"]).text) and "What a" in text and text)
    assert "bo.private" not in page
    assert "<b>light</b>" not in page


def test_search_finds_a_story_until_it_is_killed(wire: Newswire, key: str) -> None:
    put(wire, key, "sought", story(headline="Zeppelin over the harbour"))
    wait_until(lambda: "Zeppelin" in httpx.get(f"{wire.url}/search", params={"q": "zeppelin harbour"}).text)
    act(wire, key, "sought", "kill", {"reason": "wrong"})
    found = httpx.get(f"{wire.url}/search", params={"q": "zeppelin harbour", "format": "rss"})
    assert "over the harbour" not in found.text


@pytest.mark.parametrize("path", ["/imprint/", "/privacy/", "/corrections/", "/about/", "/robots.txt", "/sitemap.xml"])
def test_what_every_footer_promises_is_there(wire: Newswire, path: str) -> None:
    assert wait_until(lambda: httpx.get(wire.url + path).status_code == 200)


def test_changes_come_in_the_order_in_which_they_became_live(wire: Newswire, key: str) -> None:
    put(wire, key, "changed", story())
    with wire.client(key) as client:
        told = client.get("/v1/changes", params={"limit": 1000}).json()
    numbers = [change["seq"] for change in told["changes"]]
    assert numbers == sorted(set(numbers))
    assert told["next"] == numbers[-1]


def test_a_kill_that_overtook_its_story_is_told_and_one_under_embargo_is_not(wire: Newswire, key: str) -> None:
    with wire.client(key) as client:
        for external_id, fields in (
            ("overtaken-at-once", {}),
            ("hushed-to-the-last", {"embargo_until": "2099-01-01T00:00:00Z"}),
        ):
            assert client.put(f"/v1/stories/{external_id}", json=story(**fields)).status_code == 202
            act(wire, key, external_id, "kill", {"reason": "at once"})
        told = {change["external_id"]: change for change in client.get("/v1/changes?limit=1000").json()["changes"]}
        assert told["overtaken-at-once"]["action"] == "kill"
        assert "hushed-to-the-last" not in told
        assert client.get("/v1/stories/overtaken-at-once").json()["seq"] == told["overtaken-at-once"]["seq"]
