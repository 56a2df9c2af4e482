"""Who decides whether a feed tells the whole story?"""

from pathlib import Path

from tests.servers.newswire import newswire
from tests.servers.publisher import Publisher

FEEDS = ("/feed/", "/feed/atom/", "/feed/json/")


def test_a_publisher_is_told_in_summary_as_long_as_the_operator_says_so(tmp_path: Path) -> None:
    with newswire(tmp_path, RENDER_SUMMARIES="thrifty-post, other") as wire:
        thrifty, generous = (
            Publisher(wire, str(wire.publisher(name)["key"])) for name in ("Thrifty Post", "Generous Post")
        )
        thrifty.put("a", headline="Thrift", dek="In short.", body_html="<p>The whole of Thrift.</p>")
        generous.put("b", headline="Largesse", dek="At length.", body_html="<p>The whole of Largesse.</p>")
        for path in FEEDS:
            text = generous.until(path, there="The whole of Largesse.").text
            assert "In short." in text
            assert "The whole of Thrift." not in text
        assert wire.stop() == 0
        del wire.environment["NEWSWIRE_RENDER_SUMMARIES"]
        wire.start()
        for path in FEEDS:
            generous.until(path, there="The whole of Thrift.")
        for publisher in (thrifty, generous):
            publisher.close()
