"""What must be true of a restored state before anything runs on it? All rules are here, each with its reason.

Of what happened after the backup was taken nobody knows anything any more: numbers were given, mails were sent,
embargoes ended. So nothing older than the restore is told to anybody, and no number is given twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from services.backup.log import Logged
from services.ingest.adapters import counters
from services.ingest.adapters.tables import in_state, redacted, redactions, revisions
from services.ingest.adapters.tables import stories as logged_stories
from services.notify.adapters.pauses import pause
from services.notify.adapters.tables import (
    correspondents,
    deliveries,
    endpoints,
    hub_subscriptions,
    notices,
    numbers,
    subscribers,
)
from services.notify.adapters.tables import stories as told_stories
from services.notify.domain.channels import CHANNELS
from services.site.adapters.tables import answers, comments, discussions, media
from shared.database import Many

#: In the ledger, beside what is held.
RESTORED: Final = "restored"
#: How many may have been given since the backup: revisions of one story; changes; mails, subscribers and comments.
REVISIONS: Final = 1_000
CHANGES: Final = 1_000_000
MAILS: Final = 1_000_000
#: A reader's number is in the unsubscribe link of each mail: in another's place it would end another's subscription.
READERS: Final = 100_000

_STAND: Final = {"planned": 0, "cancelled_below": 0, "topics": "", "version": 0, "reported": 0}
_ENTER, _NOTE, _NUMBER = Many.adding(told_stories), Many.adding(notices), Many.adding(numbers)
#: Nothing of such a revision's story below it may be sent, by nobody's hand.
_ENDS: Final = ("kill", "expire")


def _raising(column: Column[int]) -> Many:
    """Sets a column of a story's row, upwards only."""
    higher = (told_stories.c.id == bindparam("b_story"), column < bindparam("b_to"))
    return Many(lambda _: update(told_stories).where(*higher).values({column.name: bindparam("b_to")}))


_PLAN, _CANCEL = _raising(told_stories.c.planned), _raising(told_stories.c.cancelled_below)


# Notify: whom to tell.


def sending_is_paused(connection: Connection, now: datetime) -> None:
    """A person looks before the first message leaves: `newswire resume`."""
    pause(connection, CHANNELS, RESTORED, now)


def unsettled_deliveries_are_held(connection: Connection, now: datetime) -> int:
    """What was pending may have been delivered since the backup: it is uncertain, and no policy sends it again.

    A person may. Partners catch up by `/v1/changes`. How many there are.
    """
    d = deliveries.c
    unsettled = or_(d.state == "pending", d.state == "sending")
    concerned = select(d.story).where(unsettled, d.story.is_not(None))
    connection.execute(
        update(told_stories).where(told_stories.c.id.in_(concerned)).values(version=told_stories.c.version + 1)
    )
    letters = select(d.notice_id).where(unsettled, d.story.is_(None), d.recipient.is_(None))
    # A letter that will not leave holds an address, and a link that nobody shall find.
    connection.execute(update(notices).where(notices.c.id.in_(letters)).values(content=None))
    held = {"state": "uncertain", "detail": RESTORED, "token": None, "lease_until": None, "changed_at": now}
    return connection.execute(update(deliveries).where(unsettled).values(held)).rowcount


def restored_revisions_are_planned(connection: Connection, log: Iterable[Sequence[Logged]], now: datetime) -> int:
    """Each revision of the log whose time has come has a notice, a bare one if need be; so none is announced again.

    A later revision would otherwise tell of them, too. What is still under embargo has none: its time will come. How
    many revisions were looked at.
    """
    looked_at = 0
    for some in log:
        looked_at += len(some)
        _ENTER(connection, [{"story_id": one, **_STAND} for one in sorted({one.story_id for one in some})])
        wanted = told_stories.c.story_id.in_(sorted({one.story_id for one in some}))
        columns = (told_stories.c.story_id, told_stories.c.id)
        ids = {row.story_id: row.id for row in connection.execute(select(*columns).where(wanted))}
        bare = {"planned_at": now, "content": None, "event": None}
        rows = [
            {"story": ids[one.story_id], "revision": one.revision, "action": one.action, **bare}
            for one in some
            if one.is_due
        ]
        _NOTE(connection, rows)
        given = [one for one in some if one.seq is not None]
        _NUMBER(connection, [{"story_id": one.story_id, "revision": one.revision, "seq": one.seq} for one in given])
        _PLAN(connection, _highest((ids[one.story_id], one.revision) for one in some if one.is_due))
        ends = ((ids[one.story_id], one.revision) for one in some if one.is_due and one.action in _ENDS)
        _CANCEL(connection, _highest(ends))
    return looked_at


def _highest(pairs: Iterable[tuple[int, int]]) -> list[Mapping[str, int]]:
    """(Number of a story, revision): the highest of each, as parameters."""
    found: dict[int, int] = {}
    for story, revision in pairs:
        found[story] = max(revision, found.get(story, 0))
    return [{"b_story": story, "b_to": revision} for story, revision in sorted(found.items())]


