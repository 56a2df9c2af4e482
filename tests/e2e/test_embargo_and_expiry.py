"""Is a story nowhere before its time, there within a second of it, and gone when its time is over?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from shared import clock
from tests.e2e.conftest import Newsroom
from tests.e2e.problems import places, problem
from tests.servers.newswire import wait_until
from tests.servers.publisher import SOON, Publisher, path_of, story

#: A release that should not happen is looked for so long after its time.
LATE = timedelta(seconds=1.5)


def within(seconds: float) -> datetime:
    """A time soon to come."""
    return clock.now() + timedelta(seconds=seconds)


def everywhere(publisher: Publisher) -> str:
    """All that the public can see without knowing an address."""
    paths = ("/", "/section/vault/", "/feed/", "/feed/atom/", "/feed/json/", "/sitemap.xml", "/news-sitemap.xml")
    return "".join(publisher.get(path).text for path in (*paths, "/search?q=vault", "/updates/feed/"))


def changes_of(publisher: Publisher, external_id: str) -> list[dict[str, Any]]:
    """What the change cursor says of one story."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0, "more": True}
    while page["more"]:
        page = publisher.client.get(f"/v1/changes?limit=1000&after={page['next']}").json()
        found += [one for one in page["changes"] if one["external_id"] == external_id]
    return found


def seen(publisher: Publisher, path: str) -> Callable[[], bool]:
    return lambda: publisher.get(path).status_code == 200


def revision(publisher: Publisher, answer: dict[str, Any], number: int) -> dict[str, Any]:
    """One revision of a story's trace."""
    told = publisher.client.get(answer["links"]["trace"]).json()["revisions"]
    return next((one for one in told if one["revision"] == number), {})


def test_an_embargoed_story_is_nowhere_before_its_time_and_live_after_it(courier: Publisher) -> None:
    at = within(4.0)
    fields = story(headline="Vault opened", sections=["Vault"], embargo_until=at.isoformat())
    answer = courier.client.put("/v1/stories/vault", json=fields, headers={"Prefer": "wait=10"})
    told = answer.json()
    assert (answer.status_code, told["status"], told["revision"]) == (202, "scheduled", 1)
    read = courier.client.get("/v1/stories/vault").json()
    assert (read["status"], read["seq"], read["live_revision"], read["live_at"]) == ("scheduled", None, None, None)
    missing = courier.get(path_of(told))
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
    assert "Vault opened" not in everywhere(courier)
    assert changes_of(courier, "vault") == []
    wait_until(lambda: revision(courier, told, 1).get("state") == "embargoed")
    assert clock.now() < at, "this machine is too slow for the test"
    wait_until(seen(courier, path_of(told)), 10)
    assert clock.now() >= at
    assert "Vault opened" in courier.get("/").text
    wait_until(lambda: revision(courier, told, 1).get("state") == "live", SOON)
    read = courier.client.get("/v1/stories/vault").json()
    assert (read["status"], read["live_revision"]) == ("live", 1)
    assert isinstance(read["seq"], int)
    assert datetime.fromisoformat(read["live_at"]) >= at


def test_a_publication_time_in_the_future_is_an_embargo_and_one_just_ahead_is_not(courier: Publisher) -> None:
    far = within(6 * 60).isoformat()
    answer = courier.client.put("/v1/stories/far", json=story(published_at=far, headline="Farther"))
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled")
    assert courier.get(path_of(answer.json())).status_code == 404
    near = courier.client.put("/v1/stories/near", json=story(published_at=within(4 * 60).isoformat()))
    assert near.json()["status"] == "accepted"
    courier.until(path_of(near.json()))
    past = courier.client.put("/v1/stories/past", json=story(embargo_until="2020-01-01T00:00:00Z"))
    assert past.json()["status"] == "accepted"


def test_only_the_newest_revision_of_an_embargoed_story_is_released(courier: Publisher) -> None:
    at = within(4.0)
    put = courier.client.put
    first = put("/v1/stories/twice-held", json=story(headline="Held once", embargo_until=at.isoformat())).json()
    second = put("/v1/stories/twice-held", json=story(headline="Held twice", embargo_until=at.isoformat())).json()
    assert (second["status"], second["revision"], path_of(second)) == ("scheduled", 2, path_of(first))
    same = courier.client.get("/v1/stories/twice-held").json()["story"]
    unchanged = put("/v1/stories/twice-held", json=same)
    assert (unchanged.status_code, unchanged.json()["status"]) == (200, "unchanged")
    wait_until(lambda: revision(courier, second, 2).get("state") == "embargoed")
    assert revision(courier, second, 1)["state"] == "superseded"
    page = courier.until(path_of(second), there="Held twice", gone="Held once")
    assert page.headers["x-story-revision"] == "2"
    wait_until(lambda: courier.status("twice-held") == "live")
    assert [(one["revision"], one["action"]) for one in changes_of(courier, "twice-held")] == [(2, "publish")]


