"""Is every template's page valid HTML, whatever it is given?"""

from typing import Any

import pytest

from shared.theme import Theme
from tests.servers.nu import checker
from tests.unit.theme import examples
from tests.unit.theme.contexts import contexts
from tests.unit.theme.story_example import story


def pages(look: Theme) -> dict[str, bytes]:
    made = {name: look.page(name, **given) for name, given in contexts(look).items()}
    made["bare story"] = look.page("story.html", story=story(look, **_bare()))
    made["section"] = look.page("list.html", list=examples.section(look))
    made["empty front page"] = look.page("list.html", list={"kind": "front", "page": 1, "pages": 1, "items": []})
    return made


def _bare() -> dict[str, Any]:
    """All that a story may lack."""
    nothing: dict[str, Any] = dict.fromkeys(("image", "rights", "genre", "section", "updated", "previous", "next"))
    empty: dict[str, Any] = {name: [] for name in ("sections", "tags", "authors", "comments", "related", "corrections")}
    return {**nothing, **empty, "dek": "", "reading_minutes": 0, "comments_open": False}


@pytest.mark.timeout(300)
def test_every_page_is_valid_in_every_language_that_we_speak() -> None:
    _, check = checker()
    looks = {language: examples.theme(language=language) for language in ("en", "de", "fr", "ar")}
    assert check({f"{name} ({tag})": body for tag, look in looks.items() for name, body in pages(look).items()}) == []
