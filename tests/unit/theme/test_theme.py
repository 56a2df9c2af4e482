"""Can a newsroom make the theme its own, in its own words and hours?"""

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings import Settings
from shared.theme import Theme, ThemeError
from shared.theme.paper import Paper, paper
from tests.unit.theme import examples

STRINGS = Path(__file__).parents[3] / "shared" / "theme" / "strings"
ENGLISH = json.loads((STRINGS / "en.json").read_text())
#: The bounds of hypothesis are naive.
SINCE, UNTIL = datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01")
TOUR = datetime(2026, 3, 1, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "text", "iso"),
    [
        ("en", "UTC", "1 March 2026, 23:05", "2026-03-01T23:05:00+00:00"),
        ("de", "Europe/Berlin", "2. März 2026, 00:05 Uhr", "2026-03-02T00:05:00+01:00"),
        ("de-AT", "Europe/Vienna", "2. März 2026, 00:05 Uhr", "2026-03-02T00:05:00+01:00"),
        ("fr", "UTC", "1er mars 2026 à 23:05", "2026-03-01T23:05:00+00:00"),
        ("ar-EG", "Africa/Cairo", "2 مارس 2026، 01:05", "2026-03-02T01:05:00+02:00"),
        ("tlh", "America/New_York", "1 March 2026, 18:05", "2026-03-01T18:05:00-05:00"),
    ],
)
def test_dates_follow_language_and_zone(language: str, zone: str, text: str, iso: str) -> None:
    shown = examples.theme(language=language, zone=ZoneInfo(zone)).date(TOUR)
    assert (shown["text"], shown["iso"]) == (text, iso)
    assert shown["text"].startswith(shown["day"])


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        examples.theme().date(TOUR.replace(tzinfo=None))


@pytest.mark.parametrize("language", sorted(path.stem for path in STRINGS.glob("*.json")))
def test_a_catalogue_has_the_keys_and_the_gaps_of_the_english_one(language: str) -> None:
    catalogue = json.loads((STRINGS / f"{language}.json").read_text())
    assert set(catalogue) - {"date_first"} == set(ENGLISH)
    gaps = {key: sorted(re.findall(r"{\w+}", text)) for key, text in ENGLISH.items()}
    assert {key: sorted(re.findall(r"{\w+}", catalogue[key])) for key in ENGLISH} == gaps


def test_every_word_that_a_template_asks_for_is_in_the_catalogue() -> None:
    templates = STRINGS.parent / "templates"
    asked = {key for path in templates.rglob("*.*") for key in re.findall(r"\bt\.(\w+)", path.read_text())}
    assert asked <= set(ENGLISH)


def test_an_unknown_language_falls_back_to_english() -> None:
    assert examples.theme(language="tlh").strings["connect"] == "Connect with us"


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar-EG", "rtl"), ("he", "rtl"), ("fa_IR", "rtl")])
def test_the_page_runs_in_the_direction_of_its_language(language: str, direction: str) -> None:
    assert f'lang="{language}" dir="{direction}"' in examples.theme(language=language).page("missing.html").decode()


def test_every_page_leads_to_the_sections() -> None:
    look = examples.theme()
    assert b'<a href="/#sections">Sections</a>' in look.page("missing.html")
    assert look.page("list.html", list=examples.front(look)).count(b'id="sections"') == 1


def test_assets_are_named_by_their_content_and_pages_link_them() -> None:
    look = examples.theme()
    (sheet,) = [path for path in look.assets if re.fullmatch(r"/assets/site\.[0-9a-f]{10}\.css", path)]
    assert look.assets[sheet].content_type == "text/css; charset=utf-8"
    assert f'href="{sheet}"'.encode() in look.page("missing.html")
    assert {path for path, asset in look.assets.items() if not asset.immutable} == {"/favicon.svg", "/site.webmanifest"}


def test_the_style_and_the_script_are_small_and_ask_nobody_else() -> None:
    for path, asset in examples.theme().assets.items():
        limit = 20_000 if path.endswith(".css") else 5_000
        assert len(gzip.compress(asset.body, mtime=0)) <= limit, path
        if path.endswith((".css", ".js")):
            assert not re.search(rb"https?://|@import|url\(", asset.body)


def test_the_manifest_and_the_icon_carry_the_title() -> None:
    look = examples.theme(title='Ämter & "Orte"')
    manifest = json.loads(look.assets["/site.webmanifest"].body)
    assert (manifest["name"], manifest["lang"]) == ('Ämter & "Orte"', "en")
    assert ">Ä</text>".encode() in look.assets["/favicon.svg"].body


