"""Is the example theme of the documentation whole, and is what it shows true?"""

import json
from pathlib import Path

import pytest

from shared.theme import Theme
from tests.unit.theme import examples
from tests.unit.theme.contexts import contexts
from tests.unit.theme.markup import all_of, parsed, text_of

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "example-theme"
OURS = ROOT / "shared" / "theme"


@pytest.fixture(scope="module")
def look() -> Theme:
    return examples.theme(directory=EXAMPLE)


def test_every_page_of_the_example_is_sound_and_keeps_what_the_interface_promises(look: Theme) -> None:
    for name, context in contexts(look).items():
        html = look.page(name, **context)
        parsed(html)
        links = {one["href"] for one in all_of(html, "a")}
        assert {"#content", "/imprint/", "/privacy/", "/corrections/", "/about/", "https://sky.example/ledger"} <= links
        assert b'placeholder="Hi, what are you looking for?"' in html
        assert "Connect with us" in text_of(html)


def test_its_files_are_used(look: Theme) -> None:
    for template in (EXAMPLE / "templates").rglob("*.html"):
        assert (OURS / "templates" / template.relative_to(EXAMPLE / "templates")).exists(), "it replaces nothing"
    changed = json.loads((EXAMPLE / "strings" / "en.json").read_text())
    assert changed.keys() <= json.loads((OURS / "strings" / "en.json").read_text()).keys()
    assert "Fresh in" in text_of(look.page("list.html", list=examples.arranged(look)))
    lost = look.page("missing.html")
    assert "Lost at sea" in text_of(lost)
    assert "Back to the harbour" in text_of(lost)
    [wave] = [path for path in look.assets if path.startswith("/assets/wave.")]
    assert {one["src"] for one in all_of(lost, "img")} == {wave}
    [sheet] = [
        asset.body for path, asset in look.assets.items() if path.startswith("/assets/site.") and path.endswith(".css")
    ]
    assert wave.encode() in sheet
    assert sheet.startswith((OURS / "assets" / "site.css").read_bytes()), "extra.css is appended to ours"
    manifest = json.loads(look.assets["/site.webmanifest"].body)
    assert (manifest["theme_color"], manifest["background_color"]) == ("#f7fafb", "#f7fafb")
    frame = [one for one in all_of(lost, "meta") if one.get("name") == "theme-color"]
    assert [(one.get("media"), one["content"]) for one in frame] == [
        ("(prefers-color-scheme: dark)", "#0d161a"),
        (None, "#f7fafb"),
    ]


def test_its_readme_names_each_of_its_files() -> None:
    said = (EXAMPLE / "README.md").read_text()
    files = [path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file()]
    assert [name for name in files if f"`{name}`" not in said] == ["README.md"]
