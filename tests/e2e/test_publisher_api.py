"""Does the publisher API answer what the interface says, to the letter?"""

from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx
import pytest

from tests.e2e.conftest import Newsroom
from tests.e2e.problems import places, problem
from tests.servers.newswire import Newswire, wait_until
from tests.servers.publisher import SOON, Publisher, path_of, story

WAIT = {"Prefer": "wait=10"}


def test_a_publisher_is_made_with_a_key_that_is_shown_once(wire: Newswire) -> None:
    with wire.client() as admin:
        made = admin.post("/v1/publishers", json={"name": "Ærø Folkeblad"})
        assert made.status_code == 201
        told = made.json()
        assert (told["name"], told["slug"], told["publisher"]) == ("Ærø Folkeblad", "aero-folkeblad", "aero-folkeblad")
        assert told["scopes"] == ["push", "read"]
        partner = admin.post("/v1/publishers", json={"name": "Ærø Folkeblad", "scopes": ["read"]}).json()
        assert (partner["slug"], partner["scopes"]) == ("aero-folkeblad-2", ["read"])
        every = admin.get("/v1/publishers")
        assert told["key"] not in every.text
        assert {"aero-folkeblad", "aero-folkeblad-2"} <= {one["slug"] for one in every.json()["publishers"]}
        wrongs: list[Any] = [
            {},
            {"name": ""},
            {"name": "x", "scopes": ["root"]},
            {"name": "x", "who": 1},
            {"name": 7},
            [],
        ]
        for wrong in wrongs:
            problem(admin.post("/v1/publishers", json=wrong), 422)
    files = [path for path in wire.data.rglob("*") if path.is_file()]
    assert not [path for path in files if told["key"].encode() in path.read_bytes()]


def test_only_the_admin_manages_publishers(wire: Newswire, key: str) -> None:
    with wire.client(key) as client:
        for method, path in (
            ("POST", "/v1/publishers"),
            ("GET", "/v1/publishers"),
            ("POST", "/v1/publishers/testwell-desk/rotate"),
            ("POST", "/v1/publishers/testwell-desk/disable"),
        ):
            problem(client.request(method, path, json={"name": "x"}), 403)
            assert httpx.request(method, wire.url + path, json={"name": "x"}).status_code == 401


def test_the_first_put_publishes_and_says_where_everything_is(wire: Newswire, courier: Publisher) -> None:
    answer = courier.client.put("/v1/stories/A.b_c~d:e-1", json=story(headline="Straße nach Ærø: 5 Łodzie"))
    told = answer.json()
    assert (answer.status_code, told["status"], told["revision"]) == (202, "accepted", 1)
    assert told["external_id"] == "A.b_c~d:e-1"
    publisher = courier.client.get("/v1/stories/A.b_c~d:e-1").json()["publisher"]
    assert told["story_id"] == str(uuid5(NAMESPACE_URL, f"newswire:{publisher}/A.b_c~d:e-1"))
    assert told["warnings"] == []
    assert told["links"]["self"] == f"{wire.url}/v1/stories/A.b_c~d:e-1"
    assert told["links"]["trace"] == f"{wire.url}/v1/traces/{told['story_id']}"
    assert told["links"]["page"].startswith(wire.url)
    assert told["links"]["page"].endswith("/strasse-nach-aero-5-lodzie/")
    assert courier.client.get(told["links"]["self"]).status_code == 200
    assert courier.client.get(told["links"]["trace"]).status_code == 200
    courier.until(path_of(told))


