"""Does the design hold: columns, hierarchy, measure, edges, at every width, by day and by night, both ways, on paper?

What is asserted are facts about the layout that the browser itself tells, and about the pixels those that any machine's
fonts give. There are no golden pictures: another serif moves every line, so that they would either fail on the next
machine or forgive everything. The pictures are kept for eyes: `.pytest_cache/d/screens/`.
"""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Browser, Page

from tests.browser.newsstand import Newsstand
from tests.browser.test_looks import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]
WIDTHS = (320, 768, 1280, 1920)
#: Page → the widths that it is looked at by day; by night at the first and the last of them.
MAIN: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(["/", "/section", "/story", "/rtl-front"], WIDTHS),
    **dict.fromkeys(["/bare", "/foreign", "/search", "/subscribe"], (320, 1280)),
    **dict.fromkeys(["/missing", "/gone"], (320,)),
}
PAPER = {"light": (251, 250, 246), "dark": (20, 23, 27)}
#: The boxes of what a selector finds, in CSS pixels of the page.
BOXES = """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).map((one) => {
  const { left, right, width } = one.getBoundingClientRect(), top = one.getBoundingClientRect().top + scrollY;
  return { left, right, width, top, bottom: top + one.getBoundingClientRect().height,
    size: parseFloat(getComputedStyle(one).fontSize) };
})"""
Box = dict[str, float]


async def boxes(page: Page, selector: str) -> list[Box]:
    found: list[Box] = await page.evaluate(BOXES, selector)
    assert found, f"nothing to be seen of {selector}"
    return found


async def box(page: Page, selector: str) -> Box:
    return (await boxes(page, selector))[0]


@pytest.fixture(scope="module")
def screens(request: pytest.FixtureRequest) -> Path:
    """Where the pictures are kept."""
    assert request.config.cache is not None
    return Path(request.config.cache.mkdir("screens"))


async def taken(page: Page, kept: Path) -> Image.Image:
    await page.evaluate("document.querySelectorAll('img').forEach((one) => { one.loading = 'eager'; })")
    await page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
    body = await page.screenshot(path=kept, full_page=True)
    return Image.open(io.BytesIO(body)).convert("RGB")


