"""Does what the README says work when a newcomer types it?"""

import re
import subprocess
from pathlib import Path

import httpx
import pytest

from services.cli.app import app
from shared.settings import Settings
from tests.servers.newswire import ROOT, Newswire, newswire

README = (ROOT / "README.md").read_text()
TOUR = re.findall(r"^```sh tour\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def typed(text: str, running: Newswire) -> str:
    """The lines of the README for another port and another data directory."""
    return text.replace("http://127.0.0.1:8080", running.url).replace("data/", f"{running.data}/")


def test_every_line_of_the_tour_works(tmp_path: Path) -> None:
    assert len(TOUR) >= 6
    with newswire(tmp_path) as running:
        script = "set -euo pipefail\nset -x\n" + "\n".join(typed(block, running) for block in TOUR)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        page = re.findall(r'"page": ?"([^"]+)"', done.stdout)[0]
        gone = httpx.get(page)
        assert (gone.status_code, "Withdrawn for legal reasons." in gone.text) == (410, True)


def test_the_settings_table_names_every_setting() -> None:
    table = README.partition("## Settings")[2].partition("## ")[0]
    named = {name for row in re.findall(r"^\| (.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_no_link_of_the_readme_is_dead(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_command_that_it_names_exists() -> None:
    assert app.info.name == "newswire"