def test_a_story_reads_back_as_it_was_pushed(courier: Publisher) -> None:
    fields: dict[str, Any] = {
        "headline": "Bells",
        "body_html": "<p>Bells.</p>",
        "slug": "bells",
        "aliases": ["/?p=815047", "/old/bells-of-testwell.html"],
        "authors": [{"name": "Ida Bell", "url": "https://example.org/ida"}],
        "sections": ["Town"],
        "tags": ["bells"],
        "published_at": "2026-11-01T10:00:00+02:00",
        "expires_at": "2098-01-01T00:00:00Z",
        "language": "en-GB",
        "canonical_url": "https://example.org/bells",
        "priority": "urgent",
        "notify": False,
        "related": ["nothing-yet"],
        "rights": {"license": "CC-BY", "usage_terms": "none", "copyright": "2026"},
        "genre": "report",
        "sponsored": True,
        "comments": "closed",
        "extra": {"desk": {"slot": 4}},
    }
    answer = courier.client.put("/v1/stories/whole", json=fields, headers=WAIT)
    assert (answer.status_code, answer.json()["status"]) == (200, "live")
    read = courier.client.get("/v1/stories/whole")
    assert read.headers["etag"] == '"1"'
    told = read.json()
    expected = {**fields, "published_at": "2026-11-01T08:00:00Z"}
    assert told["story"] == expected
    known = {"story_id", "external_id", "publisher", "status", "revision", "seq", "action", "accepted_at"}
    assert set(told) == known | {"live_revision", "live_at", "links", "story"}
    assert (told["status"], told["action"], told["live_revision"]) == ("live", "publish", 1)
    assert isinstance(told["seq"], int)
    for old in fields["aliases"]:
        moved = courier.get(old)
        assert moved.status_code == 301
        assert moved.headers["location"].endswith(path_of(told))


def test_put_replaces_every_field_and_the_same_again_is_unchanged(courier: Publisher) -> None:
    put = courier.client.put
    first = put("/v1/stories/same", json={"headline": "One", "body_html": "<p>1</p>", "dek": "A dek"}, headers=WAIT)
    same = put("/v1/stories/same", json={"body_html": "<p>1</p>", "headline": "One", "dek": "A dek"})
    assert (same.status_code, same.json()["status"], same.json()["revision"]) == (200, "unchanged", 1)
    assert {**same.json(), "status": ""} == {**first.json(), "status": ""}
    second = put("/v1/stories/same", json={"headline": "Two", "body_html": "<p>1</p>"}, headers=WAIT)
    assert (second.status_code, second.json()["revision"]) == (200, 2)
    told = courier.client.get("/v1/stories/same").json()
    assert told["story"] == {"headline": "Two", "body_html": "<p>1</p>"}
    assert told["action"] == "update"
    assert second.json()["links"]["page"] == first.json()["links"]["page"]
    assert "Two" in courier.get(path_of(told)).text


def test_a_stale_if_match_changes_nothing(courier: Publisher) -> None:
    courier.put("matched", headline="First")
    for method, path, body in (
        ("PUT", "/v1/stories/matched", story(headline="Second")),
        ("POST", "/v1/stories/matched/correct", {"note": "n", "headline": "Second"}),
        ("POST", "/v1/stories/matched/kill", {"reason": "r"}),
    ):
        for stale in ('"2"', '"0"', '"x"', 'W/"1"'):
            problem(courier.client.request(method, path, json=body, headers={"If-Match": stale}), 412)
    problem(courier.client.put("/v1/stories/absent", json=story(), headers={"If-Match": '"1"'}), 412)
    problem(courier.client.get("/v1/stories/absent"), 404)
    good = courier.client.put("/v1/stories/matched", json=story(headline="Second"), headers={"If-Match": '"1"'})
    assert (good.status_code, good.json()["revision"]) == (202, 2)


def test_a_read_is_validated_by_its_etag(courier: Publisher) -> None:
    courier.put("validated")
    for matching in ('"1"', '"0", "1"', 'W/"1"', "*"):
        answer = courier.client.get("/v1/stories/validated", headers={"If-None-Match": matching})
        assert (answer.status_code, answer.content) == (304, b""), matching
    assert courier.client.get("/v1/stories/validated", headers={"If-None-Match": '"2"'}).status_code == 200


