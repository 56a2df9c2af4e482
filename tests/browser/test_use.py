"""Can a reader use the pages by keyboard, without scripts, and with them a little more easily?"""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.newsstand import Newsstand
from tests.browser.test_looks import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session")]


async def write_comment(page: Page, name: str) -> None:
    await page.get_by_label("Comment *").fill("It hums.")
    await page.get_by_label("Name *").fill(name)
    await page.get_by_label("E-mail *").fill("jo@example.org")


async def test_the_first_tab_stop_skips_to_the_content(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()


async def test_the_comment_form_opens_by_keyboard(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        await expect(page.get_by_role("heading", name="Leave a Reply")).to_be_hidden()
        await page.locator("summary", has_text="Click to comment").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Comment *")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_comment_is_posted_with_and_without_scripts(
    chromium: Browser, stand: Newsstand, *, scripts: bool
) -> None:
    async with opened(chromium, f"{stand.address}/story", java_script_enabled=scripts) as page:
        await page.locator("summary", has_text="Click to comment").click()
        await write_comment(page, f"Jo {scripts}")
        await page.get_by_label("Tell me by e-mail when somebody answers").check()
        # Only a script could keep it.
        await expect(page.get_by_label("Save my name")).to_be_visible(visible=scripts)
        await page.get_by_role("button", name="Post comment").click()
        await page.wait_for_url("**/story?comment=held#respond")
    path, form = next(one for one in stand.posted if one[1]["name"] == [f"Jo {scripts}"])
    assert path == "/2026/11/23/storm-gate/comments"
    assert (form["comment"], form["parent"], form["subject"], form["notify"]) == (["It hums."], [""], [""], ["yes"])


async def test_after_posting_the_reader_is_told_that_the_comment_waits(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story?comment=held#respond") as page:
        await expect(page.get_by_role("status")).to_contain_text("will appear here once an editor has read it")
        await page.goto(f"{stand.address}/story")
        await expect(page.locator("#comment-held")).to_be_hidden()


async def test_reply_opens_the_form_and_names_whom_one_answers(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        note, parent = page.locator("#answering"), page.locator("#comment-form [name=parent]")
        await page.get_by_role("link", name="Reply – Wilma T.").click()  # noqa: RUF001 - our own dash
        await expect(page.get_by_label("Comment *")).to_be_focused()
        await expect(parent).to_have_value("7")
        await expect(note).to_contain_text("Answer to Wilma T.")
        await page.get_by_role("link", name="Comment on the story instead").click()
        await expect(parent).to_have_value("")
        await expect(note).to_be_hidden()
        await page.get_by_role("link", name="Reply – Jonas").click()  # noqa: RUF001 - our own dash
        await write_comment(page, "Answering")
        await page.get_by_role("button", name="Post comment").click()
        await page.wait_for_url("**/story?comment=held#respond")
    form = next(form for _, form in stand.posted if form["name"] == ["Answering"])
    assert form["parent"] == ["9"]


async def test_without_scripts_reply_leads_to_a_form_of_its_own(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story", java_script_enabled=False) as page:
        link = page.get_by_role("link", name="Reply – Wilma T.")  # noqa: RUF001 - our own dash
        await expect(link).to_have_attribute("href", "/2026/11/23/storm-gate/comments?reply=7#comment-form")


@pytest.mark.parametrize("ticked", [True, False])
async def test_the_name_is_remembered_only_when_ticked(chromium: Browser, stand: Newsstand, *, ticked: bool) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        await page.locator("summary", has_text="Click to comment").click()
        await write_comment(page, "Rememberable")
        await page.get_by_label("Save my name").set_checked(ticked)
        await page.get_by_role("button", name="Post comment").click()
        await page.wait_for_url("**/story?comment=held#respond")
        await expect(page.locator("#name")).to_have_value("Rememberable" if ticked else "")
        assert bool(await page.evaluate("localStorage.length")) == ticked


async def test_the_error_summary_has_the_focus_and_leads_to_the_fields(chromium: Browser, stand: Newsstand) -> None:
    for scripts in (True, False):
        async with opened(chromium, f"{stand.address}/comment", java_script_enabled=scripts) as page:
            await expect(page.locator(".errors")).to_be_focused()
            await page.get_by_role("link", name="Say something").click()
            await expect(page.get_by_label("Comment *")).to_be_focused()


async def test_search_is_a_plain_form(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story", java_script_enabled=False) as page:
        await page.get_by_placeholder("Hi, what are you looking for?").fill("storm gate")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=storm+gate")


async def test_assistive_technology_finds_its_way(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        for role in ("banner", "main", "contentinfo"):
            assert await page.get_by_role(role).count() == 1, role
        for name in ("Connect with us", "The newsroom", "Follow", "Topics"):
            await expect(page.get_by_role("navigation", name=name)).to_be_visible()
        await expect(page.get_by_role("search")).to_be_visible()
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