def test_any_file_of_the_theme_can_be_replaced_by_name(tmp_path: Path) -> None:
    for name, body in {
        "templates/missing.html": "{% extends 'layout.html' %}{% block main %}<h1>Lost at sea</h1>{% endblock %}",
        "templates/parts/footer.html": "<footer>Ours: {{ site.title }}</footer>",
        "assets/site.css": "body { background: url(sand.png) }",
        "assets/sand.png": "sand",
        "strings/en.json": '{"connect": "Come aboard"}',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(body)
    look = examples.theme(directory=tmp_path)
    html = look.page("missing.html").decode()
    assert "Lost at sea" in html
    assert "<footer>Ours: The Orrin Ledger</footer>" in html
    assert "Come aboard" in html
    sheet = look.assets[look.addresses["site.css"]]
    (picture,) = [path for path in look.assets if path.endswith(".png")]
    assert picture.encode() in sheet.body
    assert look.assets[picture].content_type == "image/png"
    assert b"Kelp growers" in look.page("list.html", list=examples.front(look)), "the rest is still ours"
    # Their sheet names no colour of its paper: the browser is not told ours.
    assert "theme-color" not in html
    assert b"theme_color" not in look.assets["/site.webmanifest"].body


@pytest.mark.parametrize(
    ("sheet", "day", "night"),
    [
        (":root { --paper: #fff; }", "#fff", ""),
        (":root{--ink:#000;--paper:#fff}@media (prefers-color-scheme:dark){:root{--paper:#000}}", "#fff", "#000"),
        (":root { --paper: #fff } :root { --paper: oklch(98% 0.01 80 / 1) !important; }", "oklch(98% 0.01 80 / 1)", ""),
        ("/* :root { --paper: red } */ html { --paper: teal; color: red }", "teal", ""),
        ("@media print { :root { --paper: #fff } } .lead { --paper: #000 } :root { --paper: #abc }", "#abc", ""),
        ("@media screen and (prefers-color-scheme: dark) { .x { --paper: red } :root { --paper: #111 } }", "", "#111"),
        ("@media (min-width: 40em) { @media (prefers-color-scheme: dark) { :root { --paper: red } } }", "", ""),
        (':root { --paper: var(--sand) } body { background: url("x.png") }', "", ""),
        (':root { --paper: "><script>" } }}} {', "", ""),
        (":root { --paper: #fff } @media (prefers-color-scheme: dark) { :root { --paper: #fff } }", "#fff", ""),
    ],
)
def test_the_frame_of_the_browser_has_the_colour_of_the_paper(sheet: str, day: str, night: str) -> None:
    assert paper(sheet) == Paper(day, night)


@given(st.text(alphabet=":root{-paper}; #@media()dark/*,"))
def test_any_sheet_has_a_colour_or_none(sheet: str) -> None:
    found = paper(sheet)
    assert not set(found.day + found.night) & set("<>\"'{};")


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("templates/story.html", b"{% if %}", "story.html"),
        ("templates/story.html", b"\xff\xfe", "templates/story.html: not UTF-8"),
        ("strings/en.json", b"{", "strings/en.json: not JSON"),
        ("strings/en.json", b'{"connect": 1}', "strings/en.json: must be one object of texts"),
        ("assets/site.css", b"\xff", "site.css: not UTF-8"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(body)
    with pytest.raises(ThemeError, match=re.escape(said)):
        examples.theme(directory=tmp_path)


def test_a_theme_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="not a directory"):
        examples.theme(directory=tmp_path / "nowhere")


def test_an_unknown_template_is_a_theme_error() -> None:
    with pytest.raises(ThemeError, match=r"nothing\.html"):
        examples.theme().page("nothing.html")


def test_the_settings_make_the_same_theme() -> None:
    settings = Settings(
        site_title="The Orrin Ledger", timezone="Europe/Berlin", social_links="Mastodon=https://social.example/@l"
    )
    look = Theme.of(settings)
    assert look.date(TOUR)["iso"].endswith("+01:00")
    assert b'href="https://social.example/@l"' in look.page("missing.html")


@given(st.datetimes(SINCE, UNTIL, timezones=st.just(UTC)))
def test_every_moment_can_be_read_back(at: datetime) -> None:
    shown = LOOK.date(at)
    assert datetime.fromisoformat(shown["iso"]) == at.replace(microsecond=0)
    assert str(at.astimezone(ZoneInfo("Asia/Kolkata")).year) in shown["day"]


LOOK = examples.theme(zone=ZoneInfo("Asia/Kolkata"))
