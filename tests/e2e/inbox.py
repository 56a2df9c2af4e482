"""What lies in an inbox, and how does somebody get mail into it?"""

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx

from tests.servers.newswire import Newswire, wait_until


def parsed(raw: bytes) -> EmailMessage:
    """A mail as its reader's program understands it."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def mails_to(wire: Newswire, address: str) -> list[EmailMessage]:
    """What came for one address, oldest first."""
    return [mail for mail in map(parsed, wire.mails()) if str(mail["To"]) == address]


def mail_to(wire: Newswire, address: str, number: int) -> EmailMessage:
    """The `number`th mail for an address (1: the first), waited for."""
    return wait_until(lambda: (found := mails_to(wire, address))[number - 1 :] and found)[number - 1]  # type: ignore[no-any-return]


def part(mail: EmailMessage, kind: str) -> str:
    """The text of its `plain` or `html` part."""
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def links(mail: EmailMessage) -> list[str]:
    """Addresses of subscriptions in its text."""
    return re.findall(r"https?://\S+/subscriptions/\S+", part(mail, "plain"))


def confirmed(wire: Newswire, address: str, *topics: str, **fields: str) -> None:
    """Subscribe an address as its owner would: ask, open the mail, follow the link, press the button."""
    before = len(mails_to(wire, address))
    answer = httpx.post(f"{wire.url}/subscribe", data={"email": address, "topics": list(topics), **fields})
    assert answer.status_code == 202, answer.text
    link = links(mail_to(wire, address, before + 1))[0]
    assert httpx.post(link).status_code == 200


def story(headline: str, **fields: Any) -> dict[str, Any]:
    """A story to push."""
    return {"headline": headline, "body_html": "<p>The lamp is lit.</p><p>It burns.</p>", **fields}


def put(wire: Newswire, key: str, external_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Push it and wait until it is live."""
    with wire.client(key) as client:
        answer = client.put(f"/v1/stories/{external_id}", json=body, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def act(wire: Newswire, key: str, external_id: str, verb: str, **body: Any) -> dict[str, Any]:
    """Correct, kill or revive it and wait until that is live."""
    with wire.client(key) as client:
        answer = client.post(f"/v1/stories/{external_id}/{verb}", json=body, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counted(wire: Newswire, story_id: str, revision: int, channel: str = "email") -> dict[str, int]:
    """What the trace counts for a revision, once nothing of it is pending."""

    def settled() -> dict[str, int] | None:
        with wire.client() as client:
            told = client.get(f"/v1/traces/{story_id}")
        revisions: Sequence[dict[str, Any]] = told.json().get("revisions", ())
        for one in revisions:
            counts: dict[str, int] = one["deliveries"][channel]
            sums = ("delivered", "bounced", "failed", "suppressed", "uncertain", "pending")
            assert counts["planned"] == sum(counts[name] for name in sums)
            if one["revision"] == revision and counts["planned"] and not counts["pending"]:
                return counts
        return None

    return wait_until(settled)  # type: ignore[no-any-return]
