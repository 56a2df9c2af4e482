"""One Chromium for all browser tests; without one they are skipped, and say so."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.newsstand import Newsstand, newsstand
from tests.browser.site import Site, site_of

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's own browser, without a window."""
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on PATH (apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def stand() -> Iterator[Newsstand]:
    with newsstand() as opened:
        yield opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running newswire with the sample and a page of every type."""
    directory: Path = tmp_path_factory.mktemp("site")
    with site_of(directory) as opened:
        yield opened
