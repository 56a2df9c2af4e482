"""Does the running API describe itself as the committed document does?"""

import httpx
import orjson

from tests.servers.newswire import ROOT, Newswire


def test_the_committed_openapi_document_is_what_runs(wire: Newswire) -> None:
    committed = orjson.loads((ROOT / "docs/openapi.json").read_bytes())
    running = httpx.get(f"{wire.url}/v1/openapi.json").json()
    # The document carries the site's title, and this one has a title of its own.
    assert running["info"].pop("title") == "The Testwell Courier API"
    assert committed["info"].pop("title") == "Newswire API"
    assert running == committed, "run `make docs`"


def test_the_documentation_is_a_page(wire: Newswire) -> None:
    page = httpx.get(f"{wire.url}/v1/docs")
    assert page.status_code == 200
    assert "/v1/stories/{external_id}" in page.text