def share_of(picture: Image.Image, colour: tuple[int, int, int]) -> float:
    """How much of a picture is (nearly) of a colour."""
    small = picture.resize((max(picture.width // 4, 1), max(picture.height // 4, 1)))
    away = ImageChops.difference(small, Image.new("RGB", small.size, colour)).convert("L")
    return sum(away.histogram()[:12]) / (small.width * small.height)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", MAIN)
async def test_a_page_is_words_on_paper(
    chromium: Browser, stand: Newsstand, screens: Path, path: str, scheme: Any
) -> None:
    async with opened(chromium, stand.address + path, color_scheme=scheme) as page:
        widths = MAIN[path] if scheme == "light" else sorted({MAIN[path][0], MAIN[path][-1]})
        for width in widths:
            await page.set_viewport_size({"width": width, "height": 900})
            name = f"{path.strip('/') or 'front'}-{width}-{scheme}.png"
            picture = await taken(page, screens / name)
            assert picture.width == width, "the page is as wide as the window"
            paper = share_of(picture, PAPER[scheme])
            assert 0.25 < paper < 0.95, f"{name}: {paper:.0%} of it is paper"


async def test_the_printed_pages_are_black_on_white(chromium: Browser, stand: Newsstand, screens: Path) -> None:
    async with opened(chromium, f"{stand.address}/story", 700, color_scheme="dark") as page:
        await page.emulate_media(media="print")
        picture = await taken(page, screens / "story-print.png")
        assert share_of(picture, (255, 255, 255)) > 0.6, "also for a reader whose screen is dark"
        assert await page.locator(".history li").first.is_visible(), "what is folded on the screen is open on paper"
        sheets = (await page.pdf(path=screens / "story.pdf", format="A4")).count(b"/Type /Page\n")
        assert sheets <= 3


async def test_the_front_page_is_one_column_on_a_phone_and_two_on_a_desk(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, stand.address + "/", 320) as page:
        lead, latest = await box(page, ".lead"), await box(page, ".latest")
        assert latest["top"] > lead["bottom"]
        for width in (1280, 1920):
            await page.set_viewport_size({"width": width, "height": 900})
            lead, latest = await box(page, ".lead"), await box(page, ".latest")
            assert latest["left"] > lead["right"]
            assert abs(latest["top"] - lead["top"]) < 2
            assert lead["width"] > 2 * latest["width"]
        # Sixty sections do not push the news out of sight.
        first = "document.querySelector('.sections li')"
        await page.evaluate(f"for (let n = 0; n < 60; n++) {first}.after({first}.cloneNode(true))")
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert (await box(page, ".lead"))["top"] < 450, f"at {width}"


@pytest.mark.parametrize("many", range(1, 7))
async def test_rivers_fill_their_rows(chromium: Browser, stand: Newsstand, many: int) -> None:
    async with opened(chromium, f"{stand.address}/rivers/{many}") as page:
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            whole, rivers = await box(page, ".rivers"), await boxes(page, ".river")
            assert len(rivers) == many
            rows: dict[int, list[Box]] = {}
            for one in rivers:
                rows.setdefault(round(one["top"]), []).append(one)
            for row in rows.values():
                assert abs(row[0]["left"] - whole["left"]) < 2, f"{many} at {width}"
                assert abs(row[-1]["right"] - whole["right"]) < 2, f"{many} at {width}: a hole at the end of a row"
                assert len({round(one["width"]) for one in row}) == 1
            assert len(rows) == many if width == 320 else len(rows) < max(many, 2)


async def test_a_lead_without_a_picture_leaves_no_hole(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/bare") as page:
        left, rivers = await box(page, ".front-lead"), await box(page, ".rivers")
        below = await boxes(page, ".front-lead .grid .card")
        assert below[0]["top"] == below[1]["top"]
        assert rivers["top"] - max(one["bottom"] for one in below) < 100
        assert rivers["left"] == left["left"]


async def test_size_says_what_matters(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, stand.address + "/") as page:
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            lead, river, line = [
                (await box(page, selector))["size"] for selector in (".lead h2", ".river .card h3", ".latest .line h3")
            ]
            assert lead > 1.2 * river, f"at {width}"
            assert river > line >= 16, f"at {width}"
        await page.goto(f"{stand.address}/story")
        sizes = [(await box(page, f".story {one}"))["size"] for one in ("h1", ".story-text h2", ".story-text > p")]
        assert sizes[0] > 1.3 * sizes[1]
        assert sizes[1] > 1.2 * sizes[2]
        assert sizes[2] >= 17


@pytest.mark.parametrize("path", ["/story", "/rtl", "/foreign"])
async def test_a_line_of_text_is_neither_long_nor_short(chromium: Browser, stand: Newsstand, path: str) -> None:
    async with opened(chromium, stand.address + path) as page:
        for width in (768, 1280, 1920):
            await page.set_viewport_size({"width": width, "height": 900})
            text = await box(page, ".story-text > p")
            assert 26 < text["width"] / text["size"] < 40, f"about 55 to 80 letters; at {width}"


@pytest.mark.parametrize(
    ("path", "edge", "widths"),
    [("/story", "left", WIDTHS), ("/rtl", "right", WIDTHS), ("/foreign", "right", (1280, 1920))],
)
async def test_picture_text_and_comments_share_an_edge(
    chromium: Browser, stand: Newsstand, path: str, edge: str, widths: tuple[int, ...]
) -> None:
    async with opened(chromium, stand.address + path) as page:
        for width in widths:
            await page.set_viewport_size({"width": width, "height": 900})
            edges = [
                (await box(page, one))[edge] for one in (".featured", ".story-text", ".story-foot", "#comments-title")
            ]
            assert max(edges) - min(edges) < 2, f"at {width}: {edges}"


async def test_a_page_in_arabic_is_the_mirror_of_one_in_english(chromium: Browser, stand: Newsstand) -> None:
    parts = [".lead", ".latest", ".river", ".search", ".nameplate", ".subscribe"]
    async with opened(chromium, stand.address + "/") as page:
        for width in (320, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(stand.address + "/")
            ours = [await box(page, one) for one in parts]
            await page.goto(f"{stand.address}/rtl-front")
            theirs = [await box(page, one) for one in parts]
            for name, one, other in zip(parts, ours, theirs, strict=True):
                if name not in {".nameplate", ".subscribe", ".search"}:
                    assert abs((width - one["left"]) - other["right"]) < 2, f"{name} at {width}"
                else:
                    assert (one["left"] < width / 2) == (other["right"] > width / 2), f"{name} at {width}"