def test_a_correction_is_a_merge_patch_with_a_note(courier: Publisher) -> None:
    live = courier.put("patched", headline="Wrong", tags=["a", "b"], extra={"x": 1, "y": {"z": 2}}, image=None)
    body = {"note": "It was right.", "headline": "Right", "tags": ["c"], "dek": None, "extra": {"x": None}}
    answer = courier.client.post("/v1/stories/patched/correct", json=body, headers=WAIT)
    told = answer.json()
    assert (answer.status_code, told["status"], told["revision"]) == (200, "live", 2)
    assert set(told) == set(live)
    read = courier.client.get("/v1/stories/patched").json()
    assert read["action"] == "correct"
    assert read["story"]["headline"] == "Right"
    assert read["story"]["tags"] == ["c"]
    assert read["story"]["extra"] == {"y": {"z": 2}}
    assert "dek" not in read["story"]
    page = courier.get(path_of(live)).text
    assert "It was right." in page
    for kind in ("clarification", "right_of_reply"):
        body = {"note": f"A {kind}.", "kind": kind}
        assert courier.client.post("/v1/stories/patched/correct", json=body).status_code == 202
    for wrong, path in (
        ({"headline": "x"}, "/note"),
        ({"note": "n", "kind": "rumour"}, "/kind"),
        ({"note": "n", "headline": None}, "/headline"),
        ({"note": "n", "nonsense": 1}, "/nonsense"),
        ({"note": "n", "external_id": "other"}, "/external_id"),
        ({"note": " "}, "/note"),
        ({"note": 5}, "/note"),
    ):
        told = problem(courier.client.post("/v1/stories/patched/correct", json=wrong), 422)
        assert places(told) == [path]
    problem(courier.client.post("/v1/stories/nowhere/correct", json={"note": "n"}), 404)
    assert courier.client.get("/v1/stories/patched").json()["revision"] == 4


def test_a_killed_story_can_be_read_and_revived_but_not_put(courier: Publisher) -> None:
    live = courier.put("doomed", headline="Doomed", dek="Of doom")
    answer = courier.client.post("/v1/stories/doomed/kill", json={"reason": "Libel: see file 7"}, headers=WAIT)
    killed = answer.json()
    assert (answer.status_code, killed["revision"]) == (200, 2)
    assert killed["receipt"]
    gone = courier.get(path_of(live))
    assert gone.status_code == 410
    assert "This story has been withdrawn." in gone.text
    assert "file 7" not in gone.text
    again = courier.client.post("/v1/stories/doomed/kill", json={"reason": "again"})
    assert (again.status_code, again.json()["status"], again.json()["receipt"]) == (200, "unchanged", killed["receipt"])
    problem(courier.client.put("/v1/stories/doomed", json=story()), 409)
    problem(courier.client.post("/v1/stories/doomed/correct", json={"note": "n"}), 409)
    read = courier.client.get("/v1/stories/doomed")
    assert (read.status_code, read.headers["etag"], read.json()["status"]) == (200, '"2"', "killed")
    assert read.json()["story"]["headline"] == "Doomed"
    problem(courier.client.post("/v1/stories/doomed/revive", json={}), 422)
    revived = courier.client.post("/v1/stories/doomed/revive", json={"note": "Cleared."}, headers=WAIT)
    assert (revived.status_code, revived.json()["status"], revived.json()["revision"]) == (200, "live", 3)
    assert "Doomed" in courier.get(path_of(live)).text
    problem(courier.client.post("/v1/stories/doomed/revive", json={"note": "Again."}), 409)
    problem(courier.client.post("/v1/stories/nowhere/kill", json={"reason": "r"}), 404)
    problem(courier.client.post("/v1/stories/nowhere/revive", json={"note": "n"}), 404)


