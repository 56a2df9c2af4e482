"""What becomes of a command? Pure: (where the story stands, the command, now) → accepted, unchanged or refused.

Decisions that the interface leaves open:
* An absent `published_at` keeps the one that the story has, once that has come.
* A publish whose `published_at` is more than 24 h old is backfill: nobody is told of it, then or later.
* A kill may be announced for ten years, which is for ever.
* A correction that repeats the newest one word for word is unchanged, so that it can be retried.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from services.ingest.domain.addresses import Owner, address, date_of, dated, granted, slug_for
from services.ingest.domain.altered import altered
from services.ingest.domain.commands import Command, Correct, Expire, Kill, Precondition, Put, Revive
from services.ingest.domain.fields import Pushed, StoryFields, pushed
from services.ingest.domain.identity import Identity
from services.ingest.domain.listed import listed
from services.ingest.domain.merge_patch import merged
from services.ingest.domain.problems import InvalidFields, Refused
from services.ingest.domain.standing import Accepted, Entry, Outcome, Standing, Unchanged
from shared.events import WITHDRAWN, Action

#: How far ahead of us a publisher's clock may be before `published_at` is an embargo.
SKEW: Final = timedelta(minutes=5)
ANNOUNCED: Final = timedelta(hours=24)
FOR_EVER: Final = timedelta(days=3650)
#: What enrich will not let through, as far as a publisher should hear of it at once.
_INLINE_PICTURE: Final = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_LEFT_OUT: Final = re.compile(r"<(script|style|iframe|object|embed|form|video|audio|svg)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All else that a decision rests on: the time, the zone of addresses, who owns which, the next story's number.

    `floor`: revisions up to it may have been given to anybody before a restore, and are not given again.
    """

    now: datetime
    zone: ZoneInfo
    owner: Owner
    ordinal: int
    floor: int = 0


def decide(
    identity: Identity, standing: Standing | None, command: Command, wanted: Precondition, by: Circumstances
) -> Outcome:
    """Judge one command."""
    if not wanted.holds(standing.newest.revision if standing else None):
        stands = f"revision {standing.newest.revision}" if standing else "no revision"
        return Refused(412, "Precondition Failed", f"The story stands at {stands}.")
    if isinstance(command, Put):
        return _put(identity, standing, command, by)
    if standing is None:
        return Refused(404, "Not Found", f"{identity.publisher} has no story {identity.external_id}.")
    return _decide_known(standing, command, by)


def _decide_known(standing: Standing, command: Correct | Kill | Revive | Expire, by: Circumstances) -> Outcome:
    match command:
        case Correct():
            return _correct(standing, command, by)
        case Kill():
            return _kill(standing, command, by)
        case Revive():
            return _revive(standing, command, by)
        case Expire():
            return _expire(standing, by)
        case _:
            assert_never(command)


def released_at(story: StoryFields, now: datetime) -> datetime | None:
    """When may it be seen? None: now."""
    times = [story.embargo_until] if story.embargo_until else []
    if story.published_at and story.published_at > now + SKEW:
        times.append(story.published_at)
    latest = max(times, default=now)
    return latest if latest > now else None


def _put(identity: Identity, standing: Standing | None, command: Put, by: Circumstances) -> Outcome:
    if standing is not None and standing.killed:
        return _killed(standing)
    if standing is not None and standing.digest == command.fields.digest:
        return Unchanged(standing)
    if refused := _expired_before_shown(command.fields.story, by.now):
        return refused
    if standing is None:
        first = _revision(identity, by.ordinal, by.floor + 1, "publish", by.now)
        return _with_content(first, None, command.fields, by)
    return _with_content(_next(standing, "update", by), standing, command.fields, by)


def _correct(standing: Standing, command: Correct, by: Circumstances) -> Outcome:
    if standing.killed:
        return _killed(standing)
    try:
        fields = pushed(merged(_fields(standing), dict(command.patch)))
    except InvalidFields as invalid:
        return invalid.refusal
    newest = standing.newest
    repeated = (newest.action, newest.note, newest.kind) == ("correct", command.note, command.kind)
    if repeated and fields.digest == standing.digest:
        return Unchanged(standing)
    if refused := _expired_before_shown(fields.story, by.now):
        return refused
    entry = replace(_next(standing, "correct", by), note=command.note, kind=command.kind)
    return _with_content(entry, standing, fields, by)


def _kill(standing: Standing, command: Kill, by: Circumstances) -> Outcome:
    if standing.killed:
        return Unchanged(standing)
    entry = _next(standing, "kill", by)
    entry = replace(
        entry,
        note=command.public_note or WITHDRAWN,
        reason=command.reason,
        receipt=str(uuid5(UUID(standing.newest.identity.story_id), f"kill/{entry.revision}")),
        announce_until=by.now + FOR_EVER,
    )
    return Accepted(replace(standing, newest=entry, expires_at=None, listed=listed(standing, by.now, by.zone)))


