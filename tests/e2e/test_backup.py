"""Does a newswire come back from a backup as it was, without telling anybody anything twice?"""

import contextlib
import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from tests.e2e.inbox import story
from tests.servers.http import Receiver, Reply
from tests.servers.newswire import ROOT, Newswire, newswire, wait_until
from tests.servers.postgres import PostgresServer
from tests.servers.publisher import Publisher, path_of
from tests.servers.smtp import SmtpServer

pytestmark = [pytest.mark.timeout(240)]

REFUSED = 4
NEW = "A new kettle after the restore"
READER, LATE_READER = "ada@example.org", "bo@example.org"
#: How long silence is listened to (s), after everything that moves has settled.
SILENCE_S = 3.0


def command(wire: Newswire, *arguments: str, ends: int = 0) -> str:
    """Run `newswire …` with the settings of `wire`; what it printed."""
    call = [sys.executable, "-m", "services.cli", *arguments]
    done = subprocess.run(call, cwd=ROOT, env=wire.environment, capture_output=True, text=True, check=False)
    assert done.returncode == ends, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@dataclass
class Life:
    """One newswire's life before its disk was lost, and what its readers saw of it."""

    wire: Newswire
    desk: Publisher
    mail: SmtpServer
    partner: Receiver
    backup: Path
    paths: dict[str, str] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    last_seq: int = 0
    mails: int = 0
    hooks: int = 0

    def look(self, path: str) -> tuple[int, bytes]:
        """What a reader gets."""
        page = self.desk.get(path)
        return page.status_code, page.content

    def pages(self) -> list[str]:
        """Everything that readers may ask for."""
        lists = ("/", "/section/harbour/", "/section/vanished/", "/tag/rope/", "/updates/", "/corrections/")
        feeds = ("/feed/", "/feed/atom/", "/feed/json/", "/section/harbour/feed/", "/section/vanished/feed/")
        more = ("/updates/feed/", "/comments/feed/", "/news-sitemap.xml", "/search?q=kettle", "/search?q=vanished")
        own = [path for path in self.paths.values() if path]
        return [*lists, *feeds, *more, *own, *(f"{path}feed/" for path in own), *self.pictures]

    def settled(self) -> bool:
        """Does nothing of what is seen change any more?"""
        before = {path: self.look(path) for path in self.pages()}
        time.sleep(3.5)  # deeper pages, archives and sitemaps gather changes for so long
        return before == {path: self.look(path) for path in self.pages()}

    def counts(self) -> dict[str, int]:
        """The ledger by state."""
        with self.wire.client() as client:
            rows = client.get("/v1/deliveries", params={"limit": 1000}).json()["deliveries"]
        found: dict[str, int] = {}
        for row in rows:
            found[row["state"]] = found.get(row["state"], 0) + 1
        return found


def subscribe(life: Life, address: str) -> None:
    """As its owner would."""
    before = len(life.mail.mails)
    assert httpx.post(f"{life.wire.url}/subscribe", data={"email": address, "topics": "all"}).status_code == 202
    wait_until(lambda: len(life.mail.mails) > before)
    text = life.mail.mails[-1].message.get_body(("plain",))
    assert text is not None
    [link] = [word for word in text.get_content().split() if "/subscriptions/" in word and word.endswith("/confirm")]
    assert httpx.post(link).status_code == 200


def live_on(life: Life) -> None:
    """Everything that can happen to a story happens."""
    subscribe(life, READER)
    subscribe(life, LATE_READER)
    with life.wire.client(life.desk.key) as client:
        hook = {"url": f"{life.partner.url}/partner", "events": ["story.live", "story.killed"], "topics": ["all"]}
        assert client.post("/v1/webhooks", json=hook).status_code == 201
    publish(life)
    said = {"name": "Cora", "email": "cora@example.org", "comment": "Well boiled."}
    held = httpx.post(f"{life.wire.url}{life.paths['plain']}comments", json=said).json()
    with life.wire.client() as admin:
        assert admin.post(f"/v1/comments/{held['id']}/approve").status_code == 200
    life.desk.until(life.paths["plain"], there="Well boiled.")
    leave_open(life)