def test_a_receipt_says_what_the_kill_reached(wire: Newswire, courier: Publisher, newsroom: Newsroom) -> None:
    courier.put("receipted", headline="To be withdrawn")
    killed = courier.act("receipted", "kill", reason="Sealed by court", public_note="Removed.")
    assert killed["links"]["receipt"] == f"{wire.url}/v1/receipts/{killed['receipt']}"

    def confirmed() -> dict[str, object] | None:
        told = courier.client.get(f"/v1/receipts/{killed['receipt']}").json()
        return told if all(one["outcome"] == "confirmed" for one in told["channels"].values()) else None

    told = wait_until(confirmed, SOON)
    ours = {"page", "lists", "feeds", "sitemaps", "search", "related", "media"}
    assert set(told["channels"]) == ours | {"email", "webhook", "websub"}
    assert told["state"] == "complete"
    assert not any(one["retrying"] for one in told["channels"].values())
    assert all(one["at"] for one in told["channels"].values())
    assert (told["reason"], told["public_note"], told["revision"]) == ("Sealed by court", "Removed.", 2)
    with wire.client() as admin:
        assert admin.get(f"/v1/receipts/{killed['receipt']}").status_code == 200
    stranger = newsroom("Stranger")
    assert stranger.client.get(f"/v1/receipts/{killed['receipt']}").status_code in {403, 404}
    assert httpx.get(f"{wire.url}/v1/receipts/{killed['receipt']}").status_code == 401
    problem(courier.client.get("/v1/receipts/00000000-0000-0000-0000-000000000000"), 404)


def test_scopes_say_what_a_key_may(newsroom: Newsroom, courier: Publisher) -> None:
    live = courier.put("scoped")
    partner = newsroom("Partner", scopes=["read"])
    pusher = newsroom("Pusher", scopes=["push"])
    problem(partner.client.put("/v1/stories/a", json=story()), 403)
    for verb in ("correct", "kill", "revive"):
        problem(partner.client.post(f"/v1/stories/a/{verb}", json={"note": "n", "reason": "r"}), 403)
    problem(partner.client.post("/v1/stories:batch", content=b"{}\n"), 403)
    problem(partner.client.post("/v1/media", files={"file": b"x"}), 403)
    assert partner.client.get("/v1/changes").status_code == 200
    assert pusher.client.put("/v1/stories/a", json=story()).status_code == 202
    problem(pusher.client.get("/v1/stories/a"), 403)
    problem(pusher.client.get("/v1/changes"), 403)
    for stranger in (partner, pusher):
        problem(stranger.client.get(f"/v1/traces/{live['story_id']}"), 403)
    problem(partner.client.get(f"/v1/stories/{live['story_id']}"), 403)
    problem(partner.client.get("/v1/stories/scoped"), 404)
    problem(courier.client.get("/v1/stories/scoped?publisher=partner"), 403)


def test_equal_ids_at_two_publishers_are_two_stories(courier: Publisher, newsroom: Newsroom) -> None:
    other = newsroom("Elsewhere Echo")
    mine, theirs = courier.put("equal", headline="Same words"), other.put("equal", headline="Same words")
    assert mine["story_id"] != theirs["story_id"]
    assert path_of(theirs) == path_of(mine).removesuffix("/") + "-2/"


def test_the_admin_names_the_publisher(wire: Newswire, courier: Publisher) -> None:
    courier.put("named", headline="Named")
    slug = courier.client.get("/v1/stories/named").json()["publisher"]
    with wire.client() as admin:
        whose = f"?publisher={slug}"
        told = admin.get(f"/v1/stories/named{whose}")
        assert told.json()["publisher"] == slug
        assert admin.get(told.json()["links"]["self"]).status_code == 200
        put = admin.put(f"/v1/stories/named{whose}", json=story(headline="Renamed"))
        assert (put.status_code, put.json()["revision"]) == (202, 2)
        batch = admin.post(f"/v1/stories:batch{whose}", content=b'{"external_id":"b","headline":"B","body_html":"b"}')
        assert '"accepted"' in batch.text
        problem(admin.get("/v1/stories/named?publisher=nobody-at-all"), 404)
        assert admin.get("/v1/stories/named").status_code in {400, 422}
        assert admin.get(told.json()["links"]["trace"]).status_code == 200


