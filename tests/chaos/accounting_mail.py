"""Did everybody get each notice once, and does the ledger say so? Pure; a line a fault."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.chaos.load import WORD
from tests.chaos.truth import Story, Truth

SETTLED = ("delivered", "bounced", "failed", "suppressed", "uncertain")
STATES = (*SETTLED, "pending")
_SLUG = re.compile(r"/kettle-(\d+)/")
_NUMBER = re.compile(r"<(\d+)\.")


class Letter(NamedTuple):
    """One mail in the relay's hands. `delivery` is the row that its Message-ID names."""

    reader: str
    delivery: int
    story: int
    kind: str  # story, correction, withdrawn, revived
    operation: int | None
    at: float


def read_letter(reader: str, message_id: str, subject: str, text: str, at: float) -> Letter:
    """A mail as far as the accounts need it. Of a withdrawn story only the address tells which it was."""
    delivery, story = _NUMBER.search(message_id), _SLUG.search(text)
    assert delivery is not None, message_id
    assert story is not None, text
    kind = subject.partition(":")[0].lower() if ": " in subject else "story"
    said = WORD.search(subject)
    return Letter(reader, int(delivery[1]), int(story[1]), kind, int(said[2]) if said else None, at)


def ledger(rows: Sequence[Mapping[str, Any]], traces: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The rows are settled, and what traces say of them adds up and is what the rows say."""
    for row in rows:
        if row["state"] not in SETTLED:
            yield f"delivery {row['id']} is {row['state']}"
    counted: dict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts = counted[row["story_id"], row["revision"], row["channel"]]
        counts["planned"] += 1
        counts[row["state"]] += 1
        counts["maybe_duplicate"] += row["maybe_duplicate"] and row["state"] == "delivered"
    for story_id, trace in traces.items():
        for revision in trace.get("revisions", ()):
            for channel, told in revision["deliveries"].items():
                yield from _counts(f"{story_id} {revision['revision']} {channel}", told,
                                   counted[story_id, revision["revision"], channel])  # fmt: skip


def _counts(what: str, told: Mapping[str, int], rows: Counter[str]) -> Iterator[str]:
    if told["planned"] != sum(told[state] for state in STATES) or told["pending"]:
        yield f"the trace of {what} does not add up: {dict(told)}"
    if any(told[key] != rows[key] for key in ("planned", *SETTLED, "maybe_duplicate")):
        yield f"the trace of {what} says {dict(told)}, the ledger {dict(rows)}"


def inbox(rows: Iterable[Mapping[str, Any]], letters: Iterable[Letter], readers: Mapping[int, str]) -> Iterator[str]:
    """Row by row: what was delivered is there, once unless it is marked; what was not sent is not there."""
    arrived = defaultdict(list)
    for letter in letters:
        arrived[letter.delivery].append(letter)
    for row in rows:
        if row["channel"] != "email":
            continue
        copies = arrived.pop(row["id"], [])
        yield from _row(row, copies)
        for one in copies:
            if one.reader != readers[row["recipient"]]:
                yield f"delivery {row['id']} for {readers[row['recipient']]} reached {one.reader}"
    for delivery, copies in arrived.items():
        yield f"{len(copies)} mails came under the number {delivery}, which is in no ledger"


def _row(row: Mapping[str, Any], copies: Sequence[Letter]) -> Iterator[str]:
    marked = row["maybe_duplicate"] or row["state"] == "uncertain"
    if row["state"] == "delivered" and not copies:
        yield f"delivery {row['id']} is delivered and did not arrive: lost"
    if len(copies) > 1 and not marked:
        yield f"delivery {row['id']} arrived {len(copies)} times and is not marked: doubled"
    if copies and row["state"] not in {"delivered", "uncertain"} and not marked:
        yield f"delivery {row['id']} is {row['state']} and arrived"


def notices(truth: Truth, letters: Iterable[Letter], bounced: frozenset[str]) -> Iterator[str]:
    """By what people asked for, whatever the ledger says: who got a story, and who heard the rest of it."""
    by_story: dict[int, dict[str, list[Letter]]] = defaultdict(lambda: defaultdict(list))
    for letter in letters:
        by_story[letter.story][letter.reader].append(letter)
    for number, story in truth.stories.items():
        wanted, had = truth.readers_of(story), by_story[number]
        for reader in sorted(set(had) - wanted):
            yield f"{reader} got {story.external_id} without having asked for it"
        if story.state == "live" and not story.after("kill"):
            for reader in sorted(wanted - set(had) - bounced):
                yield f"{reader} never got {story.external_id}: lost"
        for reader, mails in had.items():
            yield from _heard_all(story, reader, mails)


def _heard_all(story: Story, reader: str, mails: Sequence[Letter]) -> Iterator[str]:
    """Who had a story heard its last correction (or a newer text) and its kill; nobody read it before its time."""
    if story.state == "killed" and not any(one.kind == "withdrawn" for one in mails):
        yield f"{reader} had {story.external_id} and did not hear that it was withdrawn"
    corrections = [one for one in story.after("correct") if one.operation.verb == "correct"]
    if story.state == "live" and corrections:
        least = corrections[0].operation.index
        if not any(one.operation is not None and one.operation >= least for one in mails):
            yield f"{reader} had {story.external_id} and did not hear of its correction"
    first = story.accepted[0]
    for one in mails:
        if first.embargo_until and one.operation == 0 and one.at < first.embargo_until.timestamp():
            yield f"{reader} got {story.external_id} {first.embargo_until.timestamp() - one.at:.1f} s too early"


def marked(rows: Iterable[Mapping[str, Any]], letters: Iterable[Letter], allowed: int) -> Iterator[str]:
    """Doubts are few: at most 32 for each worker that died, and one for each connection that broke after the text."""
    doubtful = sum(1 for row in rows if row["maybe_duplicate"] or row["state"] == "uncertain")
    if doubtful > allowed:
        yield f"{doubtful} deliveries are marked, {allowed} may be"
    twice = doubled(letters)
    if twice > doubtful:
        yield f"{twice} mails are doubled, {doubtful} deliveries are marked"


def doubled(letters: Iterable[Letter]) -> int:
    """Mails that came more than once."""
    return sum(copies - 1 for copies in Counter(one.delivery for one in letters).values())