def publish(life: Life) -> None:
    """Stories that were published, moved, corrected and killed; two with a picture."""
    desk, harbour = life.desk, {"sections": ["Harbour"], "tags": ["Rope"]}
    shown, hidden = picture(life, "teal"), picture(life, "tan")
    life.paths["plain"] = path_of(desk.put("plain", headline="A kettle in the harbour", image=shown, **harbour))
    life.paths["moved"] = path_of(desk.put("moved", headline="A kettle moves", slug="first-place", **harbour))
    desk.put("moved", headline="A kettle has moved", slug="second-place", **harbour)
    life.paths["corrected"] = path_of(desk.put("corrected", headline="The kettle is blue", **harbour))
    desk.act("corrected", "correct", note="It is green.", headline="The kettle is green")
    fields = {"headline": "A vanished kettle", "sections": ["Vanished"], "tags": ["Rope"], "image": hidden}
    life.paths["killed"] = path_of(desk.put("killed", **fields))
    desk.act("killed", "kill", reason="Counsel", public_note="Withdrawn on advice.")
    for number in range(3):
        life.paths[f"more-{number}"] = path_of(desk.put(f"more-{number}", sections=["Harbour"]))


def picture(life: Life, colour: str) -> dict[str, str]:
    """An uploaded photo that is large enough to have a smaller copy."""
    drawn = BytesIO()
    Image.new("RGB", (1000, 600), colour).save(drawn, "PNG")
    with life.wire.client(life.desk.key) as client:
        url = client.post("/v1/media", files={"file": ("a.png", drawn.getvalue(), "image/png")}).json()["url"]
    name = urlsplit(url).path
    life.pictures += [name, name.replace(".png", "-640.webp")]
    return {"url": url, "alt": "A colour."}


def leave_open(life: Life) -> None:
    """What is under way when the backup is taken: a relay that defers, a partner that is down, an embargo to come."""
    life.mail.recipients[LATE_READER] = "451 4.3.0 later"
    life.partner.replies["/partner"] = Reply(500)
    life.paths["owed"] = path_of(life.desk.put("owed", headline="An owed kettle", sections=["Harbour"], tags=["Rope"]))
    wait_until(lambda: any(b"An owed kettle" in mail.content for mail in life.mail.mails))
    with life.wire.client(life.desk.key) as client:
        tomorrow = datetime.now(UTC) + timedelta(days=1)  # noqa: TID251 - a publisher's own clock
        body = {**story("A kettle of tomorrow"), "embargo_until": tomorrow.isoformat()}
        assert client.put("/v1/stories/tomorrow", json=body).json()["status"] == "scheduled"


def remember(life: Life) -> None:
    """What readers, partners and the relay have seen when the backup is taken."""
    wait_until(life.settled, 60)
    life.seen = {path: life.look(path) for path in life.pages()}
    with life.wire.client(life.desk.key) as client:
        for name in (*life.paths, "tomorrow"):
            life.revisions[name] = client.get(f"/v1/stories/{name}").json()["revision"]


def go_on(life: Life) -> None:
    """What is lost: it happened after the backup, and some of it was told."""
    life.mail.recipients.clear()
    life.partner.replies.clear()
    life.desk.put("plain", headline="A kettle that was told and lost")
    life.desk.put("lost", headline="A story that was told and lost")
    wait_until(lambda: any(b"A story that was told and lost" in mail.content for mail in life.mail.mails))
    with life.wire.client() as client:
        life.last_seq = client.get("/v1/changes", params={"limit": 1000}).json()["changes"][-1]["seq"]


