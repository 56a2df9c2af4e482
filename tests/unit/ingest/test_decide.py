"""What becomes of a command?"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.changes import never_seen, told_as
from services.ingest.domain.commands import Command, Correct, Expire, Kill, Precondition, Put, Revive
from services.ingest.domain.decide import Circumstances, decide
from services.ingest.domain.fields import pushed
from services.ingest.domain.identity import Identity
from services.ingest.domain.problems import Refused
from services.ingest.domain.standing import Accepted, Outcome, Standing, Unchanged
from shared.events import rfc3339

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + 2 * HOUR
WHO = Identity("desk", "a")
ANY = Precondition()
STORY = {"headline": "Ferry returns", "body_html": "<p>It is back.</p>"}


class Town:
    """A story's life, told command by command."""

    def __init__(self, zone: str = "UTC", **owners: str) -> None:
        self.standing: Standing | None = None
        self.now, self.zone, self.owners = NOW, ZoneInfo(zone), {f"/2026/11/23/{k}/": v for k, v in owners.items()}

    def ask(self, command: Command, wanted: Precondition = ANY) -> Outcome:
        outcome = decide(WHO, self.standing, command, wanted, Circumstances(self.now, self.zone, self.owners.get, 1))
        if isinstance(outcome, Accepted):
            self.standing = outcome.standing
            self.owners |= dict.fromkeys(outcome.claims, WHO.story_id)
        return outcome

    def put(self, **fields: Any) -> Outcome:
        return self.ask(Put(pushed({**STORY, **fields})))

    def accepted(self, outcome: Outcome) -> Standing:
        assert isinstance(outcome, Accepted), outcome
        return outcome.standing


def test_a_first_push_publishes_and_a_later_one_updates() -> None:
    town = Town()
    first = town.accepted(town.put()).newest
    assert (first.revision, first.action, first.published_at, first.path) == (
        1,
        "publish",
        NOW,
        "/2026/11/23/ferry-returns/",
    )
    assert isinstance(town.put(), Unchanged)
    town.now += HOUR
    second = town.accepted(town.put(headline="Other words")).newest
    assert (second.revision, second.action, second.published_at, second.path) == (2, "update", NOW, first.path)


def test_an_address_has_the_day_of_the_newsrooms_zone() -> None:
    assert Town("Asia/Tokyo").put().standing.newest.path == "/2026/11/24/ferry-returns/"  # type: ignore[union-attr]


def test_a_taken_address_is_numbered_and_a_headline_without_letters_named_by_id() -> None:
    town = Town(**{"ferry-returns": "other", "ferry-returns-2": "other"})
    assert town.accepted(town.put()).newest.path.endswith("/ferry-returns-3/")
    named = Town()
    path = named.accepted(named.put(headline="!!!")).newest.path
    assert path == f"/2026/11/23/story-{WHO.story_id[:8]}/"


def test_only_a_changed_slug_moves_a_page_and_the_old_path_leads_on() -> None:
    town = Town()
    town.put(slug="one")
    assert town.accepted(town.put(dek="x")).newest.path == "/2026/11/23/one/"
    town.now += timedelta(days=3)
    moved = town.accepted(town.put(slug="Two")).newest
    assert (moved.path, moved.redirects) == ("/2026/11/23/two/", ("/2026/11/23/one/",))
    back = town.accepted(town.put(slug="one")).newest
    assert (back.path, back.redirects) == ("/2026/11/23/one/", ("/2026/11/23/two/",))


@pytest.mark.parametrize(
    ("fields", "release", "published"),
    [
        ({}, None, NOW),
        ({"published_at": rfc3339(NOW + timedelta(minutes=4))}, None, NOW + timedelta(minutes=4)),
        ({"published_at": rfc3339(NOW + HOUR)}, NOW + HOUR, NOW + HOUR),
        ({"embargo_until": rfc3339(NOW + HOUR)}, NOW + HOUR, NOW + HOUR),
        ({"embargo_until": rfc3339(NOW - HOUR)}, None, NOW),
        ({"embargo_until": rfc3339(NOW + HOUR), "published_at": rfc3339(NOW - HOUR)}, NOW + HOUR, NOW - HOUR),
        (
            {"embargo_until": rfc3339(NOW + HOUR), "published_at": rfc3339(NOW + 2 * HOUR)},
            NOW + 2 * HOUR,
            NOW + 2 * HOUR,
        ),
    ],
)
def test_an_embargo_and_a_date_ahead_hold_a_story_back(
    fields: dict[str, Any], release: datetime | None, published: datetime
) -> None:
    town = Town()
    newest = town.accepted(town.put(**fields)).newest
    assert (newest.release_at, newest.published_at) == (release, published)
    assert newest.announce_until == (release or NOW) + timedelta(hours=24)


