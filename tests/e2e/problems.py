"""Is an answer a problem document (RFC 9457), as the interface promises for everything that goes wrong?"""

from typing import Any

import httpx


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer, which has this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = dict(answer.json())
    assert told["status"] == status
    assert {"type", "title", "status"} <= set(told)
    assert told["detail"], told
    return told


def places(told: dict[str, Any]) -> list[str]:
    """The JSON Pointers of a problem's errors, each of which has a message."""
    assert all(one["message"] for one in told["errors"])
    return [one["path"] for one in told["errors"]]