def test_a_rotated_or_disabled_key_opens_nothing_at_once(wire: Newswire, newsroom: Newsroom) -> None:
    desk = newsroom("Turncoat")
    live = desk.put("kept")
    slug = desk.client.get("/v1/stories/kept").json()["publisher"]
    trace = f"/v1/traces/{live['story_id']}"
    hooks = "/v1/webhooks"
    for path in (trace, hooks):
        assert desk.client.get(path).status_code == 200
    with wire.client() as admin:
        rotated = admin.post(f"/v1/publishers/{slug}/rotate")
        assert rotated.status_code == 200
        for path in (trace, hooks, "/v1/stories/kept", "/v1/changes"):
            problem(desk.client.get(path), 401)
        problem(desk.client.put("/v1/stories/new", json=story()), 401)
        fresh = newsroom("Turncoat", key=str(rotated.json()["key"]))
        for path in (trace, hooks, "/v1/stories/kept", "/v1/changes"):
            assert fresh.client.get(path).status_code == 200
        assert admin.post(f"/v1/publishers/{slug}/disable").status_code == 200
        for path in (trace, hooks, "/v1/stories/kept", "/v1/changes"):
            problem(fresh.client.get(path), 401)
        problem(admin.post("/v1/publishers/nobody-at-all/disable"), 404)
        problem(admin.post("/v1/publishers/nobody-at-all/rotate"), 404)


def test_changes_are_told_in_order_with_a_cursor(courier: Publisher) -> None:
    start = courier.client.get("/v1/changes?limit=1000").json()
    while start["more"]:
        start = courier.client.get(f"/v1/changes?limit=1000&after={start['next']}").json()
    after = start["next"]
    courier.put("cursor", headline="C1")
    courier.act("cursor", "correct", note="n", headline="C2")
    courier.act("cursor", "kill", reason="r")
    courier.act("cursor", "revive", note="n")
    told = courier.client.get(f"/v1/changes?after={after}").json()
    assert set(told) == {"changes", "next", "more"}
    mine = [one for one in told["changes"] if one["external_id"] == "cursor"]
    assert [one["action"] for one in mine] == ["publish", "correct", "kill", "revive"]
    fields = {"seq", "story_id", "publisher", "external_id", "revision", "action", "at", "url", "story"}
    assert all(set(one) == fields for one in mine)
    assert mine[2]["story"] is None
    assert mine[3]["story"]["headline"] == "C2"


def test_changes_can_be_read_one_by_one(courier: Publisher) -> None:
    courier.put("one-by-one")
    whole = courier.client.get("/v1/changes?limit=20").json()
    paged: list[dict[str, Any]] = []
    cursor = 0
    while len(paged) < len(whole["changes"]):
        page = courier.client.get(f"/v1/changes?after={cursor}&limit=1").json()
        paged += page["changes"]
        cursor = page["next"]
    assert paged == whole["changes"]
    last = courier.client.get("/v1/changes?after=123456789").json()
    assert last == {"changes": [], "next": 123456789, "more": False}
    for wrong in ("limit=0", "limit=1001", "after=-1", "after=x"):
        assert places(problem(courier.client.get(f"/v1/changes?{wrong}"), 422))


