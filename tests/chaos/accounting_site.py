"""Does every page, list, feed, sitemap and search entry show exactly the highest revision, and no killed story? Pure.

Each account answers with what is wrong, a line a fault; nothing means that it is right.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from tests.chaos.load import WORD
from tests.chaos.truth import Story, Truth


class Shown(NamedTuple):
    """What an address answers."""

    status: int
    text: str
    revision: int | None = None


def words_in(text: str) -> set[tuple[int, int]]:
    """The words of stories in a text, as (story, operation)."""
    return {(int(number), int(index)) for number, index in WORD.findall(text)}


def pages(truth: Truth, shown: Mapping[int, Shown]) -> Iterator[str]:
    """Every story's own address, as one replica answers it."""
    for number, story in truth.stories.items():
        answer = shown[number]
        yield from _page(story, answer)
        yield from outdated(truth, f"page of {story.external_id}", answer.text)


def _page(story: Story, answer: Shown) -> Iterator[str]:
    if story.state == "killed":
        allowed = {410, 404} if story.never_seen else {410}
        if answer.status not in allowed:
            yield f"killed {story.external_id} answers {answer.status} at {story.path}"
        return
    if answer.status != 200:
        yield f"live {story.external_id} answers {answer.status} at {story.path}"
    elif answer.revision != story.newest.revision:
        yield f"{story.external_id} shows revision {answer.revision}, accepted is {story.newest.revision}"
    elif (story.number, story.content.operation.index) not in words_in(answer.text):
        yield f"{story.external_id} shows revision {answer.revision} without its content {story.word}"


def outdated(truth: Truth, where: str, text: str) -> Iterator[str]:
    """Words that nobody may read here: of killed stories, of content that was replaced."""
    for number, index in sorted(words_in(text)):
        story = truth.stories[number]
        if story.state == "killed":
            yield f"{where} repeats zq{number}k{index}z of {story.external_id}, which was killed"
        elif index != story.content.operation.index:
            yield f"{where} shows zq{number}k{index}z of {story.external_id}, whose content is {story.word}"


def listing(truth: Truth, where: str, text: str, expected: Collection[int]) -> Iterator[str]:
    """A list or feed that must show exactly these stories."""
    yield from outdated(truth, where, text)
    found = {number for number, _ in words_in(text)}
    for number in sorted(set(expected) - found):
        yield f"{where} lacks {truth.stories[number].external_id}"
    for number in sorted(found - set(expected)):
        yield f"{where} shows {truth.stories[number].external_id}, which does not belong there"


def newest(truth: Truth, where: str, text: str, most: int) -> Iterator[str]:
    """A list of the newest stories, cut after so many: as many as there are room and stories."""
    yield from outdated(truth, where, text)
    found = {number for number, _ in words_in(text)}
    expected = min(most, len(truth.live()))
    # Of a feed's entries some are tombstones, so that it may show fewer, never more.
    if not expected - len(truth.stories) + len(truth.live()) <= len(found) <= most:
        yield f"{where} shows {len(found)} stories instead of {expected}"


def sitemap(truth: Truth, addresses: Collection[str]) -> Iterator[str]:
    """The paths that sitemaps name: those of all live stories, none of a killed one."""
    for story in truth.stories.values():
        if (story.path in addresses) != (story.state == "live"):
            said = "lacks live" if story.state == "live" else "names killed"
            yield f"the sitemap {said} {story.external_id}"


def found(truth: Truth, hits: Mapping[tuple[int, int], Collection[str]]) -> Iterator[str]:
    """For each word that was ever content, the paths of the stories that search finds by it."""
    for (number, index), paths in sorted(hits.items()):
        story = truth.stories[number]
        current = story.state == "live" and index == story.content.operation.index
        if current and list(paths) != [story.path]:
            yield f"search finds {list(paths)} by {story.word}, not {story.path}"
        if not current and paths:
            yield f"search still finds {list(paths)} by zq{number}k{index}z of {story.external_id} ({story.state})"
