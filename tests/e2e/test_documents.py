"""Does the running API describe itself as the committed document does?"""

import httpx
import orjson

from tests.servers.newswire import ROOT, Newswire


def test_the_committed_openapi_document_is_what_runs(wire: Newswire) -> None:
    committed = orjson.loads((ROOT / "docs/openapi.json").read_bytes())
    assert httpx.get(f"{wire.url}/v1/openapi.json").json() == committed, "run `make docs`"


def test_the_documentation_is_a_page(wire: Newswire) -> None:
    page = httpx.get(f"{wire.url}/v1/docs")
    assert page.status_code == 200
    assert "/v1/stories/{external_id}" in page.text
