"""Can people subscribe, change their mind and leave, as the interface (§4, Subscribing) promises?"""

import re
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.e2e.inbox import confirmed, links, mail_to, mails_to, put, story
from tests.servers.newswire import Newswire

NUMBERS = count(1)


@pytest.fixture
def address() -> str:
    """An address that nobody else uses."""
    return f"reader.{next(NUMBERS)}@subscribing.example"


def held_private(answer: httpx.Response) -> None:
    """Personal pages are not indexed, not stored, tell their address to nobody and set no cookie."""
    assert "noindex" in answer.headers["x-robots-tag"] + answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("form", [True, False])
def test_the_answer_is_the_same_for_a_stranger_and_a_subscriber(wire: Newswire, address: str, form: bool) -> None:
    confirmed(wire, address, "tag:nothing")

    def ask(email: str) -> httpx.Response:
        fields = {"email": email, "topics": ["tag:nothing"]}
        return httpx.post(f"{wire.url}/subscribe", data=fields if form else None, json=None if form else fields)

    known, stranger = ask(address), ask(f"other.{address}")
    assert (known.status_code, stranger.status_code) == (202, 202)
    assert known.content == stranger.content
    assert set(known.headers) == set(stranger.headers)
    held_private(known)


def test_the_form_of_the_site_is_enough_without_any_topic(wire: Newswire, address: str) -> None:
    page = httpx.get(f"{wire.url}/subscribe")
    assert page.status_code == 200
    assert 'name="email"' in page.text
    confirmed(wire, address)
    with wire.client() as client:
        [person] = client.get("/v1/subscribers", params={"email": address}).json()["subscribers"]
    assert (person["topics"], person["cadence"], person["state"]) == (["all"], "instant", "confirmed")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"email": ""},
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a@x.example\r\nBcc: b@x.example"},
        {"email": "a@x.example, b@x.example"},
        {"email": "a@x.example", "topics": ["section"]},
        {"email": "a@x.example", "topics": ["all", "planet:mars"]},
        {"email": "a@x.example", "topics": ["tag:"]},
        {"email": "a@x.example", "cadence": "hourly"},
    ],
)
def test_what_is_malformed_is_422_for_browsers_and_programs(wire: Newswire, fields: dict[str, object]) -> None:
    page = httpx.post(f"{wire.url}/subscribe", data=fields)
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    problem = httpx.post(f"{wire.url}/subscribe", json=fields)
    assert problem.status_code == 422
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["errors"][0]["path"].split("/")[1] in {"email", "topics", "cadence"}


@pytest.mark.parametrize("topic", ["all", "breaking", "section:new", "tag:new", "author:new", "publisher:new"])
def test_unknown_topics_are_accepted(wire: Newswire, topic: str) -> None:
    answer = httpx.post(f"{wire.url}/subscribe", json={"email": "unknown.topics@x.example", "topics": [topic]})
    assert answer.status_code == 202


def test_nothing_happens_before_the_button_of_the_mailed_link_is_pressed(
    wire: Newswire, key: str, address: str
) -> None:
    httpx.post(f"{wire.url}/subscribe", data={"email": address, "topics": "tag:patience"})
    mail = mail_to(wire, address, 1)
    assert mail["List-Unsubscribe"] is None
    [link] = links(mail)
    assert re.fullmatch(re.escape(wire.url) + r"/subscriptions/[A-Za-z0-9_-]{20,}/confirm", link)
    shown = httpx.get(link)
    assert shown.status_code == 200
    assert "<form" in shown.text
    held_private(shown)
    put(wire, key, "unpatient", story("Too early for you", tags=["patience"]))
    acted = httpx.post(link)
    assert acted.status_code == 200
    held_private(acted)
    put(wire, key, "patient", story("Just in time", tags=["patience"]))
    assert mail_to(wire, address, 2)["Subject"] == "Just in time"
    again = httpx.post(link)
    assert again.status_code in {404, 410}
    held_private(again)
    assert httpx.get(link).status_code in {404, 410}


