"""How are several commands judged in one transaction, and what of it may be emitted at once?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select, update

from services.ingest.adapters import context, counters, receipts, standings, window
from services.ingest.adapters.rows import to_row
from services.ingest.adapters.tables import contents, in_state, revisions
from services.ingest.domain.addresses import candidates, date_of, dated, slug_for
from services.ingest.domain.aliases import looked_up
from services.ingest.domain.commands import Command, Precondition, Put
from services.ingest.domain.decide import Circumstances, decide, released_at
from services.ingest.domain.identity import Identity
from services.ingest.domain.standing import Accepted, Entry, Outcome, Standing
from services.ingest.domain.telling import Told
from shared.database import Many, lock

_LOG, _KEEP = Many(lambda _: insert(revisions)), Many(lambda _: insert(contents))
ANYTHING: Final = Precondition()
#: How many numbered addresses are looked up ahead of need.
AHEAD: Final = 3
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One command to one story."""

    identity: Identity
    command: Command
    wanted: Precondition = ANYTHING


@dataclass(slots=True)
class Judged:
    """The outcomes in the order of the commands; what may be emitted now; what waits for its time, or for room."""

    outcomes: list[Outcome] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    queued: bool = False


def judge(
    connection: Connection, asked: Sequence[Asked], now: datetime, zone: ZoneInfo, names: context.Names
) -> Judged:
    """Judge, append to the log, and claim for emission what the window has room for."""
    lock(connection, "ingest.log")
    before = standings.load(connection, (one.identity.story_id for one in asked))
    owners = _Owners(connection, _addresses_ahead(asked, before, now, zone))
    outcomes, stands = _decide_all(
        connection,
        asked,
        before,
        owners,
        Circumstances(now, zone, owners.of, 0, counters.last(connection, "floor")),
    )
    accepted = [outcome.standing.newest for outcome in outcomes if isinstance(outcome, Accepted)]
    if not accepted:
        return Judged(outcomes)
    standings.store(
        connection,
        fresh=[one for story_id, one in stands.items() if story_id not in before],
        changed=[one for story_id, one in stands.items() if story_id in before and one is not before[story_id]],
    )
    standings.claim(connection, owners.taken)
    names.log(connection, (entry.content for entry in accepted if entry.content))
    fates = _fates(connection, accepted, now)
    _append(connection, accepted, fates, set(before), now)
    receipts.begin(connection, (entry for entry in accepted if entry.action == "kill"), now)
    by_fate = {fate: [one for one, its in zip(accepted, fates, strict=True) if its == fate] for fate in set(fates)}
    told = context.told(connection, by_fate.get("emitted", []), names)
    return Judged(outcomes, told, by_fate.get("waiting", []), "queued" in by_fate)


def _decide_all(
    connection: Connection, asked: Sequence[Asked], before: Mapping[str, Standing], owners: "_Owners", by: Circumstances
) -> tuple[list[Outcome], dict[str, Standing]]:
    """Decide one after the other, each on what the ones before it left; new stories get the next numbers.

    And each a microsecond later: stories of one batch that changed at one moment have no order where only times are
    compared, and validators of feeds warn of it.
    """
    ordinal = first = counters.last(connection, "ordinal")
    stands = dict(before)
    outcomes: list[Outcome] = []
    for place, one in enumerate(asked):
        story_id = one.identity.story_id
        circumstances = replace(by, ordinal=ordinal + 1, now=by.now + place * _MICROSECOND)
        outcome = decide(one.identity, stands.get(story_id), one.command, one.wanted, circumstances)
        outcomes.append(outcome)
        if isinstance(outcome, Accepted):
            ordinal += story_id not in stands
            stands[story_id] = outcome.standing
            owners.take(outcome.claims, story_id)
    if ordinal > first:
        counters.store(connection, "ordinal", ordinal)
    return outcomes, stands


def _fates(connection: Connection, accepted: Sequence[Entry], now: datetime) -> list[str]:
    """The state in which each new revision begins. Only the newest due one of a story is emitted; kills at once."""
    newest_due = {entry.identity: entry.revision for entry in accepted if entry.release_at is None}
    newest = {entry.identity: entry.revision for entry in accepted}
    room, behind = window.room(connection, now), window.backlog(connection)
    fates = []
    for entry in accepted:
        if entry.release_at is not None:
            fates.append("waiting" if newest[entry.identity] == entry.revision else "superseded")
        elif newest_due[entry.identity] > entry.revision:
            fates.append("superseded")
        elif entry.action == "kill" or (not behind and room.take(entry.size)):
            fates.append("emitted")
        else:
            fates.append("queued")
    return fates


def _append(
    connection: Connection, accepted: Sequence[Entry], fates: Sequence[str], known: set[str], now: datetime
) -> None:
    """Write the revisions; older ones of the same stories that were still to be emitted are overtaken."""
    for entry in accepted:
        if entry.identity.story_id in known:
            overtaken = ("waiting",) if entry.release_at else ("waiting", "queued")
            connection.execute(
                update(revisions)
                .where(revisions.c.story_id == entry.identity.story_id, in_state(*overtaken))
                .values(state="superseded")
            )
    # Writers of the log take turns, so the next free places are ours.
    last = connection.scalar(select(func.max(revisions.c.position))) or 0
    rows = [
        {
            **to_row(entry),
            "position": position,
            "state": fate,
            "claimed_at": now if fate == "emitted" else None,
            "sends": 1 if fate == "emitted" else 0,
        }
        for position, (entry, fate) in enumerate(zip(accepted, fates, strict=True), last + 1)
    ]
    _LOG(connection, rows)
    brought = ((place, entry.content) for place, entry in enumerate(accepted, last + 1))
    _KEEP(connection, [{"position": place, "content": content} for place, content in brought if content is not None])


def _addresses_ahead(asked: Sequence[Asked], before: dict[str, Standing], now: datetime, zone: ZoneInfo) -> list[str]:
    """The addresses that new stories will probably try, so that one query answers for all."""
    found: list[str] = []
    for one in asked:
        if not isinstance(one.command, Put):
            continue
        story, story_id = one.command.fields.story, one.identity.story_id
        standing = before.get(story_id)
        found += [looked_up(alias) for alias in story.aliases]
        if standing is None:
            published = story.published_at or released_at(story, now) or now
            slug = slug_for(story.slug or story.headline, story_id)
            found += candidates(dated(published, zone), slug, AHEAD)
        elif story.slug:
            found += candidates(date_of(standing.newest.path), slug_for(story.slug, story_id), AHEAD)
    return found


class _Owners:
    """Who owns an address: what was looked up ahead, what this transaction gave away, else the table."""

    def __init__(self, connection: Connection, ahead: Sequence[str]) -> None:
        self._connection = connection
        self._known: dict[str, str | None] = dict.fromkeys(ahead)
        self._known.update(standings.owners(connection, ahead) if ahead else {})
        self.taken: list[tuple[str, str]] = []

    def of(self, path: str) -> str | None:
        if path not in self._known:
            self._known[path] = standings.owners(self._connection, [path]).get(path)
        return self._known[path]

    def take(self, claims: Sequence[str], story_id: str) -> None:
        for path in claims:
            if self.of(path) is None:
                self._known[path] = story_id
                self.taken.append((path, story_id))
