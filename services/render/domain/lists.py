"""Which lists does a story belong to, and where are they read?

A list is known by its key:

    ""                front page            section/economy, tag/harbour, author/ada-lind
    archive/2026/11   one month             updates     corrections and withdrawals (feeds only)
    breaking          not public: where the front page finds its lead
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.render.domain.instants import micros, moment
from shared.events import Article, StoryHead

FRONT, UPDATES, BREAKING, COMMENTS = "", "updates", "breaking", "comments"
PER_PAGE, MOST_PAGES, IN_FEED = 20, 10, 50
LEAD_FOR = timedelta(hours=6)
#: The front page leads with the newest breaking story; so many may stand in all.
MOST_BREAKING = 4
TOMBSTONE_FOR = timedelta(days=30)

#: Feeds stand under their list's path; JSON last, as in the interface.
FEEDS: Mapping[str, str] = {"rss": "feed/", "atom": "feed/atom/", "json": "feed/json/"}


@dataclass(frozen=True, slots=True)
class Membership:
    """A story's place in a list (`sort_at`: µs, newest first); `name` is the list's name as this story has it."""

    key: str
    name: str
    sort_at: int


def memberships(head: StoryHead, article: Article, zone: ZoneInfo) -> tuple[Membership, ...]:
    """Every list that a live story belongs to."""
    at = micros(head.published_at)
    found = [Membership(FRONT, "", at), Membership(archive_key(head, zone), "", at)]
    found += [Membership(f"section/{term.slug}", term.name, at) for term in article.sections]
    found += [Membership(f"tag/{term.slug}", term.name, at) for term in article.tags]
    found += [Membership(f"author/{person.slug}", person.name, at) for person in article.authors]
    if article.priority == "breaking":
        found.append(Membership(BREAKING, "", at))
    if corrected := corrected_at(head):
        found.append(Membership(UPDATES, "", corrected))
    return tuple({one.key: one for one in reversed(found)}.values())


def former_memberships(head: StoryHead) -> tuple[Membership, ...]:
    """The lists that a story has stood in, for one that may not have come by here at the time."""
    at = micros(head.published_at)
    front = (Membership(FRONT, "", at),) if head.listed_before else ()
    return (*front, *(Membership(one.key, one.name, at) for one in head.listed_before))


def archive_key(head: StoryHead, zone: ZoneInfo) -> str:
    """The month of a story's publication in the site's time zone."""
    return archive_of(micros(head.published_at), zone)


def archive_of(at: int, zone: ZoneInfo) -> str:
    """The month of a moment (µs) in the site's time zone."""
    return f"archive/{moment(at).astimezone(zone):%Y/%m}"


def corrected_at(head: StoryHead) -> int | None:
    """When the newest correction was made (µs); None without one."""
    times = [micros(entry.at) for entry in head.history if entry.action == "correct"]
    return max(times, default=None)


@lru_cache(4096)
def path_of(key: str, page: int = 1) -> str:
    """The address of a list's page, percent-encoded."""
    base = f"/{quote(key, safe='/-._~')}/" if key else "/"
    return base if page == 1 else f"{base}page/{page}/"


def feed_path(key: str, form: str) -> str:
    """The address of a list's feed; `form` is a key of FEEDS."""
    return path_of(key) + FEEDS[form]


def archive_feed_path(month: str, page: int | None, form: str) -> str:
    """The address of a month's page as a feed; None is its newest page, which is the month's own."""
    return path_of(month) + ("" if page is None else f"page/{page}/") + FEEDS[form]


def older_feed_path(key: str, until: int, form: str) -> str:
    """Where a list's feed goes on with the stories up to a time (µs); the site makes that when somebody asks."""
    return f"{feed_path(key, form)}until/{until}/"


def subscribe_path(key: str) -> str | None:
    """Where the form offers a list as a topic; None for a list that is none."""
    kind, _, slug = key.partition("/")
    return f"/subscribe?topics={kind}:{quote(slug, safe='')}" if kind in {"section", "tag", "author"} else None


def kind_of(key: str) -> str:
    """What sort of list it is: front, section, tag, author, archive, updates or breaking."""
    return key.partition("/")[0] or "front"


def page_count(size: int) -> int:
    """How many pages a list of `size` stories has; an empty one has one."""
    return max(1, min(MOST_PAGES, -(-size // PER_PAGE)))


def archive_page_count(size: int) -> int:
    """How many pages a month has: all of it can be reached."""
    return max(1, -(-size // PER_PAGE))


def is_public_list(key: str) -> bool:
    """Does the list have pages and feeds that appear together with a story?"""
    return kind_of(key) in {"front", "section", "tag", "author"}
