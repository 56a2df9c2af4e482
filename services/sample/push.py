"""How does the sample wire reach an empty site, and leave it again? Through the publisher API, like every story.

SampleRefused   the API answered something that the sample did not expect; the problem document is in the text
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import httpx

from services.sample.photos import paint
from services.sample.wire import SampleStory, publisher_slug, sample_wire
from shared import clock

TIMEOUT_S: Final = 60.0
FOUND, CREATED, ACCEPTED, MISSING, CONFLICT = 200, 201, 202, 404, 409
#: How soon a removed story ends; an expiry must lie ahead.
ENDS_AFTER: Final = timedelta(seconds=2)


class SampleRefused(Exception):  # noqa: N818 - an outcome with a name
    """The API did not take the sample."""


async def push_sample(api_url: str, admin_key: str) -> int:
    """Push the sample wire; how many stories were new.

    Safe to repeat: a story that the site has, in whatever state, is left as it is; one that was pushed but not yet
    corrected or killed as the wire wants it gets that too.
    """
    async with _client(api_url, admin_key) as client:
        wire = await asyncio.to_thread(sample_wire)
        await _publishers(client, wire)
        now = clock.now()
        pushed = 0
        for story in wire:
            held = await _held(client, story)
            if held is None:
                image = await _photo(client, story)
                await _call(client, "PUT", story, "", story.fields(now, image))
                pushed += 1
            await _afterwards(client, story, held)
        return pushed


async def remove_sample(api_url: str, admin_key: str) -> int:
    """Let every sample story expire in a moment; how many there were.

    A kill would stand in feeds and among the corrections for a month; what has expired leaves nothing but its 410. The
    one that the sample itself kills stays killed.
    """
    async with _client(api_url, admin_key) as client:
        removed = 0
        for story in await asyncio.to_thread(sample_wire):
            held = await _held(client, story)
            if held is not None and held["status"] != "killed" and "expires_at" not in held["story"]:
                ends = {"expires_at": (clock.now() + ENDS_AFTER).isoformat(), "notify": False}
                await _call(client, "PUT", story, "", {**held["story"], **ends})
                removed += 1
        return removed


def _client(api_url: str, admin_key: str) -> httpx.AsyncClient:
    # Nobody's proxy stands between a command and its own server.
    headers = {"Authorization": f"Bearer {admin_key}"}
    return httpx.AsyncClient(base_url=api_url, headers=headers, timeout=TIMEOUT_S, trust_env=False)


async def _publishers(client: httpx.AsyncClient, wire: Sequence[SampleStory]) -> None:
    answer = await client.get("/v1/publishers")
    known = {one["slug"] for one in _expected(answer, FOUND).json()["publishers"]}
    for name in sorted({story.publisher for story in wire}):
        if publisher_slug(name) not in known:
            _expected(await client.post("/v1/publishers", json={"name": name}), CREATED, CONFLICT)


async def _held(client: httpx.AsyncClient, story: SampleStory) -> dict[str, Any] | None:
    """What the site has of a story; None when it never had it (or never knew its publisher)."""
    params = {"publisher": publisher_slug(story.publisher)}
    answer = _expected(await client.get(f"/v1/stories/{story.external_id}", params=params), FOUND, MISSING)
    held: dict[str, Any] = answer.json()
    return held if answer.status_code == FOUND else None


async def _photo(client: httpx.AsyncClient, story: SampleStory) -> str | None:
    photo = story.photo
    if not photo:
        return None
    jpeg = await asyncio.to_thread(paint, photo["scene"], photo["palette"], photo["seed"])
    files = {"file": (f"{story.external_id}.jpg", jpeg, "image/jpeg")}
    return _expected(await client.post("/v1/media", files=files), CREATED).headers["location"]


async def _afterwards(client: httpx.AsyncClient, story: SampleStory, held: dict[str, Any] | None) -> None:
    """Correct or kill what the wire corrects or kills, unless that has happened."""
    first = held is None or (held["revision"] == 1 and held["status"] != "killed")
    correction, withdrawal = story.correction(), story.withdrawal()
    if first and correction is not None:
        await _call(client, "POST", story, "/correct", correction)
    if first and withdrawal is not None:
        await _call(client, "POST", story, "/kill", withdrawal)


async def _call(client: httpx.AsyncClient, method: str, story: SampleStory, verb: str, body: dict[str, Any]) -> None:
    params = {"publisher": publisher_slug(story.publisher)}
    # A story that will be corrected or killed is seen first, so that there is something to correct or to withdraw.
    headers = {"Prefer": "wait=10"} if story.correction() or story.withdrawal() else {}
    path = f"/v1/stories/{story.external_id}{verb}"
    answer = await client.request(method, path, params=params, json=body, headers=headers)
    _expected(answer, FOUND, ACCEPTED)


def _expected(answer: httpx.Response, *statuses: int) -> httpx.Response:
    if answer.status_code not in statuses:
        request = answer.request
        raise SampleRefused(f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:500]}")
    return answer
