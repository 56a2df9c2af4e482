"""Are the documents that are made from code the code's? `make docs` writes them."""

import re

import pytest

from services.documents import ROOT, documents
from shared.events import TOPOLOGY


@pytest.mark.parametrize("path", sorted(documents()))
def test_a_committed_document_is_the_codes(path: str) -> None:
    assert (ROOT / path).read_text() == documents()[path], "run `make docs`"


def test_the_picture_in_the_architecture_is_the_topology() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    table = text.partition("<!-- topology:")[2].partition("<!-- /topology -->")[0]
    told = {
        row[1]: (row[2], set(row[3].split(", ")), set(row[4].split(", ")))
        for row in re.finditer(r"^\| (\w+) \| `([\w.]+)` \| ([\w, ]+) \| ([\w, ]+) \|$", table, re.MULTILINE)
    }
    assert told == {
        event.__name__: (event.stream, set(emitters), set(hearers)) for event, (emitters, hearers) in TOPOLOGY.items()
    }