def test_a_moved_slug_redirects_and_can_move_back(courier: Publisher) -> None:
    first = courier.put("moving", headline="A long day at sea", slug="sea")
    assert path_of(first).endswith("/sea/")
    renamed = courier.put("moving", headline="Another headline", slug="sea")
    assert path_of(renamed) == path_of(first)
    second = courier.put("moving", headline="Another headline", slug="ocean")
    assert path_of(second) == path_of(first).replace("/sea/", "/ocean/")
    moved = courier.get(path_of(first))
    assert (moved.status_code, httpx.URL(moved.headers["location"]).path) == (301, path_of(second))
    back = courier.put("moving", headline="Another headline", slug="sea")
    assert path_of(back) == path_of(first)
    assert courier.get(path_of(first)).status_code == 200
    assert courier.get(path_of(second)).status_code == 301


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Crème brûlée — déjà vu!", "creme-brulee-deja-vu"),
        ("Große Œuvre, Ægir & Øre: łódź", "grosse-oeuvre-aegir-ore-lodz"),
        ("Привет, мир: ёлка", "%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82-%D0%BC%D0%B8%D1%80-%D1%91%D0%BB%D0%BA%D0%B0"),
        ("日本の選挙", "%E6%97%A5%E6%9C%AC%E3%81%AE%E9%81%B8%E6%8C%99"),
        ("ﬁne ½ №5 Ⅳ", "fine-1-2-no5-iv"),
        ("100% sure / not_sure", "100-sure-not-sure"),
    ],
)
def test_a_slug_is_made_of_the_headline(courier: Publisher, headline: str, slug: str) -> None:
    answer = courier.client.put(f"/v1/stories/{uuid4()}", json=story(headline=headline), headers=WAIT)
    page = answer.json()["links"]["page"]
    assert page.endswith(f"/{slug}/")
    assert httpx.get(page).status_code == 200


def test_a_slug_is_cut_at_a_hyphen_and_an_empty_one_is_named_after_the_story(courier: Publisher) -> None:
    long = courier.client.put("/v1/stories/long", json=story(headline="abcdefghi " * 12)).json()["links"]["page"]
    assert long.endswith("/" + "-".join(["abcdefghi"] * 8) + "/")
    whole = courier.client.put("/v1/stories/one-word", json=story(headline="x" * 120)).json()["links"]["page"]
    assert whole.endswith("/" + "x" * 80 + "/")
    empty = courier.client.put("/v1/stories/empty", json=story(headline="!!! ???")).json()
    assert empty["links"]["page"].endswith(f"/story-{empty['story_id'][:8]}/")


def test_an_address_takes_its_date_from_the_first_publication_for_ever(courier: Publisher) -> None:
    first = courier.put("dated", headline="Dated", published_at="2019-05-06T23:30:00-02:00")
    assert path_of(first) == "/2019/05/07/dated/"
    later = courier.put("dated", headline="Dated", published_at="2020-01-01T00:00:00Z")
    assert path_of(later) == path_of(first)


def test_a_key_that_is_missing_or_wrong_is_401(wire: Newswire) -> None:
    for headers in ({}, {"Authorization": "Bearer nw_wrong"}, {"Authorization": "Basic eDp5"}, {"Authorization": "x"}):
        for method, path in (
            ("PUT", "/v1/stories/a"),
            ("POST", "/v1/stories:batch"),
            ("GET", "/v1/changes"),
            ("GET", "/v1/publishers"),
            ("GET", "/v1/dead"),
            ("GET", "/v1/webhooks"),
            ("GET", "/v1/subscribers"),
            ("GET", "/v1/deliveries"),
            ("GET", "/v1/comments"),
            ("POST", "/v1/media"),
            ("GET", "/v1/traces/00000000-0000-0000-0000-000000000000"),
        ):
            answer = httpx.request(method, wire.url + path, headers=headers)
            problem(answer, 401)
            assert "Bearer" in answer.headers["www-authenticate"]


def test_who_has_no_key_is_not_told_what_else_is_wrong(wire: Newswire) -> None:
    for path in ("/v1/changes?after=abc", "/v1/subscribers?limit=x", "/v1/comments?status=x", "/v1/dead/x"):
        problem(httpx.get(wire.url + path), 401)


