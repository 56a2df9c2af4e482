"""Does a newsroom's own theme take over a site that has been running without it?"""

import signal
from pathlib import Path

import httpx
import pytest

from tests.servers.newswire import ROOT, newswire, wait_until
from tests.servers.publisher import Publisher, document, path_of

EXAMPLE = ROOT / "docs" / "example-theme"


@pytest.mark.timeout(180)
def test_theme_dir_changes_the_pages_that_are_there_and_those_to_come(tmp_path: Path) -> None:
    with newswire(tmp_path, SITE_TITLE="The Tideway") as running:
        desk = Publisher(running, str(running.publisher("Tide Desk")["key"]))
        path = path_of(desk.put("before", headline="Before the change"))
        desk.put("beside", headline="Beside it")
        assert "Fresh in" not in desk.get("/").text
        assert running.stop(signal.SIGTERM) == 0
        running.environment["NEWSWIRE_THEME_DIR"] = str(EXAMPLE)
        running.start()
        for page, says in ((path, "/assets/wave."), ("/", "Fresh in")):
            wait_until(lambda page=page, says=says: says in desk.get(page).text, 30)
        assert "/assets/wave." in desk.get(path_of(desk.put("after", headline="After it"))).text
        lost = desk.get("/nowhere/")
        assert (lost.status_code, "Lost at sea" in lost.text) == (404, True)
        wave = document(lost).xpath("//header//img/@src")[0]
        sheet = document(lost).xpath('//link[@rel="stylesheet"]/@href')
        assert len(sheet) == 1, "the newsroom's own style comes in the same request"
        answers: list[httpx.Response] = [desk.get(address) for address in (wave, sheet[0])]
        assert [one.headers["content-type"] for one in answers] == ["image/svg+xml", "text/css; charset=utf-8"]
        assert {one.headers["cache-control"] for one in answers} == {"public, max-age=31536000, immutable"}
        assert wave in answers[1].text
        desk.close()
