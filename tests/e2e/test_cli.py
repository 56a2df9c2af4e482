"""Does each command do what it says, for people and for programs, and end with the right code?"""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.settings import cli_settings
from tests.e2e.inbox import mail_to, put, story
from tests.servers.http import Receiver, Reply
from tests.servers.newswire import ROOT, Newswire, free_port, newswire, wait_until

DONE, FAILED, USAGE, TIMED_OUT, REFUSED = range(5)
NUMBERS = count(1)


@dataclass(frozen=True)
class Ended:
    """What a command said before it ended."""

    stdout: str
    stderr: str

    @property
    def told(self) -> Any:
        """Its JSON."""
        return json.loads(self.stdout)


Run = Callable[..., Ended]


@pytest.fixture
def run(wire: Newswire, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `newswire` (in this process: it starts sooner) as the publisher of the tests, or as the admin.

    The admin's key is the one in the data directory.
    """
    monkeypatch.chdir(tmp_path)

    def running(*arguments: object, ends: int = DONE, as_admin: bool = False, **settings: str) -> Ended:
        mine = {"DATA_DIR": str(wire.data), "API_URL": wire.url} | ({} if as_admin else {"KEY": key}) | settings
        cli_settings.cache_clear()
        # Wide enough for the path of a temporary file: what is broken in two is not found again.
        environment = {"COLUMNS": "300"} | {f"NEWSWIRE_{name}": value for name, value in mine.items()}
        done = CliRunner().invoke(app, list(map(str, arguments)), env=environment)
        assert done.exit_code == ends, (done.stdout, done.stderr, done.exception)
        return Ended(done.stdout, done.stderr)

    yield running
    cli_settings.cache_clear()


def written(path: Path, text: str) -> Path:
    """A file."""
    path.write_text(text, encoding="utf-8")
    return path


def row(text: str, name: str) -> list[str]:
    """The cells of the row that begins with `name`, in a table for people."""
    [line] = [line for line in text.splitlines() if line.split("  ")[0] == name]
    return re.split(r"\s{2,}", line.strip())


def test_a_publisher_is_added_listed_rotated_disabled_and_enabled(run: Run, wire: Newswire) -> None:
    made = run("publisher", "add", "Cli Partner", "--scope", "read", "--json", as_admin=True).told
    assert (made["slug"], made["scopes"]) == ("cli-partner", ["read"])
    assert row(run("publisher", "list", as_admin=True).stdout, "cli-partner")[:4] == [
        "cli-partner",
        "Cli Partner",
        "read",
        "yes",
    ]
    with wire.client(made["key"]) as client:
        assert client.get("/v1/changes").status_code == 200
        rotated = run("publisher", "rotate", "cli-partner", "--json", as_admin=True).told
        assert client.get("/v1/changes").status_code == 401
    with wire.client(rotated["key"]) as client:
        assert client.get("/v1/changes").status_code == 200
        run("publisher", "disable", "cli-partner", as_admin=True)
        assert client.get("/v1/changes").status_code == 401
    assert row(run("publisher", "list", as_admin=True).stdout, "cli-partner")[3] == "no"
    run("publisher", "list", ends=REFUSED)
    run("publisher", "rotate", "nobody", ends=REFUSED, as_admin=True)


MARKDOWN = """---
headline: A lamp from Markdown
sections: Town, Harbour
tags: [lamps, lights]
authors: Ada Penn, Bo Lind
sponsored: yes
---
It is *lit*.

| when | where |
|------|-------|
| now  | here  |
"""
NINJS = {
    "uri": "urn:example:lamp-7",
    "headline": "A lamp from ninjs",
    "body_xhtml": "<p>Lit.</p>",
    "byline": "Ada Penn",
    "subject": [{"name": "Lamps", "code": "x:1"}],
    "language": "en",
}


def test_one_story_is_pushed_from_each_kind_of_file(run: Run, wire: Newswire, key: str, tmp_path: Path) -> None:
    plain = written(tmp_path / "cli-plain.json", json.dumps(story("A lamp from JSON")))
    assert run("push", plain, "--wait", "--json").told["status"] == "live"
    assert run("push", plain, "--json").told["status"] == "unchanged"
    mark = run("push", written(tmp_path / "cli-mark.md", MARKDOWN.replace("\n", "\r\n")), "--wait").stdout
    page = httpx.get(row(mark, "links page")[1])
    assert page.status_code == 200
    for part in ("A lamp from Markdown", "<em>lit</em>", "Ada Penn", "Bo Lind"):
        assert part in page.text
    other = run("push", written(tmp_path / "cli-ninjs.json", json.dumps(NINJS)), "--wait", "--json").told
    with wire.client(key) as client:
        kept = client.get(f"/v1/stories/{other['external_id']}").json()["story"]
        assert client.get("/v1/stories/cli-mark").json()["story"]["sponsored"] is True
    assert (kept["headline"], kept["tags"], kept["authors"]) == ("A lamp from ninjs", ["Lamps"], [{"name": "Ada Penn"}])


def test_many_stories_go_as_one_batch_and_each_is_told_of(run: Run, tmp_path: Path) -> None:
    good = [json.dumps({"external_id": f"cli-batch-{number}", **story(f"Batch {number}")}) for number in range(30)]
    told = run("push", written(tmp_path / "good.ndjson", "\n\n".join(good)), "--wait", "--json").told
    assert [one["external_id"] for one in told] == [f"cli-batch-{number}" for number in range(30)]
    assert {one["status"] for one in told} == {"live"}
    silent = run("push", tmp_path / "good.ndjson", "--wait")
    assert (silent.stdout[:11], silent.stderr) == ("external id", "")
    bad = [json.dumps({"external_id": "cli-bad", **story("Bad", bogus=1)})]
    table = run("push", written(tmp_path / "mixed.ndjson", "\n".join(good[:2] + bad)), ends=REFUSED).stdout
    assert row(table, "cli-batch-0")[1] == "unchanged"
    assert "/bogus" in row(table, "cli-bad")[-1]


@pytest.mark.parametrize(
    ("name", "text", "ends"),
    [
        ("broken.json", "{", REFUSED),
        ("list.json", "[]", REFUSED),
        ("wrong.json", '{"headline": 7, "body_html": "<p>x</p>"}', REFUSED),
        ("front.md", "no front matter", REFUSED),
        ("missing.json", None, USAGE),
    ],
)
def test_a_file_without_a_story_is_refused(run: Run, tmp_path: Path, name: str, text: str | None, ends: int) -> None:
    path = tmp_path / name
    if text is not None:
        written(path, text)
    assert name in run("push", path, ends=ends).stderr or "/headline" in run("push", path, ends=ends).stderr


def test_a_story_is_followed_from_its_push_to_its_return(run: Run, tmp_path: Path) -> None:
    run("push", written(tmp_path / "cli-life.json", json.dumps(story("Cli life"))), "--wait")
    patch = written(tmp_path / "patch.json", json.dumps({"headline": "Cli life, corrected"}))
    corrected = run("correct", "cli-life", "--note", "A slip.", "--patch", patch, "--wait", "--json").told
    assert (corrected["revision"], corrected["status"]) == (2, "live")
    killed = run("kill", "cli-life", "--reason", "counsel", "--public-note", "Gone.", "--wait", "--json").told
    assert killed["revision"] == 3
    ours = ("page", "lists", "feeds", "sitemaps", "search", "related", "media")
    assert {killed["channels"][channel]["outcome"] for channel in ours} == {"confirmed"}
    shown = run("receipt", killed["receipt"], "--wait").stdout
    assert {row(shown, channel)[1] for channel in ours} == {"confirmed"}
    again = run("kill", "cli-life", "--reason", "counsel", "--wait")
    assert "unchanged" in again.stdout
    assert row(again.stdout, "sitemaps")[1] == "confirmed"
    assert run("revive", "cli-life", "--note", "Back.", "--wait", "--json").told["status"] == "live"
    shown = run("story", "cli-life", "--json").told
    assert (shown["status"], shown["story"]["headline"]) == ("live", "Cli life, corrected")
    changes = run("changes", "--after", shown["seq"] - 1, "--json").told["changes"]
    assert changes[0]["external_id"] == "cli-life"
    assert row(run("changes", "--after", shown["seq"] - 1).stdout, str(shown["seq"]))[2:5] == [
        "revive",
        "testwell-desk",
        "cli-life",
    ]
    run("story", "no-such", ends=REFUSED)
    run("revive", "cli-life", "--note", "Again.", ends=REFUSED)
    run("kill", "cli-life", ends=USAGE)
    run("receipt", "nonsense", ends=USAGE)


def test_a_trace_is_told_by_either_id(run: Run, wire: Newswire, key: str) -> None:
    live = put(wire, key, "cli-traced", story("Cli traced"))
    by_id = wait_until(lambda: (told := run("trace", live["story_id"], "--json").told) and told["revisions"] and told)
    assert by_id["external_id"] == "cli-traced"
    table = run("trace", "cli-traced").stdout
    cells = row(table, "1")
    assert cells[:2] == ["1", "publish"]
    assert all(stage in table for stage in ("received", "enriched", "rendered", "live"))
    run("trace", "no-such", ends=REFUSED)


def test_subscribers_go_out_as_they_came_in(run: Run, tmp_path: Path) -> None:
    people = written(
        tmp_path / "people.csv",
        "email,topics,cadence,state\ncli.a@x.example,tag:cli-a section:b,daily,confirmed\n"
        "cli.b@x.example,,,\ncli.c@x.example,all,instant,unsubscribed\n",
    )
    imported = run("subscriber", "import", people, "--json", as_admin=True)
    assert (imported.told, imported.stderr) == ({"imported": 2, "added": 2}, "")
    assert row(run("subscriber", "list", as_admin=True).stdout, _id(run, "cli.a@x.example"))[1:] == [
        "cli.a@x.example",
        "confirmed",
        "section:b, tag:cli-a",
        "daily",
    ]
    exported = list(csv.DictReader(run("subscriber", "export", as_admin=True).stdout.splitlines()))
    mine = [one for one in exported if one["email"] == "cli.a@x.example"]
    assert [(set(one["topics"].split()), one["cadence"]) for one in mine] == [({"section:b", "tag:cli-a"}, "daily")]
    assert not [one for one in exported if one["email"] == "cli.c@x.example"]
    run("subscriber", "erase", "cli.a@x.example", as_admin=True)
    run("subscriber", "erase", "cli.b@x.example", as_admin=True)
    run("subscriber", "erase", "cli.a@x.example", ends=REFUSED, as_admin=True)
    run("subscriber", "import", tmp_path / "nothing.csv", ends=USAGE, as_admin=True)
    run("subscriber", "import", written(tmp_path / "bad.csv", "mail\nx\n"), ends=REFUSED, as_admin=True)
    run("subscriber", "list", ends=REFUSED)


def _id(run: Run, email: str) -> str:
    people = run("subscriber", "list", "--json", as_admin=True).told["subscribers"]
    return str(next(one["id"] for one in people if one["email"] == email))


def test_a_webhook_lives_from_add_to_remove(run: Run, wire: Newswire, key: str, receiver: Receiver) -> None:
    made = run(
        "webhook", "add", f"{receiver.url}/cli", "--event", "story.live", "--topic", "tag:clihook", "--json"
    ).told
    assert made["secret"].startswith("whsec_")
    assert row(run("webhook", "list").stdout, made["id"]) == [
        made["id"],
        f"{receiver.url}/cli",
        "story.live",
        "tag:clihook",
        "yes",
    ]
    assert run("webhook", "test", made["id"], "--json").told["outcome"] == "delivered"
    live = put(wire, key, "clihook", story("Cli hook", tags=["clihook"]))
    wait_until(lambda: len(receiver.at("/cli")) == 2)
    wait_until(lambda: "story.live" in run("webhook", "attempts", made["id"]).stdout)
    told = run("delivery", "list", "--story", live["story_id"], "--state", "delivered", "--json", as_admin=True).told
    assert "webhook" in {one["channel"] for one in told["deliveries"]}
    assert run("webhook", "replay", made["id"], "--json").told["replayed"] >= 1
    wait_until(lambda: len(receiver.at("/cli")) >= 3)
    assert run("webhook", "rotate", made["id"], "--json").told["secret"] != made["secret"]
    assert run("webhook", "enable", made["id"], "--json").told["active"] is True
    assert "secret" not in run("webhook", "show", made["id"], "--json").told
    run("webhook", "remove", made["id"])
    run("webhook", "show", made["id"], ends=REFUSED)
    run("webhook", "add", "ftp://partner.example/", ends=REFUSED)
    told = run("webhook", "add", "http://10.0.0.1/", ends=REFUSED).stderr
    assert told.count("leads to a private address") == 1
    assert "NEWSWIRE_ALLOW_NETWORKS" in told


def test_a_comment_is_moderated(run: Run, wire: Newswire, key: str) -> None:
    live = put(wire, key, "cli-comment", story("Cli comment"))
    said = {"name": "Cli Bo", "email": "bo@x.example", "comment": "Well lit."}
    held = str(httpx.post(live["links"]["page"] + "comments", json=said).json()["id"])
    assert row(run("comment", "list", as_admin=True).stdout, held)[2:5] == ["held", "Cli Bo", "Well lit."]
    for verb, status in (("approve", "approved"), ("hold", "held"), ("spam", "spam"), ("trash", "trash")):
        assert [one["status"] for one in run("comment", verb, held, "--json", as_admin=True).told] == [status]
    assert held in run("comment", "list", "--status", "trash", as_admin=True).stdout
    run("comment", "approve", "999999", ends=REFUSED, as_admin=True)


def test_all_that_a_person_wrote_is_erased(run: Run, wire: Newswire, key: str) -> None:
    live = put(wire, key, "cli-erased", story("Cli erased"))
    with wire.client() as admin:
        admin.post("/v1/subscribers", json={"email": "erased@x.example", "topics": ["tag:none"]}).raise_for_status()
    said = {"name": "Cli Erased", "email": "erased@x.example", "comment": "Forget me."}
    assert httpx.post(live["links"]["page"] + "comments", json=said).status_code == 202
    assert "Cli Erased" in run("comment", "list", as_admin=True).stdout
    assert run("comment", "erase", "Erased@x.example", "--json", as_admin=True).told["erased"] == 1
    assert "Cli Erased" not in run("comment", "list", as_admin=True).stdout
    assert "Cli Erased" not in run("comment", "list", "--status", "trash", as_admin=True).stdout
    assert run("comment", "erase", "erased@x.example", "--json", as_admin=True).told["erased"] == 0
    assert "erased@x.example" in run("subscriber", "list", as_admin=True).stdout, "a subscription is another matter"


def test_a_dead_letter_is_listed_shown_retried_and_dropped_and_the_doctor_sees_it(run: Run, wire: Newswire) -> None:
    assert "dead letters: 0" in run("doctor", as_admin=True).stdout
    [socket] = wire.data.rglob("*.sock")
    with Redis(unix_socket_path=str(socket)) as redis:
        redis.xadd("kill.confirmed.v1", {"__data__": b"no event at all"})
    [letter] = wait_until(lambda: run("dead", "list", "--json", as_admin=True).told["dead"])
    assert (letter["step"], letter["stream"], letter["state"]) == ("ingest", "kill.confirmed.v1", "dead")
    assert row(run("dead", "list", as_admin=True).stdout, str(letter["id"]))[2] == "ingest"
    assert "no event at all" in run("dead", "show", letter["id"], as_admin=True).stdout
    sick = run("doctor", ends=FAILED, as_admin=True).stdout
    assert "dead letters: 1" in sick
    assert "newswire dead list" in sick
    assert run("dead", "retry", letter["id"], "--json", as_admin=True).told[0]["state"] == "retried"
    [again] = wait_until(lambda: run("dead", "list", "--json", as_admin=True).told["dead"])
    assert again["id"] > letter["id"], "it died once more"
    assert run("dead", "drop", again["id"], "--json", as_admin=True).told[0]["state"] == "dropped"
    run("dead", "drop", again["id"], ends=REFUSED, as_admin=True)
    run("dead", "list", ends=REFUSED)
    run("doctor", as_admin=True)


def test_sending_is_paused_and_resumed_and_the_doctor_says_so(run: Run) -> None:
    told = run("pause", "--channel", "websub", "--reason", "hub moves", "--json", as_admin=True).told
    assert [(one["channel"], one["reason"]) for one in told["pauses"]] == [("websub", "hub moves")]
    sick = run("doctor", ends=FAILED, as_admin=True).stdout
    assert "sending: paused: websub since" in sick
    assert "(hub moves)" in sick
    assert "newswire resume" in sick
    assert "Nothing here" in run("resume", as_admin=True).stderr
    assert "sending: on" in run("doctor", as_admin=True).stdout
    assert "Corrections and kills wait" in " ".join(run("pause", "--help").stdout.replace("│", " ").split())
    run("pause", ends=REFUSED)
    run("pause", "--channel", "fax", ends=USAGE, as_admin=True)


def test_the_doctor_asks_every_service_what_it_owes(run: Run, receiver: Receiver) -> None:
    assert "overdue: nothing" in run("doctor", as_admin=True).stdout
    one = {"kind": "mail", "seconds": 301.2, "limit": 300, "late": True, "advice": "Look at the relay."}
    answers = {
        "/v1/dead": {"dead": []},
        "/v1/deliveries/pauses": {"pauses": []},
        "/v1/owed/notify": {"owed": [one, {**one, "kind": "sweep", "late": False}], "problems": []},
        "/v1/owed/ingest": {"owed": [], "problems": ["ingest bus: step story.live.v1 waits: DatabaseAway"]},
    }
    receiver.replies |= {path: Reply(200, json.dumps(told).encode()) for path, told in answers.items()}
    receiver.default = Reply(200)
    receiver.replies |= {f"/v1/owed/{name}": Reply(404) for name in ("enrich", "render", "desk")}
    receiver.replies |= {"/v1/owed/site": Reply(502), "/healthz": Reply(404), "/readyz": Reply(404)}
    sick = run("doctor", ends=FAILED, as_admin=True, API_URL=receiver.url).stdout
    assert "is a proxy before several" in sick, "as Caddy answers for the processes' own addresses"
    assert "site: /v1/owed/site answers 502" in sick
    assert "ingest: ingest bus: step story.live.v1 waits" in sick
    assert "overdue: mail: 301 s" in sick
    assert "Look at the relay." in sick
    assert "sweep" not in sick


def test_what_a_service_owes_is_for_the_admin(wire: Newswire, key: str) -> None:
    assert httpx.get(f"{wire.url}/v1/owed/ingest").status_code == 401
    assert httpx.get(f"{wire.url}/v1/owed/ingest", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    kinds: set[str] = set()
    for service in ("ingest", "enrich", "render", "site", "notify", "desk"):
        told = httpx.get(f"{wire.url}/v1/owed/{service}", headers=wire.admin)
        assert (told.status_code, told.json()["service"]) == (200, service)
        kinds |= {one["kind"] for one in told.json()["owed"]}
    assert kinds >= {"embargo", "expiry", "drive", "receipt", "lists", "proof", "purge", "mail", "webhook", "digest"}
    assert httpx.get(f"{wire.url}/v1/owed/printing", headers=wire.admin).status_code == 404
    assert 'newswire_overdue_seconds{kind="digest"}' in httpx.get(f"{wire.url}/metrics", headers=wire.admin).text
    assert (
        'newswire_deliveries_paused{channel="email"} 0.0' in httpx.get(f"{wire.url}/metrics", headers=wire.admin).text
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"API_URL": f"http://127.0.0.1:{free_port()}"}, "does not answer"),
        ({"KEY": "nw_wrong"}, "refused"),
        ({"KEY": "", "DATA_DIR": "empty"}, "none"),
    ],
)
def test_the_doctor_says_what_is_wrong(run: Run, settings: Mapping[str, str], said: str) -> None:
    told = run("doctor", "--json", ends=FAILED, as_admin=True, **settings).told
    wrong = [one for one in told if not one["well"]]
    assert said in wrong[0]["found"]
    assert all(one["advice"] for one in wrong)


def test_a_command_ends_with_what_happened(run: Run, tmp_path: Path) -> None:
    assert "cannot be reached" in run("publisher", "list", ends=FAILED, API_URL="http://127.0.0.1:1").stderr
    run("publisher", "list", ends=REFUSED, KEY="nw_wrong")
    keyless = run("publisher", "list", ends=FAILED, as_admin=True, DATA_DIR="empty").stderr
    assert "No key: set NEWSWIRE_KEY" in keyless
    run("publisher", "add", ends=USAGE)
    run("no-such-command", ends=USAGE)
    run("serve", "printing", ends=USAGE)
    assert "BOGUS" in run("publisher", "list", ends=USAGE, BOGUS="1").stderr
    far = json.dumps(story("Far", embargo_until="2099-01-01T00:00:00Z"))
    path = written(tmp_path / "cli-far.json", far)
    assert run("push", path, "--wait", "--json").told["status"] == "scheduled"
    assert "0 when it is scheduled" in " ".join(re.sub("[│|]", " ", run("push", "--help").stdout).split())
    assert "--publisher" in run("push", path, ends=REFUSED, as_admin=True).stderr


def test_the_command_finds_the_newswire_of_its_data_directory(run: Run, tmp_path: Path) -> None:
    with newswire(tmp_path) as other:
        mine = {"DATA_DIR": str(other.data), "API_URL": "", "as_admin": True}
        other.publisher("Found Desk")
        assert "found-desk" in run("publisher", "list", **mine).stdout
        elsewhere = str(free_port())
        told = run("publisher", "list", ends=FAILED, PORT=elsewhere, **mine).stderr
        assert f":{elsewhere} cannot be reached" in told, "a port that is given is meant"
        assert "NEWSWIRE_API_URL" in told
        other.stop()
        assert not (other.data / "api.url").exists()


def test_the_process_commands(run: Run, wire: Newswire) -> None:
    port = wire.url.rpartition(":")[2]
    run("health", PORT=port)
    run("health", ends=FAILED, PORT=str(free_port()))
    assert "0" in run("sample", "remove", as_admin=True).stdout


def test_the_command_starts_from_anywhere_and_brings_schemas_up_to_date(tmp_path: Path) -> None:
    for arguments in (["--help"], ["migrate"], ["health"]):
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "NEWSWIRE_DATA_DIR": "fresh", "NEWSWIRE_PORT": str(free_port())},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert done.returncode == (FAILED if arguments == ["health"] else DONE), done.stderr
    assert (tmp_path / "fresh" / "db" / "ingest.db").is_file()


def test_a_mail_goes_to_who_was_imported(run: Run, wire: Newswire, key: str, tmp_path: Path) -> None:
    reader = f"cli.mail.{next(NUMBERS)}@x.example"
    people = written(tmp_path / "one.csv", f"email,topics,cadence\n{reader},tag:climail,instant\n")
    run("subscriber", "import", people, as_admin=True)
    put(wire, key, "climail", story("To the imported", tags=["climail"]))
    assert mail_to(wire, reader, 1)["Subject"] == "To the imported"