@pytest.mark.parametrize("path", ["", "/confirm", "/unsubscribe"])
@pytest.mark.parametrize("token", ["nonsense", "A" * 32, "%00", "ä"])
def test_a_made_up_token_opens_nothing(wire: Newswire, token: str, path: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{wire.url}/subscriptions/{token}{path}")
        assert answer.status_code in {404, 410}
        held_private(answer)


def test_one_click_unsubscribes_at_once_and_as_often_as_asked(wire: Newswire, key: str, address: str) -> None:
    confirmed(wire, address, "tag:oneclick")
    put(wire, key, "oneclick", story("One click away", tags=["oneclick"]))
    mail = mail_to(wire, address, 2)
    link = str(mail["List-Unsubscribe"]).strip("<>")
    shown = httpx.get(link)
    assert shown.status_code == 200
    held_private(shown)
    put(wire, key, "oneclick-2", story("Looking changes nothing", tags=["oneclick"]))
    mail_to(wire, address, 3)
    for _ in range(2):
        done = httpx.post(link, data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, done.history) == (200, [])
        held_private(done)
    assert httpx.post(link, files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
    live = put(wire, key, "oneclick-3", story("Not for you any more", tags=["oneclick"]))
    page = httpx.get(live["links"]["page"])
    assert page.status_code == 200
    with wire.client() as client:
        [person] = client.get("/v1/subscribers", params={"email": address}).json()["subscribers"]
    assert (person["state"], person["topics"]) == ("unsubscribed", [])
    assert len(mails_to(wire, address)) == 3


def test_a_forwarded_mail_shows_nobody_the_preferences_but_mails_the_link_to_its_reader(
    wire: Newswire, key: str, address: str
) -> None:
    confirmed(wire, address, "tag:forwarded")
    put(wire, key, "forwarded", story("Please forward", tags=["forwarded"]))
    manage, unsubscribe = links(mail_to(wire, address, 2))
    assert unsubscribe == f"{manage}/unsubscribe"
    opened = httpx.get(manage)
    assert opened.status_code == 200
    assert address not in opened.text
    held_private(opened)
    asked = httpx.post(manage, data={"action": "manage"})
    assert asked.is_success
    assert address not in asked.text
    [own] = links(mail_to(wire, address, 3))
    shown = httpx.get(own)
    assert shown.status_code == 200
    assert address in shown.text
    held_private(shown)
    saved = httpx.post(own, data={"topics": ["tag:other", "breaking"], "cadence": "weekly"})
    assert saved.status_code == 200
    held_private(saved)
    with wire.client() as client:
        [person] = client.get("/v1/subscribers", params={"email": address}).json()["subscribers"]
    assert (sorted(person["topics"]), person["cadence"]) == (["breaking", "tag:other"], "weekly")


def test_preferences_are_mailed_on_request_and_wrong_ones_come_back_as_a_page(wire: Newswire, address: str) -> None:
    confirmed(wire, address, "tag:preferences")
    answers = [httpx.post(f"{wire.url}/subscriptions", data={"email": one}) for one in (address, f"not.{address}")]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    [own] = links(mail_to(wire, address, 2))
    wrong = httpx.post(own, data={"topics": ["planet:mars"]})
    assert wrong.status_code == 422
    assert wrong.headers["content-type"].startswith("text/html")
    held_private(wrong)
    none = httpx.post(own, data={"cadence": "daily"})
    assert none.status_code == 422, "no topic ticked must not mean all of them"
    with wire.client() as client:
        [person] = client.get("/v1/subscribers", params={"email": address}).json()["subscribers"]
    assert person["topics"] == ["tag:preferences"]
    assert httpx.post(f"{own}/unsubscribe").status_code == 200
    assert mails_to(wire, f"not.{address}") == []


def test_other_topics_can_have_another_cadence(wire: Newswire, address: str) -> None:
    confirmed(wire, address, "tag:soon", cadence="instant")
    confirmed(wire, address, "tag:later", cadence="weekly")
    with wire.client() as client:
        [person] = client.get("/v1/subscribers", params={"email": address}).json()["subscribers"]
    wishes = {one["topic"]: one["cadence"] for one in person["subscriptions"]}
    assert wishes == {"tag:soon": "instant", "tag:later": "weekly"}


def test_no_token_is_in_the_log(wire: Newswire, address: str) -> None:
    confirmed(wire, address, "tag:masked")
    [link] = links(mails_to(wire, address)[0])
    token = httpx.URL(link).path.split("/")[2]
    httpx.get(f"{wire.url}/subscriptions/{token}")
    log = Path(wire.log).read_text()
    assert token not in log
    assert wire.admin_key not in log


def test_an_erased_person_leaves_no_address_behind(wire: Newswire, key: str, address: str) -> None:
    confirmed(wire, address, "tag:erased")
    put(wire, key, "erased", story("Before you went", tags=["erased"]))
    mail = mail_to(wire, address, 2)
    with wire.client() as client:
        assert client.delete(f"/v1/subscribers/{address}").status_code == 204
        assert client.delete(f"/v1/subscribers/{address}").status_code == 404
        assert client.get("/v1/subscribers", params={"email": address}).json()["subscribers"] == []
    assert httpx.post(str(mail["List-Unsubscribe"]).strip("<>")).status_code == 200
    put(wire, key, "erased-2", story("After you went", tags=["erased"]))
    assert not [row for row in wire.rows("notify") if address in row]


def test_only_the_admin_sees_people_and_the_ledger(wire: Newswire, key: str) -> None:
    for path in ("/v1/subscribers", "/v1/deliveries"):
        assert httpx.get(wire.url + path).status_code == 401
        with wire.client(key) as client:
            assert client.get(path).status_code == 403
        with wire.client() as client:
            assert client.get(path).status_code == 200


def test_the_page_after_subscribing_says_where_to_look(wire: Newswire) -> None:
    page = httpx.post(f"{wire.url}/subscribe", data={"email": "look@subscribing.example"})
    assert "inbox" in part_of(page)


def part_of(page: httpx.Response) -> str:
    """What a reader sees of a page."""
    return re.sub(r"<[^>]+>", " ", page.text)