def test_lifting_an_embargo_publishes_at_once(courier: Publisher) -> None:
    held = courier.client.put("/v1/stories/lifted", json=story(embargo_until="2097-01-01T00:00:00Z", slug="lifted"))
    assert held.json()["status"] == "scheduled"
    body = {"note": "Free to go.", "embargo_until": None}
    live = courier.client.post("/v1/stories/lifted/correct", json=body, headers={"Prefer": "wait=10"})
    assert (live.status_code, live.json()["status"]) == (200, "live")
    assert courier.get(path_of(held.json())).status_code == 200


def test_an_update_under_embargo_leaves_what_is_live_alone_until_then(courier: Publisher) -> None:
    live = courier.put("later", headline="As it is")
    at = within(4.0)
    held = courier.client.put("/v1/stories/later", json=story(headline="As it will be", embargo_until=at.isoformat()))
    assert held.json()["status"] == "scheduled"
    read = courier.client.get("/v1/stories/later").json()
    assert (read["status"], read["revision"], read["live_revision"]) == ("scheduled", 2, 1)
    assert "As it is" in courier.get(path_of(live)).text
    courier.until(path_of(live), there="As it will be")
    assert clock.now() >= at


def test_a_killed_embargoed_story_is_never_seen(courier: Publisher) -> None:
    at = within(4.0)
    fields = story(headline="Never to be read", embargo_until=at.isoformat())
    held = courier.client.put("/v1/stories/never", json=fields).json()
    killed = courier.client.post("/v1/stories/never/kill", json={"reason": "Wrong"}, headers={"Prefer": "wait=10"})
    assert killed.status_code == 200
    assert killed.json()["receipt"]
    wait_until(lambda: clock.now() > at + LATE, 10)
    assert courier.status("never") == "killed"
    assert "Never to be read" not in everywhere(courier)
    assert courier.get(path_of(held)).status_code == 404
    assert changes_of(courier, "never") == []
    trace = courier.client.get(held["links"]["trace"]).json()["revisions"]
    assert [one["state"] for one in trace] == ["superseded", "live"]


def test_nobody_learns_that_a_story_was_killed_under_embargo(courier: Publisher) -> None:
    fields = story(headline="Ibex", embargo_until="2097-01-01T00:00:00Z", aliases=["/old/ibex"], slug="ibex")
    page = path_of(courier.client.put("/v1/stories/ibex", json=fields).json())
    told = {"reason": "Wrong", "public_note": "Ibexnote."}
    killed = courier.client.post("/v1/stories/ibex/kill", json=told, headers={"Prefer": "wait=10"})
    assert (killed.status_code, killed.json()["status"]) == (200, "killed")
    for path in (page, f"{page}feed/", "/old/ibex", "/corrections/", "/updates/feed/", "/feed/"):
        answer = courier.get(path)
        assert (path, answer.status_code in {200, 404}) == (path, True)
        assert "ibexnote" not in answer.text.lower(), path
    assert courier.get(page).status_code == 404
    assert changes_of(courier, "ibex") == []
    assert courier.client.post("/v1/stories/ibex/revive", json={"note": "Right."}).json()["status"] == "scheduled"
    assert courier.get(page).status_code == 404
    lifted = {"note": "Free.", "embargo_until": None}
    assert (
        courier.client.post("/v1/stories/ibex/correct", json=lifted, headers={"Prefer": "wait=10"}).status_code == 200
    )
    assert courier.get(page).status_code == 200


def test_a_story_expires_and_says_so(courier: Publisher) -> None:
    at = within(4.0)
    live = courier.put("vault-brief", headline="Brief offer", sections=["Vault"], expires_at=at.isoformat())
    gone = wait_until(lambda: (page := courier.get(path_of(live))).status_code == 410 and page, 10)
    assert clock.now() >= at
    assert "This story is no longer available." in gone.text
    assert "Brief offer" not in gone.text
    wait_until(lambda: courier.status("vault-brief") == "expired")
    wait_until(lambda: "Brief offer" not in everywhere(courier), SOON)
    read = courier.client.get("/v1/stories/vault-brief").json()
    assert (read["action"], read["revision"], read["story"]["headline"]) == ("expire", 2, "Brief offer")
    told = [(one["action"], one["story"]) for one in changes_of(courier, "vault-brief")]
    assert told == [("publish", None), ("expire", None)]
    again = courier.client.put("/v1/stories/vault-brief", json=read["story"])
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    late = courier.client.post("/v1/stories/vault-brief/correct", json={"note": "n", "headline": "Other"})
    assert places(problem(late, 422)) == ["/expires_at"]
    back = courier.act("vault-brief", "correct", note="Extended.", expires_at=None)
    assert (back["status"], httpx.get(live["links"]["page"]).status_code) == ("live", 200)


def test_a_story_that_expired_while_it_was_killed_comes_back_without_its_end(newsroom: Newsroom) -> None:
    desk = newsroom("Night Desk")
    at = within(4.0)
    live = desk.put("lapsed", expires_at=at.isoformat())
    desk.act("lapsed", "kill", reason="r")
    wait_until(lambda: clock.now() > at)
    revived = desk.act("lapsed", "revive", note="n")
    assert revived["status"] == "live"
    assert "expires_at" in revived["warnings"][0]
    assert "expires_at" not in desk.client.get("/v1/stories/lapsed").json()["story"]
    assert desk.get(path_of(live)).status_code == 200
