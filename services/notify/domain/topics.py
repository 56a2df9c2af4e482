"""What can one subscribe to, and which of it is a story about?"""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from shared.events import Article, StoryHead

_KINDS = frozenset({"section", "tag", "author", "publisher"})
_SLUG = re.compile(r"[\w.~%-]{1,200}")


class Topic(NamedTuple):
    """`kind` is `all`, `breaking`, `section`, `tag`, `author` or `publisher`; `slug` is empty for the first two."""

    kind: str
    slug: str = ""

    def __str__(self) -> str:
        """As it is written in requests."""
        return f"{self.kind}:{self.slug}" if self.slug else self.kind


ALL = Topic("all")
BREAKING = Topic("breaking")


def parse_topic(text: str) -> Topic:
    """`section:slug` and so on; ValueError when malformed. Whether such a section exists is not asked."""
    text = unicodedata.normalize("NFC", text.strip()).lower()
    if text in {"all", "breaking"}:
        return Topic(text)
    kind, _, slug = text.partition(":")
    if kind not in _KINDS or not _SLUG.fullmatch(slug):
        raise ValueError("must be all, breaking, section:slug, tag:slug, author:slug or publisher:slug")
    return Topic(kind, slug)


def named(topic: Topic, words: Mapping[str, str]) -> str:
    """As readers know it: *All stories*, *Harbour*, *Author: Ada Penn*. `words` is the site's catalogue.

    A section goes by its name alone, as on the site. Names are made of slugs: nobody may have used the topic yet.
    """
    if not topic.slug:
        return words[f"topic_{topic.kind}"]
    parts = unquote(topic.slug).replace("-", " ").split()
    name = " ".join(part[:1].upper() + part[1:] for part in parts) or topic.slug
    return name if topic.kind == "section" else f"{words[f'kind_{topic.kind}']}: {name}"


def bare_topics(head: StoryHead) -> frozenset[Topic]:
    """The topics of a story whose content nobody here has seen, because it was withdrawn before it came so far."""
    return frozenset({ALL, Topic("publisher", head.publisher)})


def story_topics(head: StoryHead, article: Article) -> frozenset[Topic]:
    """Every topic under which somebody would expect this story."""
    found = set(bare_topics(head))
    found |= {Topic("section", term.slug) for term in article.sections}
    found |= {Topic("tag", term.slug) for term in article.tags}
    found |= {Topic("author", person.slug) for person in article.authors}
    if article.priority == "breaking":
        found.add(BREAKING)
    return frozenset(found)
