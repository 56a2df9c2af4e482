"""What can a site have been through? Every fate that a story can have."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.test_pictures import drawn
from tests.servers.newswire import wait_until
from tests.servers.publisher import Publisher, path_of


def live_through(desk: Publisher) -> None:
    """All that can happen to stories."""
    live_on(desk)
    end_in_all_ways(desk)


def live_on(desk: Publisher) -> None:
    """Pushed, moved, corrected, dated back, in a hurry."""
    many = [(f"many-{number}", filler(number)) for number in range(50)]
    desk.push_all(many)
    also = '<p>Read also: <a href="newswire:named">it</a></p><p>Read also: <a href="https://old.example/it">so</a></p>'
    desk.put("pointing", headline="Pointing elsewhere", body_html=f"<p>Ebb and flow.</p>{also}")
    desk.put("named", headline="Named before it came", canonical_url="https://old.example/it", tags=["Salt"])
    picture = desk.client.post("/v1/media", files={"file": ("a.png", drawn(), "image/png")}).json()["url"]
    desk.put("pictured", headline="With a picture", image={"url": picture, "alt": "A gull", "credit": "E. Lund"})
    # Quick edits: what came in between is nowhere but in the log.
    for sections in (["Once Only"], ["Twice Only"], ["Harbour"]):
        desk.client.put("/v1/stories/hasty", json={"headline": "Hasty", "body_html": "<p>x</p>", "sections": sections})
    desk.put("moved", headline="It moves", slug="first-place", sections=["Left Behind"], authors=[{"name": "Ada Lind"}])
    desk.put("moved", headline="It moved", slug="second-place", sections=["Harbour"], aliases=["/old/moved.html"])
    desk.act("moved", "correct", note="It was Tuesday.", dek="A town listens again.")
    desk.put("dated", headline="Of another month", published_at="2026-03-04T10:00:00Z", tags=["Salt"])
    desk.put("dated", headline="Of another month", published_at="2026-02-03T10:00:00Z")


def end_in_all_ways(desk: Publisher) -> None:
    """Killed, brought back, expired, never seen; and one that is talked of."""
    for name in ("gone", "back"):
        desk.put(name, headline=f"Killed {name}", sections=["Grave"], tags=["Salt"], authors=[{"name": "Bo Reed"}])
        desk.act(name, "kill", reason="counsel", public_note="We withdrew it.")
    desk.act("back", "revive", note="It was right.")
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()  # noqa: TID251 - a test's own clock
    desk.client.put(
        "/v1/stories/brief",
        json={"headline": "Brief", "body_html": "<p>x</p>", "sections": ["Fleeting"], "expires_at": soon},
    )
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()  # noqa: TID251 - a test's own clock
    hidden = {"headline": "Under embargo", "body_html": "<p>Secret.</p>", "sections": ["Secret"]}
    desk.client.put("/v1/stories/hidden", json={**hidden, "embargo_until": later})
    desk.put("urgent", headline="Breaking it is", priority="breaking", sections=["Harbour"])
    talked = path_of(desk.put("talked", headline="Much talked of"))
    said = {"name": "Cora Quill", "email": "cora.secret@example.org", "comment": "Well said."}
    comment = desk.reader.post(desk.url(f"{talked}comments"), json=said).json()["id"]
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{comment}/approve")
    desk.until(talked, there="Well said.")
    wait_until(lambda: desk.status("brief") == "expired")


def filler(number: int) -> dict[str, Any]:
    """A story among many."""
    fields: dict[str, Any] = {
        "headline": f"Tide table {number}",
        "body_html": f"<h2>At {number}</h2><p>The harbour master of Ebb counts {number} boats and a heron.</p>",
        "sections": [("Harbour", "Town", "Sea")[number % 3]],
        "tags": [f"Tag {number % 7}", "Salt"][: 1 + number % 2],
        "authors": [{"name": ("Ada Lind", "Bo Reed")[number % 2]}],
        "published_at": (datetime(2026, 11, 1, tzinfo=UTC) - timedelta(days=number)).isoformat(),
    }
    return fields