@pytest.mark.parametrize("number", [2**63, 10**23])
def test_a_number_that_no_database_holds_is_no_fault_of_ours(wire: Newswire, number: int) -> None:
    with wire.client() as admin:
        hook = admin.post("/v1/webhooks", json={"url": "https://partner.example/", "topics": ["tag:nothing"]}).json()
        for path in ("changes", "deliveries", "subscribers", "dead", "comments"):
            assert places(problem(admin.get(f"/v1/{path}?after={number}"), 422)) == ["/after"]
        attempts = admin.get(f"/v1/webhooks/{hook['id']}/attempts?before={number}")
        assert places(problem(attempts, 422)) == ["/before"]
        replay = admin.post(f"/v1/webhooks/{hook['id']}/replay?after={number}")
        assert places(problem(replay, 422)) == ["/after"]
        problem(admin.get(f"/v1/dead/{number}"), 404)
        for verb in ("dead/{}/retry", "dead/{}/drop", "comments/{}/approve", "comments/{}/trash"):
            problem(admin.post("/v1/" + verb.format(number)), 404)
        last = 2**63 - 1
        for path in ("deliveries", "subscribers", "dead", "comments"):
            assert admin.get(f"/v1/{path}?after={last}").status_code == 200
        problem(admin.get(f"/v1/dead/{last}"), 404)
        problem(admin.post(f"/v1/comments/{last}/approve"), 404)
        admin.delete(f"/v1/webhooks/{hook['id']}").raise_for_status()


def test_what_does_not_exist_or_is_not_allowed_is_a_problem(courier: Publisher) -> None:
    for path in ("/v1/nothing", "/v1/stories", "/v1/stories/a/b/c", "/v1/stories/unknown", "/v1/", "/v1"):
        problem(courier.client.get(path), 404)
    for method, path in (
        ("DELETE", "/v1/stories/a"),
        ("POST", "/v1/stories/a"),
        ("GET", "/v1/stories/a/kill"),
        ("PUT", "/v1/changes"),
        ("POST", "/v1/traces/00000000-0000-0000-0000-000000000000"),
        ("POST", "/healthz"),
    ):
        answer = courier.client.request(method, path)
        problem(answer, 405)
        assert answer.headers["allow"]
    problem(courier.client.get("/v1/traces/not-a-uuid"), 404)
    problem(courier.client.get("/v1/receipts/not-a-uuid"), 404)
    problem(courier.client.get("/v1/traces/00000000-0000-0000-0000-000000000000"), 404)


def test_head_is_get_without_a_body(wire: Newswire, courier: Publisher) -> None:
    live = courier.put("headed")
    for path in ("/v1/stories/headed", "/v1/changes", f"/v1/traces/{live['story_id']}"):
        head, get = courier.client.head(path), courier.client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == get.headers["content-length"]
        assert head.headers.get("etag") == get.headers.get("etag")
    for path in ("/healthz", "/readyz", "/v1/docs", "/v1/openapi.json"):
        assert (httpx.head(wire.url + path).status_code, httpx.head(wire.url + path).content) == (200, b"")


def test_the_process_says_how_it_is(wire: Newswire, courier: Publisher) -> None:
    courier.put("measured")
    assert httpx.get(f"{wire.url}/healthz").status_code == 200
    assert httpx.get(f"{wire.url}/readyz").status_code == 200
    figures = httpx.get(f"{wire.url}/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    for name in ("handled_total", "failed_total", "dead_total", "seconds_bucket", "lag", "oldest_pending_seconds"):
        assert f'newswire_step_{name}{{group="site",' in figures.text, name
    for channel in ("email", "webhook", "websub"):
        for outcome in ("delivered", "failed", "bounced", "suppressed"):
            assert f'newswire_deliveries_total{{channel="{channel}",outcome="{outcome}"}}' in figures.text
    forwarded = httpx.get(f"{wire.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    problem(forwarded, 401)
    document = httpx.get(f"{wire.url}/v1/openapi.json").json()
    assert document["openapi"].startswith("3.")
    for path in ("/v1/stories/{external_id}", "/v1/stories:batch", "/v1/changes", "/v1/traces/{story_id}"):
        assert path in document["paths"]
    put = document["paths"]["/v1/stories/{external_id}"]["put"]
    fields = put["requestBody"]["content"]["application/json"]["schema"]
    assert fields["required"] == ["headline", "body_html"]
    assert {"202", "409", "412", "413", "415", "422"} <= set(put["responses"])