@dataclass
class Restored:
    """The same newswire after it came back: what the command said, and what was heard before anything new happened."""

    life: Life
    told: dict[str, Any]
    different: list[str] = field(default_factory=list)
    #: Mails and webhooks since the restore: while sending was paused, and when it was not any more.
    paused: tuple[int, int] = (0, 0)
    resumed: tuple[int, int] = (0, 0)
    counts: dict[str, int] = field(default_factory=dict)
    audited: list[dict[str, str]] = field(default_factory=list)
    new: dict[str, Any] = field(default_factory=dict)
    #: Subjects of the mails since the restore.
    told_since: Sequence[str] = ()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> AsyncGenerator[str]:
    """Where the state is restored to; it always comes from SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    name = f"backup{secrets.token_hex(4)}"
    await postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    await postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Restored]:
    """A newswire that was backed up while it ran, went on, was lost, and was restored at the same address."""
    directory = tmp_path_factory.mktemp("life")
    mail, partner = SmtpServer(), Receiver()
    mail.start()
    partner.start()
    try:
        with newswire(directory, MAIL_URL=mail.url, ALLOW_NETWORKS="127.0.0.0/8") as wire:
            life = Life(
                wire, Publisher(wire, str(wire.publisher("Testwell Desk")["key"])), mail, partner, directory / "kept"
            )
            live_on(life)
            remember(life)
            command(wire, "backup", str(life.backup))
            go_on(life)
            yield lose_and_restore(life, database)
            life.desk.close()
    finally:
        mail.stop()
        partner.stop()


def lose_and_restore(life: Life, database: str) -> Restored:
    """A disk dies; the newswire comes back."""
    wire = life.wire
    wire.kill()
    shutil.rmtree(wire.data)
    if database:
        wire.environment["NEWSWIRE_DATABASE_URL"] = database
    said = command(wire, "restore", str(life.backup), "--json")
    life.mails, life.hooks = len(life.mail.mails), len(life.partner.at("/partner"))
    wire.start()
    restored = Restored(life, json.loads(said.partition("\n}")[0] + "\n}"))

    def as_before() -> bool:
        restored.different = [path for path, seen in life.seen.items() if life.look(path) != seen]
        return not restored.different and life.desk.status("owed") == "live"

    with contextlib.suppress(AssertionError):  # a test says what is different
        wait_until(as_before, 40, 0.3)
    restored.audited = json.loads(command(wire, "audit", "--json"))["findings"]
    restored.new = life.desk.put("new", headline=NEW)
    restored.paused = heard(life)
    command(wire, "resume")
    with contextlib.suppress(AssertionError):
        wait_until(lambda: len(subjects(life)) >= 2 and len(life.partner.at("/partner")) > life.hooks, 30)
    restored.resumed = heard(life)
    restored.told_since = subjects(life)
    restored.counts = life.counts()
    return restored


def heard(life: Life) -> tuple[int, int]:
    """Mails and webhooks since the restore, after a while of listening."""
    time.sleep(SILENCE_S)
    return len(life.mail.mails) - life.mails, len(life.partner.at("/partner")) - life.hooks


def test_everything_answers_as_before(restored: Restored) -> None:
    life = restored.life
    assert restored.different == []
    assert restored.audited == []
    assert life.seen[life.paths["killed"]][0] == 410
    assert [life.seen[path][0] for path in life.pictures] == [200, 200, 410, 410]
    assert b"A vanished kettle" not in b"".join(body for _, body in life.seen.values())


def test_what_was_accepted_after_the_backup_is_lost_and_can_be_pushed_again(restored: Restored) -> None:
    life = restored.life
    with life.wire.client(life.desk.key) as client:
        assert client.get("/v1/stories/lost").status_code == 404
    assert restored.told["sending"] == "paused"
    assert restored.told["deliveries_held"] >= 2


def test_nothing_is_sent_again_not_even_after_resume(restored: Restored) -> None:
    assert restored.paused == (0, 0), "a person looks before anything leaves"
    # Only what is newer than the restore: a mail for each reader, and one webhook.
    assert (restored.resumed, restored.told_since) == ((2, 1), [NEW, NEW])
    # The relay had taken this reader's mail after the backup was taken; nobody knows of it any more.
    assert restored.counts.get("uncertain", 0) >= 2
    assert "pending" not in restored.counts


def test_numbers_jump_over_those_that_were_given_and_lost(restored: Restored) -> None:
    life = restored.life
    again = life.desk.put("plain", headline="A kettle after the restore")
    assert again["revision"] > max(life.revisions.values()) + 900
    assert restored.new["revision"] > max(life.revisions.values()) + 900
    with life.wire.client() as client:
        changes = client.get("/v1/changes", params={"after": life.last_seq, "limit": 1000}).json()["changes"]
    assert [one["external_id"] for one in changes] == ["new", "plain"]


def subjects(life: Life) -> Sequence[str]:
    """What was mailed since the restore."""
    return [str(mail.message["Subject"]) for mail in life.mail.mails[life.mails :]]


def test_a_backup_never_takes_a_place_that_is_taken(restored: Restored, tmp_path: Path) -> None:
    said = command(restored.life.wire, "backup", str(tmp_path), ends=REFUSED)
    assert said.strip() == f"{tmp_path} is there already: name a directory that is not."


def test_a_restore_refuses_where_a_newswire_runs(restored: Restored) -> None:
    said = command(restored.life.wire, "restore", str(restored.life.backup), ends=REFUSED)
    assert said.startswith("A newswire is running here")
    assert len(said.strip().splitlines()) == 1