def test_a_backfilled_story_is_never_announced_but_its_correction_is() -> None:
    town = Town()
    newest = town.accepted(town.put(published_at="2019-05-01T12:00:00Z")).newest
    assert (newest.announce_until, newest.notify) == (None, False)
    assert newest.path.startswith("/2019/05/01/")
    corrected = town.accepted(town.ask(Correct("Wrong.", "correction", {}))).newest
    assert (corrected.announce_until, corrected.notify) == (NOW + timedelta(hours=24), True)


def test_a_killed_story_stays_killed_until_it_is_revived() -> None:
    town = Town()
    town.put()
    killed = town.accepted(town.ask(Kill("Libel.", None))).newest
    assert (killed.action, killed.note, killed.reason) == ("kill", "This story has been withdrawn.", "Libel.")
    for command in (Put(pushed(STORY)), Put(pushed({**STORY, "dek": "x"})), Correct("x", "correction", {})):
        refused = town.ask(command)
        assert isinstance(refused, Refused)
        assert refused.status == 409
    again = town.ask(Kill("Again.", "Sorry."))
    assert isinstance(again, Unchanged)
    assert again.standing.newest.receipt == killed.receipt
    revived = town.accepted(town.ask(Revive("Cleared.")))
    assert (revived.newest.action, revived.newest.content) == ("revive", pushed(STORY).content)
    assert isinstance(town.ask(Revive("Again.")), Refused)


def test_a_revived_story_keeps_its_embargo() -> None:
    town = Town()
    town.put(embargo_until=rfc3339(NOW + HOUR))
    town.ask(Kill("x", None))
    assert town.accepted(town.ask(Revive("y"))).newest.release_at == NOW + HOUR


def test_a_story_expires_once_and_comes_back_with_another_time() -> None:
    town = Town()
    town.put(expires_at=rfc3339(NOW + HOUR))
    assert isinstance(town.ask(Expire()), Unchanged)
    town.now += HOUR
    assert town.accepted(town.ask(Expire())).newest.action == "expire"
    assert isinstance(town.ask(Expire()), Unchanged)
    assert town.accepted(town.put()).newest.action == "update"


@pytest.mark.parametrize("command", [Correct("x", "correction", {}), Kill("x", None), Revive("x"), Expire()])
def test_what_is_unknown_is_not_found(command: Command) -> None:
    refused = Town().ask(command)
    assert isinstance(refused, Refused)
    assert refused.status == 404


@pytest.mark.parametrize(
    ("wanted", "revision", "holds"),
    [
        (Precondition(), None, True),
        (Precondition(match=frozenset({2})), 2, True),
        (Precondition(match=frozenset({2})), 3, False),
        (Precondition(match=frozenset()), 3, False),
        (Precondition(match=frozenset({2})), None, False),
        (Precondition(exists=True), None, False),
        (Precondition(exists=True), 1, True),
        (Precondition(absent=True), 1, False),
        (Precondition(absent=True), None, True),
    ],
)
def test_a_precondition_holds_or_not(wanted: Precondition, revision: int | None, holds: bool) -> None:
    assert wanted.holds(revision) is holds


def test_a_refused_correction_names_the_field_of_the_result() -> None:
    town = Town()
    town.put()
    refused = town.ask(Correct("x", "correction", {"image": {"url": "ftp://x"}}))
    assert isinstance(refused, Refused)
    assert [path for path, _ in refused.errors] == ["/image/url"]


COMMANDS = st.lists(
    st.one_of(
        st.builds(lambda dek: Put(pushed({**STORY, "dek": dek})), st.sampled_from(["a", "b"])),
        st.builds(lambda slug: Put(pushed({**STORY, "slug": slug})), st.sampled_from(["one", "two"])),
        st.just(Correct("x", "correction", {"dek": "c"})),
        st.just(Kill("x", None)),
        st.just(Revive("x")),
    ),
    max_size=12,
)


