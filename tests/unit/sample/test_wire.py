"""Is the sample wire complete, well formed and as varied as a site needs to show itself?"""

import re
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from services.sample.photos import PALETTES, paint
from services.sample.scenes import SCENES
from services.sample.wire import SampleStory, publisher_slug, sample_wire

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WIRE = sample_wire()


def test_the_wire_shows_what_a_site_can_do() -> None:
    assert len(WIRE) == 20
    assert {one for story in WIRE for one in story.front["sections"]} == {
        "News", "Politics", "Business", "Science", "Culture", "Sport",
    }  # fmt: skip
    assert sum(story.correction() is not None for story in WIRE) == 1
    assert sum(story.withdrawal() is not None for story in WIRE) == 1
    assert sum(story.front.get("priority") == "breaking" for story in WIRE) == 1
    assert sum(story.front.get("sponsored", False) for story in WIRE) == 1
    assert {story.fields(NOW, None)["language"] for story in WIRE} == {"en", "de"}
    assert len({name for story in WIRE for name in story.front["authors"]}) > 4
    assert [story.hours_ago for story in WIRE] == sorted((story.hours_ago for story in WIRE), reverse=True)


@pytest.mark.parametrize("story", WIRE, ids=lambda story: story.external_id)
def test_every_reference_is_to_a_story_of_the_wire(story: SampleStory) -> None:
    known = {f"{publisher_slug(one.publisher)}/{one.external_id}" for one in WIRE}
    for name in re.findall(r'"newswire:([^"]+)"', story.body_html):
        assert (name if "/" in name else f"{publisher_slug(story.publisher)}/{name}") in known
    for name in story.front.get("related", ()):
        assert f"{publisher_slug(story.publisher)}/{name}" in known


def test_a_correction_changes_what_its_note_says() -> None:
    [story] = [story for story in WIRE if story.correction()]
    correction = story.correction()
    assert correction is not None
    assert correction["body_html"] != story.body_html


def test_times_are_counted_back_from_the_push() -> None:
    [story] = [story for story in WIRE if story.external_id == "swan-ferry-line"]
    assert story.fields(NOW, None)["published_at"] == "2026-11-23T10:30:00+00:00"


def test_a_file_without_front_matter_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>x</p>")
    with pytest.raises(ValueError, match=r"a\.html"):
        sample_wire(tmp_path)


@pytest.mark.parametrize("story", [one for one in WIRE if one.photo], ids=lambda story: story.external_id)
def test_every_photo_can_be_painted_and_is_light(story: SampleStory) -> None:
    photo = story.photo
    body = paint(photo["scene"], photo["palette"], photo["seed"])
    with Image.open(BytesIO(body)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1600, 1000))
    assert len(body) <= 150 * 1024
    assert photo["alt"]
    assert photo["caption"]


def test_a_photo_is_the_same_each_time_and_soon_done() -> None:
    began = time.process_time()
    assert paint("harbour", "dusk", 1) == paint("harbour", "dusk", 1)
    assert time.process_time() - began < 2
    assert {one.photo["scene"] for one in WIRE if one.photo} <= SCENES.keys()
    assert {one.photo["palette"] for one in WIRE if one.photo} <= PALETTES.keys()
