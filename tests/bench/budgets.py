"""What does a page cost its reader: bytes, requests that hold up the first paint, and the wait for its largest part?

As Lighthouse does it: a cold Chromium the size of a phone, on its *slow 4G* (150 ms, 1.6 Mbit/s down, 675 kbit/s up;
throttled by the browser, request by request), against the sample wire with its pictures. Where time is asked for, the
median of a few loads; the processor is not slowed down, since this one may be busy enough.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from tests.bench.table import Figure
from tests.servers.newswire import newswire, wait_until

LOADS = 5
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 / 8,
    "uploadThroughput": 675_000 / 8,
}
PHONE: dict[str, Any] = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 1.75, "is_mobile": True}
#: [largest contentful paint (ms), its element, sum of layout shifts, render-blocking requests], once all has settled.
FELT = """() => new Promise((done) => {
  const felt = { lcp: 0, what: "", shift: 0 };
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    felt.lcp = entry.startTime;
    felt.what = entry.element?.tagName.toLowerCase() ?? "";
  })).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { felt.shift += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  const blocking = performance.getEntriesByType("resource").filter((one) => one.renderBlockingStatus === "blocking");
  setTimeout(() => done({ ...felt, blocking: blocking.length }), 500);
})"""


@dataclass(frozen=True)
class Load:
    """One cold load: encoded bytes of all but pictures, of pictures, and what the reader felt."""

    own: int
    pictures: int
    felt: dict[str, Any]


def measure() -> list[Figure]:
    """The newest story with a picture, and the front page."""
    found = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
    if found is None:
        return [Figure("budgets of a page in Chromium", "no Chromium here")]
    with (
        tempfile.TemporaryDirectory() as name,
        newswire(Path(name), LOG_LEVEL="warning", SAMPLE="yes") as running,
        sync_playwright() as playwright,
    ):
        wait_until(lambda: "slipway" in httpx.get(f"{running.url}/").text, 60)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        story = f"{running.url}{_story(running.url)}"
        figures = _figures("story page", [_load(browser, story) for _ in range(LOADS)])
        figures += _figures("front page", [_load(browser, f"{running.url}/") for _ in range(LOADS)])
        browser.close()
    return figures


def _story(url: str) -> str:
    """The path of the lead, which has a picture."""
    page = httpx.get(f"{url}/").text
    return page.partition('class="card-picture" href="')[2].partition('"')[0]


def _load(browser: Browser, url: str) -> Load:
    """Load it once, with nothing in the cache."""
    sizes: dict[str, int] = {}
    kinds: dict[str, str] = {}
    context = browser.new_context(**PHONE)
    try:
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", SLOW_4G)
        wire.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
        wire.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
        page.goto(url, wait_until="load")
        felt = page.evaluate(FELT)
    finally:
        context.close()
    pictures = sum(size for request, size in sizes.items() if kinds.get(request) == "Image")
    return Load(int(sum(sizes.values()) - pictures), int(pictures), felt)


def _figures(what: str, loads: list[Load]) -> list[Figure]:
    own, pictures = max(one.own for one in loads), max(one.pictures for one in loads)
    wait = median(one.felt["lcp"] for one in loads)
    return [
        Figure(f"{what}, compressed, headers too, without pictures", f"{own / 1024:.1f} KB", target="≤ 30 KB"),
        Figure("… render-blocking requests", str(max(one.felt["blocking"] for one in loads)), target="≤ 1"),
        Figure(
            f"… largest contentful paint ({loads[0].felt['what']}), slow 4G, median of {LOADS}",
            f"{wait:.0f} ms",
            f"{pictures / 1024:.0f} KB of pictures",
            target="≤ 1000 ms",
        ),
        Figure("… layout shift, at worst", f"{max(one.felt['shift'] for one in loads):.4f}", target="≤ 0.01"),
    ]