def numbers_of_readers_and_mails_jump(connection: Connection, now: datetime) -> None:
    """The number of a reader is in unsubscribe links, that of a delivery in message ids: none may come to mean another.

    A row that means nobody stands where numbers go on: both kinds of database continue from the highest.
    """
    reader = _last(connection, subscribers.c.id) + READERS
    connection.execute(insert(subscribers).values(id=reader, state="erased", created_at=now, ended_at=now))
    writer = _last(connection, correspondents.c.id) + READERS
    nobody = {"state": "erased", "asked_at": now, "changed_at": now}
    connection.execute(insert(correspondents).values(id=writer, **nobody))
    notice = connection.scalar(insert(notices).values(action="manage", planned_at=now).returning(notices.c.id))
    nothing = {"notice_id": notice, "channel": "email", "lane": 1, "digest": 0, "attempts": 0}
    settled = {"state": "suppressed", "detail": "numbers jump here: restored", "due_at": now, "changed_at": now}
    plain = {"fresh": False, "maybe_duplicate": False}
    place = _last(connection, deliveries.c.id) + MAILS
    connection.execute(insert(deliveries).values(id=place, **nothing, **settled, **plain))
    for channel, told in (("webhook", endpoints), ("websub", hub_subscriptions)):
        named = select(func.max(deliveries.c.recipient)).where(deliveries.c.channel == channel)
        last = max(_last(connection, told.c.id), connection.scalar(named) or 0)
        number_above(connection, told.name, last + REVISIONS)


# Ingest: the log.


def numbers_of_changes_jump(connection: Connection) -> None:
    """Revisions and places of changes that were given after the backup are not given again: partners keep them."""
    floor = max(_last(connection, revisions.c.revision), counters.last(connection, "floor")) + REVISIONS
    counters.store(connection, "floor", floor)
    counters.store(connection, "seq", counters.last(connection, "seq") + CHANGES)


def open_revisions_count_as_planned(connection: Connection, now: datetime) -> int:
    """The log waits for nobody's notices of what it held already: notify has a notice of each of them. How many."""
    lower = revisions.alias()
    due = select(func.max(lower.c.revision)).where(lower.c.story_id == revisions.c.story_id, _is_due(lower.c, now))
    waits = and_(revisions.c.planned_at.is_(None), revisions.c.revision <= due.scalar_subquery())
    return connection.execute(update(revisions).where(waits).values(planned_at=now)).rowcount


def redactions_are_done_again(connection: Connection) -> None:
    """The sinks were read before the log: one may hold what it overwrote while the backup was taken."""
    connection.execute(update(redactions).values(settled_at=None, told_at=None, done_at=None))
    connection.execute(delete(redacted))


def pages_are_made_again(connection: Connection) -> int:
    """The newest revision of each story that readers saw, or were about to see, goes along the line once more.

    The one place at which pages come back: the line makes them on the next start, and tells nobody, since all is
    planned. A revision that a step had given up stays so. How many stories.
    """
    other = revisions.alias()
    top = select(func.max(other.c.revision)).where(other.c.story_id == revisions.c.story_id, _is_shown(other.c))
    newest = top.scalar_subquery()
    below = and_(revisions.c.revision < newest, in_state("queued", "emitted", "live", "halted"))
    connection.execute(update(revisions).where(below).values(state="superseded"))
    fresh = {"state": "queued", "claimed_at": None, "emitted_ms": None, "sends": 0}
    again = connection.execute(update(revisions).where(revisions.c.revision == newest).values(fresh)).rowcount
    connection.execute(update(logged_stories).values(live_revision=None, live_at=None))
    counters.store(connection, "held_until", 0)  # whoever held the log back is gone
    return again


def _is_due(columns: Any, now: datetime) -> ColumnElement[bool]:  # noqa: ANN401 - the columns of an alias
    started = or_(*(columns.state == one for one in ("queued", "emitted", "live", "settled", "halted")))
    return or_(started, and_(columns.state == "waiting", columns.release_at <= now))


def _is_shown(columns: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the columns of an alias
    moving = or_(*(columns.state == one for one in ("queued", "emitted", "live", "settled")))
    return or_(moving, and_(columns.state == "halted", columns.live_at.is_not(None)))


# Site: what readers wrote, and which pictures they may see.


def comments_are_told_again(connection: Connection, now: datetime) -> None:
    """Render has forgotten them, and no page shows one."""
    connection.execute(update(discussions).values(settled=False, repeat_at=now))


def answers_count_as_told(connection: Connection) -> None:
    """Whoever asked to hear of an answer may have heard of it since the backup."""
    connection.execute(update(answers).where(~answers.c.settled).values(settled=True))


def pictures_are_hidden_until_stories_come(connection: Connection) -> None:
    """A picture is public while a live story shows it."""
    connection.execute(update(media).where(media.c.live).values(live=False))


def numbers_of_comments_jump(connection: Connection, now: datetime) -> None:
    """The number of a comment is its name in feeds."""
    nobody = {"story_id": "", "name": "", "email": "", "comment": "", "digest": "", "status": "trash", "at": now}
    connection.execute(insert(comments).values(id=_last(connection, comments.c.id) + READERS, **nobody))


# Numbers that the database gives.


def number_above(connection: Connection, name: str, value: int) -> None:
    """The next row of a table has a number above `value`."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), value)))
        return
    known = connection.execute(text("UPDATE sqlite_sequence SET seq = :v WHERE name = :t"), {"t": name, "v": value})
    if not known.rowcount:
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:t, :v)"), {"t": name, "v": value})


def _last(connection: Connection, column: ColumnElement[Any]) -> int:
    return connection.scalar(select(func.max(column))) or 0
