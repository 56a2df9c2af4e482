"""Does somebody who asked hear of an answer to their comment, once, whatever dies in between?"""

import re
from collections.abc import Iterator
from email.message import EmailMessage

import httpx
import pytest

from tests.e2e.inbox import links, mail_to, mails_to, part
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.publisher import Publisher, path_of

pytestmark = [pytest.mark.timeout(240)]

BO = "bo.reader@readers.example"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A newswire of its own: it is killed."""
    with newswire(tmp_path_factory.mktemp("answers")) as wire:
        publisher = Publisher(wire, str(wire.publisher("Testwell Desk")["key"]))
        yield publisher
        publisher.close()


def said(desk: Publisher, path: str, **fields: object) -> int:
    sent = {"name": "Bo", "email": BO, "comment": "Which kettle?", **fields}
    told = httpx.post(desk.url(f"{path}comments"), json=sent)
    assert told.status_code == 202, told.text
    return int(told.json()["id"])


def approve(desk: Publisher, comment: int) -> None:
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{comment}/approve").raise_for_status()


def asked(desk: Publisher, name: str) -> tuple[str, int]:
    """A story with an approved comment that asks for mail about answers."""
    path = path_of(desk.put(name))
    first = said(desk, path, notify=True, comment=f"Which kettle, {name}?")
    approve(desk, first)
    desk.until(path, there="Which kettle")
    return path, first


def settled(wire: Newswire, comment: int) -> bool:
    """Has notify noted the answer, and the site heard of it?"""
    return any(re.match(rf"answers \({comment}, '[^']+', \d+, True,", row) for row in wire.rows("site"))


def test_an_answer_is_mailed_once_although_everything_is_killed_in_between(desk: Publisher) -> None:
    wire = desk.wire
    path, first = asked(desk, "killed-in-between")
    answer = said(desk, path, name="Cy", email="cy@readers.example", comment="The blue one.", parent=first)
    approve(desk, answer)
    wire.kill()
    wire.start()
    mail = mail_to(wire, BO, 1)
    assert f"{path}#comment-{answer}" in part(mail, "plain")
    wire.kill()
    wire.start()
    wait_until(lambda: settled(wire, answer), 60.0)
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{answer}/hold").raise_for_status()
    approve(desk, answer)
    desk.until(path, there="The blue one.")
    assert len(mails_to(wire, BO)) == 1
    one_click_ends_it(desk, path, first, mail)


def one_click_ends_it(desk: Publisher, path: str, first: int, mail: EmailMessage) -> None:
    """The first mail asks, the second tells, and then its reader leaves."""
    wire = desk.wire
    confirm, leave = links(mail)
    assert httpx.post(confirm).status_code == 200
    later = said(desk, path, name="Di", email="di@readers.example", comment="No, the red one.", parent=first)
    approve(desk, later)
    second = mail_to(wire, BO, 2)
    assert "Di has answered your comment" in part(second, "plain")
    one_click = str(second["List-Unsubscribe"]).strip("<>")
    assert one_click == leave
    left = httpx.post(one_click, data={"List-Unsubscribe": "One-Click"})
    assert (left.status_code, left.headers.get("set-cookie")) == (200, None)
    last = said(desk, path, name="Ed", email="ed@readers.example", comment="All of them.", parent=first)
    approve(desk, last)
    desk.until(path, there="All of them.")
    wait_until(lambda: settled(wire, last), 60.0)
    assert len(mails_to(wire, BO)) == 2
