"""Does the sample wire arrive through the API, once, and leave again?"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from services.sample.push import SampleRefused, push_sample, remove_sample
from services.sample.wire import sample_wire
from tests.servers.newswire import newswire


async def until(url: str, shows: Callable[[str], bool]) -> str:
    """The page once it shows what is waited for; fails with what it shows after 30 s."""
    text = ""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(150):
            text = (await client.get(url)).text
            if shows(text):
                return text
            await asyncio.sleep(0.2)
    pytest.fail(text[:2000])


@pytest.mark.timeout(150)
async def test_the_sample_is_pushed_once_and_removed(tmp_path: Path) -> None:
    with newswire(tmp_path) as running:
        new = len(sample_wire())
        assert await push_sample(running.url, running.admin_key) == new
        assert await push_sample(running.url, running.admin_key) == 0
        front = await until(running.url + "/", lambda text: "Deputy Harbour Master" in text or "slipway" in text)
        assert "disputed pumpkin" not in front
        assert await remove_sample(running.url, running.admin_key) == new - 1
        assert await remove_sample(running.url, running.admin_key) == 0
        for path in ("/", "/feed/", "/updates/feed/", "/corrections/", "/search?q=harbour"):
            await until(running.url + path, lambda text: "slipway" not in text and "sample story" not in text)
        await until(running.url + "/feed/json/", lambda text: len(json.loads(text)["items"]) == 1)
        assert await push_sample(running.url, running.admin_key) == 0, "what was removed stays away"
        with pytest.raises(SampleRefused, match="401"):
            await push_sample(running.url, "nw_wrong")
