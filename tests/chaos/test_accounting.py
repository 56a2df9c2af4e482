"""Would the accounts see what is lost, doubled, late, outdated or left lying? Each fault is put in by hand."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos import accounting_hooks, accounting_mail, accounting_site, accounting_wire
from tests.chaos.accounting_mail import Letter
from tests.chaos.accounting_site import Shown
from tests.chaos.accounting_wire import Group
from tests.chaos.load import Operation, Verb, draw, word
from tests.chaos.partners import Heard
from tests.chaos.truth import Accepted, Story, Truth

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
READER, OTHER = "ann@readers.example", "bo@readers.example"


def story(number: int, *verbs: Verb, embargo: timedelta | None = None) -> Story:
    """A story with these operations, all accepted."""
    made = Story(number, "t1", "s0", f"id-{number}", f"/2026/11/25/kettle-{number}/")
    until = NOW + embargo if embargo else None
    for index, verb in enumerate(verbs):
        operation = Operation(number, index, verb, 0.0)
        made.accepted.append(
            Accepted(operation, index + 1, NOW, until if index == 0 else None, f"r{number}" if verb == "kill" else None)
        )
    return made


#: 0 was updated, 1 was killed, 2 was corrected, 3 is back.
STORIES = {
    0: story(0, "publish", "update"),
    1: story(1, "publish", "kill"),
    2: story(2, "publish", "correct"),
    3: story(3, "publish", "kill", "revive"),
}
TRUTH = Truth(STORIES, {READER: ("tag:t1",), OTHER: ("tag:t2",)})
LIVE = {0, 2, 3}
TEXTS = {0: "zq0k1z", 1: "", 2: "zq2k1z", 3: "zq3k0z"}


def told(account: Iterable[str]) -> str:
    """What an account says."""
    return "\n".join(account)


# ---- the site


def shown(**changed: Shown) -> dict[int, Shown]:
    right = {
        0: Shown(200, "zq0k1z", 2),
        1: Shown(410, "gone"),
        2: Shown(200, "zq2k1z", 2),
        3: Shown(200, "zq3k0z", 3),
    }
    return right | {int(name[1:]): value for name, value in changed.items()}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, ""),
        ({"_0": Shown(404, "", None)}, "live story-0 answers 404"),
        ({"_0": Shown(200, "zq0k0z", 1)}, "shows revision 1, accepted is 2"),
        ({"_0": Shown(200, "zq0k0z", 2)}, "without its content zq0k1z"),
        ({"_1": Shown(200, "zq1k0z", 1)}, "killed story-1 answers 200"),
        ({"_1": Shown(404, "")}, "killed story-1 answers 404"),
        ({"_1": Shown(410, "zq1k0z")}, "repeats zq1k0z of story-1, which was killed"),
        ({"_2": Shown(200, "zq2k1z zq1k0z", 2)}, "page of story-2 repeats zq1k0z"),
        ({"_2": Shown(200, "zq2k1z zq0k0z", 2)}, "page of story-2 shows zq0k0z of story-0"),
    ],
)
def test_a_wrong_page_is_seen(changed: dict[str, Shown], fault: str) -> None:
    said = told(accounting_site.pages(TRUTH, shown(**changed)))
    assert fault in said
    assert bool(said) == bool(fault)


def test_who_was_killed_under_embargo_may_have_been_nowhere() -> None:
    hidden = Truth({1: story(1, "publish", "kill", embargo=timedelta(seconds=5))}, {})
    assert not told(accounting_site.pages(hidden, {1: Shown(404, "")}))
    assert told(accounting_site.pages(hidden, {1: Shown(200, "", 1)}))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("zq0k1z zq2k1z zq3k0z", ""),
        ("zq0k1z zq2k1z", "lacks story-3"),
        ("zq0k0z zq2k1z zq3k0z", "shows zq0k0z of story-0, whose content is zq0k1z"),
        ("zq0k1z zq2k1z zq3k0z zq1k0z", "repeats zq1k0z of story-1, which was killed"),
    ],
)
def test_a_wrong_list_is_seen(text: str, fault: str) -> None:
    said = told(accounting_site.listing(TRUTH, "list", text, LIVE))
    assert fault in said
    assert bool(said) == bool(fault)
    assert "does not belong" in told(accounting_site.listing(TRUTH, "list", TEXTS[0], {2}))


def test_a_front_page_with_too_few_stories_is_seen() -> None:
    assert not told(accounting_site.newest(TRUTH, "/", "zq0k1z zq2k1z zq3k0z", 200))
    assert "shows 1 stories instead of 3" in told(accounting_site.newest(TRUTH, "/", "zq0k1z", 200))


@pytest.mark.parametrize(
    ("numbers", "fault"), [({0, 2, 3}, ""), ({0, 2}, "lacks live"), ({0, 1, 2, 3}, "names killed")]
)
def test_a_wrong_sitemap_is_seen(numbers: set[int], fault: str) -> None:
    said = told(accounting_site.sitemap(TRUTH, {STORIES[number].path for number in numbers}))
    assert fault in said
    assert bool(said) == bool(fault)


@pytest.mark.parametrize(
    ("subject", "paths", "fault"),
    [
        ((0, 1), [STORIES[0].path], ""),
        ((0, 1), [], "search finds [] by zq0k1z"),
        ((0, 0), [STORIES[0].path], "search still finds"),
        ((1, 0), [STORIES[1].path], "search still finds"),
        ((1, 0), [], ""),
    ],
)
def test_a_wrong_hit_is_seen(subject: tuple[int, int], paths: list[str], fault: str) -> None:
    said = told(accounting_site.found(TRUTH, {subject: paths}))
    assert fault in said
    assert bool(said) == bool(fault)


# ---- the log and what travels


def test_a_revision_that_is_lost_or_not_live_is_seen() -> None:
    right = {
        number: {"revision": one.newest.revision, "live_revision": one.newest.revision,
                 "status": "killed" if one.state == "killed" else "live"}
        for number, one in STORIES.items()
    }  # fmt: skip
    assert not told(accounting_wire.log(TRUTH, right))
    for wrong in ({"revision": 1}, {"live_revision": 1}, {"status": "accepted"}):
        assert "story-0" in told(accounting_wire.log(TRUTH, right | {0: right[0] | wrong}))


@pytest.mark.parametrize(
    ("states", "fault"),
    [
        (["superseded", "live"], ""),
        (["superseded", "moving"], "says"),
        (["live", "superseded"], "says"),
        (["live"], "says"),
        (["superseded", "halted"], "says"),
    ],
)
def test_a_trace_that_does_not_know_is_seen(states: list[str], fault: str) -> None:
    revisions = [{"revision": number, "state": state} for number, state in enumerate(states, 1)]
    said = told(accounting_wire.traces(TRUTH, {"id-0": {"revisions": revisions}}))
    assert fault in said
    assert bool(said) == bool(fault)


def test_an_answer_that_takes_another_back_is_seen() -> None:
    assert not told(accounting_wire.acceptance(TRUTH))
    lost = story(5, "publish", "update")
    lost.accepted[1] = Accepted(lost.accepted[1].operation, 1, NOW)
    assert "was told revisions [1, 1]" in told(accounting_wire.acceptance(Truth({5: lost}, {})))


def changes() -> list[dict[str, Any]]:
    return [
        {"seq": number + 1, "external_id": one.external_id, "revision": one.newest.revision,
         "story": None if one.state == "killed" else {}}
        for number, one in STORIES.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda _: None, ""),
        (lambda said: said.pop(), "story-3 is not among the changes"),
        (lambda said: said[0].update(revision=1), "end with revision 1 of story-0"),
        (lambda said: said[1].update(story={}), "end with revision 2 of story-1"),
        (lambda said: said[1].update(seq=1), "do not rise"),
        (lambda said: said.append(said[0] | {"seq": 9}), "story-0 revision 2 is told 2 times"),
        (lambda said: said.append({**said[3], "seq": 9, "revision": 2}), "end with revision 2 of story-3"),
    ],
)
def test_a_wrong_cursor_is_seen(spoil: Callable[[list[dict[str, Any]]], object], fault: str) -> None:
    entries = changes()
    spoil(entries)
    said = told(accounting_wire.changes(TRUTH, entries))
    assert fault in said
    assert bool(said) == bool(fault)


@pytest.mark.parametrize(
    ("number", "state", "outcome", "is_right"),
    [
        (1, "complete", "confirmed", True),
        (1, "open", "pending", False),
        (1, "overtaken", "pending", False),
        (3, "overtaken", "pending", True),
    ],
)
def test_a_channel_that_never_answered_is_seen(number: int, state: str, outcome: str, *, is_right: bool) -> None:
    said: dict[str, dict[str, Any]] = {
        f"r{one}": {"state": "complete", "channels": {"page": {"outcome": "confirmed"}}} for one in (1, 3)
    }
    said[f"r{number}"] = {"state": state, "channels": {"page": {"outcome": outcome}}}
    assert bool(told(accounting_wire.receipts(TRUTH, said))) != is_right


@pytest.mark.parametrize(
    ("group", "fault"),
    [
        (Group("s", "g", 0, 0.0, 0), ""),
        (Group("s", "g", 1, 5.0, 0), "longer than its lease"),
        (Group("s", "g", 1, 0.5, 0), "1 pending"),
        (Group("s", "g", 0, 0.0, 3), "3 unread"),
    ],
)
def test_an_entry_that_nobody_settles_is_seen(group: Group, fault: str) -> None:
    said = told(accounting_wire.streams([group], 2.0))
    assert fault in said
    assert bool(said) == bool(fault)


def test_a_state_without_an_owner_is_seen() -> None:
    right = {"ingest revisions": {"settled": 3, "superseded": 1}, "notify deliveries": {"delivered": 2}}
    assert not told(accounting_wire.states({**right, "notify kills": {"not settled": 0}}))
    for state in ("waiting", "queued", "emitted", "live", "halted"):
        assert state in told(accounting_wire.states({**right, "ingest revisions": {state: 1}}))
    for state in ("pending", "sending", "uncertain"):
        assert state in told(accounting_wire.states({**right, "notify deliveries": {state: 1}}))
    assert "not settled" in told(accounting_wire.states({**right, "notify kills": {"not settled": 1}}))


# ---- mail


def row(number: int = 1, **fields: Any) -> dict[str, Any]:
    right = {"id": number, "story_id": "id-0", "revision": 1, "channel": "email", "recipient": 7, "state": "delivered",
             "detail": "", "maybe_duplicate": False}  # fmt: skip
    return right | fields


def letter(number: int = 1, **fields: Any) -> Letter:
    return Letter(READER, number, 0, "story", 0, NOW.timestamp())._replace(**fields)


@pytest.mark.parametrize(
    ("rows", "mails", "fault"),
    [
        ([row()], [letter()], ""),
        ([row()], [], "delivered and did not arrive: lost"),
        ([row()], [letter(), letter()], "arrived 2 times and is not marked: doubled"),
        ([row(maybe_duplicate=True)], [letter(), letter()], ""),
        ([row(state="suppressed")], [letter()], "is suppressed and arrived"),
        ([row(state="bounced")], [], ""),
        ([], [letter()], "which is in no ledger"),
        ([row()], [letter(reader=OTHER)], f"reached {OTHER}"),
    ],
)
def test_an_inbox_that_is_not_the_ledgers_is_seen(rows: list[Any], mails: list[Letter], fault: str) -> None:
    said = told(accounting_mail.inbox(rows, mails, {7: READER}))
    assert fault in said
    assert bool(said) == bool(fault)


def counts(**fields: int) -> dict[str, Any]:
    none = dict.fromkeys(("planned", *accounting_mail.STATES, "maybe_duplicate"), 0)
    return {"id-0": {"revisions": [{"revision": 1, "deliveries": {"email": none | fields}}]}}


@pytest.mark.parametrize(
    ("rows", "traces", "fault"),
    [
        ([row()], counts(planned=1, delivered=1), ""),
        ([row(state="pending")], counts(planned=1, pending=1), "delivery 1 is pending"),
        ([row(state="sending")], counts(planned=1, delivered=1), "delivery 1 is sending"),
        ([row()], counts(planned=2, delivered=1), "does not add up"),
        ([row(), row(2)], counts(planned=1, delivered=1), "the ledger"),
        ([row(maybe_duplicate=True)], counts(planned=1, delivered=1), "the ledger"),
    ],
)
def test_a_ledger_that_does_not_add_up_is_seen(rows: list[Any], traces: dict[str, Any], fault: str) -> None:
    said = told(accounting_mail.ledger(rows, traces))
    assert fault in said
    assert bool(said) == bool(fault)


@pytest.mark.parametrize(
    ("one", "mails", "fault"),
    [
        (story(0, "publish"), [letter()], ""),
        (story(0, "publish"), [], "never got story-0: lost"),
        (story(0, "publish"), [letter(), letter(reader=OTHER)], "without having asked"),
        (story(0, "publish", "kill"), [letter()], "did not hear that it was withdrawn"),
        (story(0, "publish", "kill"), [letter(), letter(2, kind="withdrawn", operation=None)], ""),
        (story(0, "publish", "kill"), [], ""),
        (story(0, "publish", "correct"), [letter()], "did not hear of its correction"),
        (story(0, "publish", "correct"), [letter(), letter(2, kind="correction", operation=1)], ""),
        (story(0, "publish", embargo=timedelta(seconds=4)), [letter()], "4.0 s too early"),
    ],
)
def test_who_was_not_told_what_is_seen(one: Story, mails: list[Letter], fault: str) -> None:
    truth = Truth({0: one}, TRUTH.readers)
    said = told(accounting_mail.notices(truth, mails, frozenset()))
    assert fault in said
    assert bool(said) == bool(fault)


def test_more_doubts_than_deaths_explain_are_seen() -> None:
    doubtful = [row(number, maybe_duplicate=True) for number in range(3)]
    assert not told(accounting_mail.marked(doubtful, [], 3))
    assert "3 deliveries are marked, 2 may be" in told(accounting_mail.marked(doubtful, [], 2))
    assert "1 mails are doubled, 0 deliveries are marked" in told(accounting_mail.marked([], [letter(), letter()], 32))


def test_a_mail_is_read_as_what_it_is() -> None:
    text = "See https://news.example/2026/11/25/kettle-12/ now"
    read = accounting_mail.read_letter(READER, "<5.ab@x>", f"Correction: Kettle {word(12, 3)} whistles", text, 1.0)
    assert read == Letter(READER, 5, 12, "correction", 3, 1.0)
    gone = accounting_mail.read_letter(READER, "<6.ab@x>", "Withdrawn: a story sent November 25, 2026", text, 1.0)
    assert (gone.kind, gone.operation) == ("withdrawn", None)


# ---- webhooks


def heard(story_id: str, revision: int, number: int, **fields: Any) -> Heard:
    right = Heard(0, f"msg_{story_id}_{revision}_{number}", story_id, revision, "story.live", b"x", 204, 0.0)
    return Heard(**{**{name: getattr(right, name) for name in right.__slots__}, **fields})


@pytest.mark.parametrize(
    ("rows", "came", "fault"),
    [
        ([row(channel="webhook")], [heard("id-0", 1, 1)], ""),
        ([row(channel="webhook")], [heard("id-0", 1, 1), heard("id-0", 1, 1)], ""),
        ([row(channel="webhook")], [heard("id-0", 1, 1, status=500)], "nobody took it: lost"),
        ([row(channel="webhook", state="failed", detail="HTTP 500")], [], "is failed"),
        ([row(channel="webhook", state="failed", detail="HTTP 410: gone")], [], ""),
        ([], [heard("id-0", 1, 1)], "is in no ledger"),
        ([row(channel="webhook")], [heard("id-0", 1, 1), heard("id-0", 1, 1, content=b"y")], "2 different contents"),
    ],
)
def test_a_webhook_that_is_lost_or_changed_is_seen(rows: list[Any], came: list[Heard], fault: str) -> None:
    said = told(accounting_hooks.webhooks(rows, came))
    assert fault in said
    assert bool(said) == bool(fault)


def test_a_partner_who_missed_something_is_seen() -> None:
    all_ = [heard(one.story_id, one.newest.revision, number) for number, one in STORIES.items()]
    assert not told(accounting_hooks.followed(TRUTH, all_, 0))
    assert "never heard of story-3 revision 3: lost" in told(accounting_hooks.followed(TRUTH, all_[:-1], 0))
    assert "under 2 ids" in told(accounting_hooks.followed(TRUTH, [*all_, heard("id-0", 2, 99)], 0))
    early = Truth({0: story(0, "publish", embargo=timedelta(seconds=4))}, {})
    said = told(accounting_hooks.followed(early, [heard("id-0", 1, 1, at=NOW.timestamp())], 0))
    assert "4.0 s too early" in said


# ---- the load


def test_a_load_can_be_drawn_again_and_keeps_each_storys_order() -> None:
    load = draw(300, 7, 500)
    assert load == draw(300, 7, 500) != draw(300, 8, 500)
    assert {one.number for one in load.operations} == set(range(300))
    for number in range(300):
        mine = [one.index for one in load.operations if one.number == number]
        assert mine == list(range(len(mine)))
    assert {one.verb for one in load.operations} == {"publish", "update", "correct", "kill", "revive"}
    assert any(one.embargo_s for one in load.operations)