def _revive(standing: Standing, command: Revive, by: Circumstances) -> Outcome:
    if not standing.killed:
        return Refused(409, "Conflict", "The story was not killed, so it cannot be revived.")
    if standing.redacted:
        return Refused(409, "Conflict", "The story was redacted: there is nothing left to revive.")
    entry = replace(_next(standing, "revive", by), note=command.note)
    fields = pushed(_fields(standing))
    if _expired_before_shown(fields.story, by.now) is None:
        return _with_content(entry, standing, fields, by)
    lasting = {name: value for name, value in _fields(standing).items() if name != "expires_at"}
    back = _with_content(entry, standing, pushed(lasting), by)
    return replace(back, warnings=(*back.warnings, "expires_at has passed, so the story is back without it."))


def _expire(standing: Standing, by: Circumstances) -> Outcome:
    if standing.expires_at is None or standing.expires_at > by.now:
        return Unchanged(standing)
    entry = _next(standing, "expire", by)
    return Accepted(replace(standing, newest=entry, expires_at=None, listed=listed(standing, by.now, by.zone)))


def _with_content(entry: Entry, standing: Standing | None, fields: Pushed, by: Circumstances) -> Accepted:
    """Complete a revision that shows content: its times, its address, whether it is announced."""
    story, story_id = fields.story, entry.identity.story_id
    release = released_at(story, by.now)
    start = release or by.now
    published = _published(story, standing, start, by.now)
    slug, path = _address(entry, standing, story, published, by)
    former = _former(standing, path)
    aliases, taken = granted(story.aliases, story_id, by.owner)
    backfill = entry.action == "publish" and published < start - ANNOUNCED
    entry = replace(
        entry,
        content=fields.content,
        notify=story.notify and not backfill,
        release_at=release,
        published_at=published,
        path=path,
        redirects=tuple(dict.fromkeys(one for one in (*former, *aliases) if one != path)),
        announce_until=None if backfill else start + ANNOUNCED,
        changed=_altered(standing, story, published) if standing else (),
    )
    before = listed(standing, by.now, by.zone) if standing else ()
    return Accepted(
        Standing(entry, fields.content, fields.digest, entry.revision, slug, former, story.expires_at, before),
        claims=(path, *aliases),
        warnings=(*_warnings(story), *(f"The alias {one} leads to another story already." for one in taken)),
    )


def _altered(standing: Standing, story: StoryFields, published: datetime) -> tuple[str, ...]:
    before = StoryFields.model_validate_json(standing.content, strict=False)
    return altered(before, story, redated=published != standing.newest.published_at)


def _address(
    entry: Entry, standing: Standing | None, story: StoryFields, published: datetime, by: Circumstances
) -> tuple[str, str]:
    """(the slug that was asked for, the path that it became)."""
    story_id = entry.identity.story_id
    if standing is None:
        slug = slug_for(story.slug or story.headline, story_id)
        return slug, address(dated(published, by.zone), slug, story_id, by.owner)
    if story.slug is None or (slug := slug_for(story.slug, story_id)) == standing.slug:
        return standing.slug, standing.newest.path
    return slug, address(date_of(standing.newest.path), slug, story_id, by.owner)


def _former(standing: Standing | None, path: str) -> tuple[str, ...]:
    if standing is None:
        return ()
    return tuple(one for one in dict.fromkeys((*standing.former, standing.newest.path)) if one != path)


def _published(story: StoryFields, standing: Standing | None, start: datetime, now: datetime) -> datetime:
    if story.published_at:
        return story.published_at
    held = standing.newest.published_at if standing else None
    return held if held and held <= now else start


def _revision(identity: Identity, ordinal: int, revision: int, action: Action, now: datetime) -> Entry:
    return Entry(identity, ordinal, revision, action, None, True, now, None, now, "", (), now + ANNOUNCED)  # noqa: FBT003


def _next(standing: Standing, action: Action, by: Circumstances) -> Entry:
    """The following revision, at the same address."""
    held = standing.newest
    entry = _revision(held.identity, held.ordinal, max(held.revision, by.floor) + 1, action, by.now)
    return replace(entry, published_at=held.published_at, path=held.path, redirects=held.redirects)


def _expired_before_shown(story: StoryFields, now: datetime) -> Refused | None:
    """A story that nobody could ever read is a mistake; shown for a moment, it would even be mailed."""
    if story.expires_at is None or story.expires_at > (released_at(story, now) or now):
        return None
    return InvalidFields([("/expires_at", "must be later than now and than the time from which it is shown")]).refusal


def _fields(standing: Standing) -> dict[str, object]:
    return dict(orjson.loads(standing.content))


def _warnings(story: StoryFields) -> list[str]:
    told = []
    if story.image and not (story.image.alt or "").strip():
        told.append("image.alt is empty: readers who cannot see the picture learn nothing of it.")
    if any("/media/" not in source for source in _INLINE_PICTURE.findall(story.body_html)):
        told.append("body_html: pictures from elsewhere are left out. Upload them to /v1/media and name their address.")
    if left_out := sorted({one.lower() for one in _LEFT_OUT.findall(story.body_html)}):
        told.append(f"body_html: {', '.join(left_out)} is left out.")
    return told


def _killed(standing: Standing) -> Refused:
    told = (
        "The story was redacted; it stays withdrawn." if standing.redacted else "The story was killed. Revive it first."
    )
    return Refused(409, "Conflict", told)
