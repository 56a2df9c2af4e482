"""Which accounts are drawn up, and of what? Reads everything once and hands it to the pure ones."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.chaos import accounting_hooks, accounting_mail, accounting_site, accounting_wire, owners
from tests.chaos.accounting_mail import Letter
from tests.chaos.battle import UNKNOWN, Battle
from tests.chaos.reading import FEEDS, Operators, Readers, letters
from tests.chaos.stage import LEASE_S
from tests.chaos.truth import Truth

#: Mails that one worker has in flight at most.
IN_FLIGHT: Final = 32
#: Stories of which each single one is looked up in search, traces and the log at most.
LOOKED_UP: Final = 3_000
#: Entries of a feed; stories in a list with its ten pages.
IN_FEED, IN_LIST = 50, 200


@dataclass
class Accounts:
    """What is wrong, by account; and the figures that the run ends with."""

    wrong: dict[str, list[str]]
    figures: dict[str, int]


def draw_up(battle: Battle) -> Accounts:
    """All accounts of a settled run."""
    began = time.monotonic()
    wrong: dict[str, list[str]] = {
        "service": [*battle.stage.deserters, *battle.newsrooms.faults],
        "owners": battle.left,
    }
    for name, lines in (*_site(battle), *_wire(battle)):
        wrong.setdefault(name, []).extend(lines)
    mail, figures = _mail(battle)
    wrong |= {name: list(lines) for name, lines in mail.items()}
    battle.took["counting"] = time.monotonic() - began
    return Accounts(wrong, figures)


def _site(battle: Battle) -> Iterator[tuple[str, Iterable[str]]]:
    truth = battle.truth
    stories = list(truth.stories.values())
    for number, ship in enumerate(battle.stage.fleet.of("site")):
        yield f"pages of site {number}", accounting_site.pages(truth, Readers(ship.url).pages(stories))
    readers = Readers(battle.stage.fleet.url("site"))
    yield "lists", _lists(battle, truth, readers)
    yield "sitemap", accounting_site.sitemap(truth, readers.sitemap())
    yield "search", accounting_site.found(truth, readers.hits(stories[:LOOKED_UP]))


def _lists(battle: Battle, truth: Truth, readers: Readers) -> Iterator[str]:
    expected: dict[str, set[int]] = {f"/section/{one}/": set() for one in battle.load.sections}
    expected |= {f"/tag/t{number}/": set() for number in range(battle.load.tags) if number < battle.load.stories}
    for story in truth.live():
        expected[f"/section/{story.section}/"].add(story.number)
        expected[f"/tag/{story.tag}/"].add(story.number)
    few = {path: numbers for path, numbers in expected.items() if len(numbers) <= IN_LIST}
    for path, text in readers.whole_lists(list(few)).items():
        yield from accounting_site.listing(truth, path, text, few[path])
    feeds = {f"{path}{feed}": numbers for path, numbers in expected.items() for feed in FEEDS if path[1] == "s"}
    for path, text in readers.texts(list(feeds)).items():
        yield from accounting_site.listing(truth, path, text, feeds[path])
    yield from accounting_site.newest(truth, "/", readers.whole_lists(["/"])["/"], IN_LIST)
    for path, text in readers.texts([f"/{feed}" for feed in FEEDS]).items():
        yield from accounting_site.newest(truth, path, text, IN_FEED)
    for path, text in readers.texts(["/news-sitemap.xml", "/updates/feed/", "/corrections/"]).items():
        yield from accounting_site.outdated(truth, path, text)


def _wire(battle: Battle) -> Iterator[tuple[str, Iterable[str]]]:
    truth, stage = battle.truth, battle.stage
    operators = Operators(stage.fleet, battle.key)
    yield "acceptance", accounting_wire.acceptance(truth)
    yield "log", accounting_wire.log(truth, operators.told(list(truth.stories.values())))
    yield "changes", accounting_wire.changes(truth, operators.changes())
    yield "receipts", accounting_wire.receipts(truth, operators.receipts(truth))
    yield "owners", accounting_wire.streams(owners.groups(str(stage.redis.socket)), LEASE_S)
    yield "owners", accounting_wire.states(owners.rows(stage.database_url))
    yield "dead letters", (f"{one['step']}: {one['error']} ({one['story_id']})" for one in operators.dead())


def _mail(battle: Battle) -> tuple[Mapping[str, Iterable[str]], dict[str, int]]:
    truth, stage = battle.truth, battle.stage
    operators = Operators(stage.fleet, battle.key)
    rows, people = operators.deliveries(), operators.readers()
    inbox: list[Letter] = list(letters(stage.relay))
    heard = list(stage.partners.heard)
    traces = operators.traces(list(truth.stories.values())[:LOOKED_UP])
    allowed = IN_FLIGHT * stage.workers_lost + stage.relay.dropped
    emails = [row for row in rows if row["channel"] == "email"]
    found = {
        "traces": accounting_wire.traces(truth, traces),
        "ledger": accounting_mail.ledger(rows, traces),
        "inbox": accounting_mail.inbox(rows, inbox, people),
        "notices": accounting_mail.notices(truth, inbox, frozenset(UNKNOWN)),
        "doubts": accounting_mail.marked(emails, inbox, allowed),
        "webhooks": accounting_hooks.webhooks(rows, heard),
        "partner 0": accounting_hooks.followed(truth, heard, 0),
        "partner 1": accounting_hooks.followed(truth, heard, 1),
    }
    figures = {
        "stories": len(truth.stories),
        "revisions": sum(len(story.accepted) for story in truth.stories.values()),
        "live": len(truth.live()),
        "mails": len(inbox),
        "webhooks": len(heard),
        "doubled": accounting_mail.doubled(inbox),
        "marked": sum(row["maybe_duplicate"] or row["state"] == "uncertain" for row in emails),
        "allowed": allowed,
    }
    return found, figures


def lost(accounts: Accounts) -> int:
    """How much is lost, by any account."""
    return sum(line.endswith("lost") for lines in accounts.wrong.values() for line in lines)
