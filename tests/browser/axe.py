"""What does axe-core say about a page? The one accessibility checker that most audits begin with (Deque, MPL 2.0)."""

from importlib.resources import files
from typing import Any

from playwright.async_api import Page

#: WCAG 2.0 to 2.2, A and AA, and axe's best practices.
_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
_RUN = """(options) => axe.run(document, options).then((found) => found.violations.map(({ id, help, nodes }) =>
  [id, help, nodes.map((node) => node.html.slice(0, 120) + " " + node.failureSummary)]))"""
_SOURCE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page) -> list[Any]:
    """What is wrong: [rule, what it asks, the elements]. Everything that can be opened is opened before."""
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    # Evaluated by the debugger, not loaded by the page: its content policy would refuse it.
    await page.evaluate(_SOURCE)
    found: list[Any] = await page.evaluate(_RUN, _OPTIONS)
    return found
