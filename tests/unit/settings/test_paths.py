"""Which service answers which path?"""

import pytest

from shared.runtime.paths import FIRST, TABLE, owner


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "site"),
        ("", "site"),
        ("/2026/11/23/a-story/", "site"),
        ("/feed/", "site"),
        ("/subscriber/", "site"),
        ("/section/desk/", "site"),
        ("/v1/stories/abc", "ingest"),
        ("/v1/stories/abc/kill", "ingest"),
        ("/v1/stories:batch", "ingest"),
        ("/v1/changes", "ingest"),
        ("/v1/sources/1/poll", "ingest"),
        ("/micropub", "ingest"),
        ("/v1/traces/1", "desk"),
        ("/v1/dead", "desk"),
        ("/desk/", "desk"),
        ("/desk", "desk"),
        ("/v1/webhooks/1/attempts", "notify"),
        ("/subscribe", "notify"),
        ("/websub", "notify"),
        ("/subscriptions/token/unsubscribe", "notify"),
        ("/v1/comments", "site"),
        ("/v1/comments/1/approve", "site"),
        ("/healthz", "process"),
        ("/metrics", "process"),
        ("/v1/docs", "process"),
        ("/v1/owed/notify", "process"),
        ("/v1/openapi.json", "process"),
        ("/v1/nothing", None),
        ("/v1", None),
        ("/v1/", None),
        ("/v1/storiesx", None),
    ],
)
def test_a_path_belongs_to(path: str, service: str | None) -> None:
    assert owner(path) == service


def test_no_path_has_two_owners() -> None:
    prefixes = [prefix for paths in TABLE.values() for prefix in paths]
    assert len(prefixes) == len(set(prefixes))


def test_a_readers_first_segments_are_not_taken() -> None:
    assert FIRST.isdisjoint(
        {"", "section", "tag", "author", "archive", "feed", "search", "2026", "media", "assets", "live"}
    )