@given(COMMANDS)
def test_revisions_are_counted_without_gaps_and_a_page_always_has_one_address(commands: list[Command]) -> None:
    town, revisions = Town(), []
    for command in commands:
        outcome = town.ask(command)
        if isinstance(outcome, Accepted):
            newest = outcome.standing.newest
            revisions.append(newest.revision)
            assert newest.path not in newest.redirects
            assert town.owners[newest.path] == WHO.story_id
            assert newest.path.startswith("/2026/11/23/")
    assert revisions == list(range(1, len(revisions) + 1))


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        (["publish"], "publish"),
        (["publish", "update", "correct"], "publish"),
        (["update", "correct", "update"], "correct"),
        (["correct", "revive"], "revive"),
        (["publish", "kill"], "kill"),
        (["publish", "kill", "revive"], "publish"),
        (["update", "expire"], "expire"),
    ],
)
def test_a_change_is_told_as_the_strongest_that_it_brought_home(actions: Any, told: str) -> None:
    assert told_as(actions) == told


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("<p>Plain.</p>", []),
        ('<p>Ours: <img src="/media/ab.png"> and <img src=https://news.example/media/cd.png></p>', []),
        ('<figure><IMG alt="" SRC = "https://elsewhere.example/a.png"></figure>', ["pictures from elsewhere"]),
        ("<p>x</p><SCRIPT>y()</SCRIPT><iframe src='z'></iframe>", ["iframe, script is left out"]),
    ],
)
def test_a_publisher_hears_what_will_be_left_out(body: str, named: list[str]) -> None:
    outcome = Town().put(body_html=body)
    assert isinstance(outcome, Accepted)
    assert len(outcome.warnings) == len(named)
    assert all(name in warning for name, warning in zip(named, outcome.warnings, strict=True))


@pytest.mark.parametrize(
    ("before", "unseen"),
    [
        ([("publish", LATER)], True),
        ([("publish", LATER), ("update", LATER)], True),
        ([("publish", NOW)], False),
        ([("publish", None)], False),
        ([("publish", None), ("update", LATER)], False),
        # Killed, revived under embargo, killed again: still nobody has seen it.
        ([("publish", LATER), ("kill", None), ("revive", LATER)], True),
    ],
)
def test_a_story_that_was_under_embargo_to_the_last_was_never_seen(before: Any, unseen: bool) -> None:
    assert never_seen(before, NOW + HOUR) is unseen


def test_the_lists_that_a_story_stood_in_are_those_that_somebody_could_see() -> None:
    town = Town("Europe/Berlin")
    assert town.accepted(town.put(sections=["Harbour"], authors=[{"name": "Ada Lind"}])).listed == ()
    secret = town.put(sections=["Secret"], tags=["Tide"], embargo_until=rfc3339(LATER))
    stood = ("archive/2026/11", "author/ada-lind", "section/harbour")
    assert town.accepted(secret).listed == stood
    # The embargo was never over: nobody has seen the section Secret.
    assert town.accepted(town.put(sections=["Town"], published_at=rfc3339(NOW - 40 * 24 * HOUR))).listed == stood
    killed = town.accepted(town.ask(Kill("wrong", None)))
    assert killed.listed == ("archive/2026/10", *stood, "section/town")
    assert town.accepted(town.ask(Revive("right after all"))).listed == killed.listed


def test_what_ends_unseen_stood_nowhere() -> None:
    town = Town()
    town.put(sections=["Secret"], embargo_until=rfc3339(LATER))
    assert town.accepted(town.ask(Kill("wrong", None))).listed == ()


def test_numbers_that_may_have_been_given_before_a_restore_are_not_given_again() -> None:
    by = Circumstances(NOW, ZoneInfo("UTC"), lambda _path: None, 1, floor=1003)
    first = decide(WHO, None, Put(pushed(STORY)), ANY, by)
    assert isinstance(first, Accepted)
    assert first.standing.newest.revision == 1004
    second = decide(WHO, first.standing, Put(pushed({**STORY, "headline": "Other words"})), ANY, by)
    assert isinstance(second, Accepted)
    assert second.standing.newest.revision == 1005
