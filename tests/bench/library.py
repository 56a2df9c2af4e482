"""Invented stories for the search: words as frequent as in a language, five years, sections, tags and authors."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, product
from uuid import UUID

from services.site.domain.changes import Document

#: How many different words there are; the frequency of the nth is as 1/(n + 2.7) (Zipf, Mandelbrot).
WORDS = 30_000
#: Words of a story's text; of the headline and the dek.
LENGTH, HEADLINE, DEK = 350, 7, 14
#: Of how many words a story's text is put together at once: 350 single choices would take longer than the index.
RUN = 10
RUNS = 20_000
YEARS = 5 * 365 * 86_400
START = 1_600_000_000
SECTIONS, TAGS, AUTHORS = 8, 400, 60
_SYLLABLES = [a + b for a, b in product("bdfgklmnprstvz", ("a", "e", "i", "o", "u", "an", "er", "is"))]


@dataclass
class Library:
    """`stories` of them, the same in every run; `seen` counts in how many a word is, once they were made."""

    stories: int
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Choose the words and put runs of them together."""
        self._dice = random.Random(7)
        self.words = self._words()
        self._weights = list(accumulate(1 / (place + 2.7) for place in range(WORDS)))
        self._runs = [self._some(RUN) for _ in range(RUNS)]

    def made(self) -> Iterator[Document]:
        """All stories, the oldest first."""
        for number in range(self.stories):
            yield self._story(number)

    def words_in(self, share: float, count: int) -> list[str]:
        """The `count` words that are in about this share of all stories."""
        near = sorted(self.seen, key=lambda word: (abs(self.seen[word] / self.stories - share), word))
        return near[:count]

    def _story(self, number: int) -> Document:
        dice = self._dice
        runs = dice.choices(self._runs, k=LENGTH // RUN)
        text = " ".join(word for run in runs for word in run)
        headline, dek = " ".join(self._some(HEADLINE)).capitalize(), " ".join(self._some(DEK)).capitalize()
        self.seen.update(set(text.split()) | set(headline.lower().split()) | set(dek.lower().split()))
        section, author = f"section-{number % SECTIONS}", f"author-{dice.randrange(AUTHORS)}"
        tags = [f"tag-{dice.randrange(TAGS)}" for _ in range(2)]
        name = author.replace("-", " ").title()
        return Document(
            story_id=str(UUID(int=dice.getrandbits(128), version=4)),
            path=f"/2026/11/23/story-{number}/",
            headline=headline,
            dek=dek,
            names=" ".join([section, *tags, name]),
            text=text,
            card={
                "sections": [[section, section.title()]],
                "authors": [[author, name]],
                "byline": name,
                "language": "en",
                "priority": "routine",
                "sponsored": False,
                "corrected": False,
            },
            facets=frozenset({f"section:{section}", f"author:{author}", *(f"tag:{tag}" for tag in tags)}),
            published=START + number * YEARS / self.stories + dice.random(),
        )

    def _some(self, count: int) -> list[str]:
        return self._dice.choices(self.words, cum_weights=self._weights, k=count)

    def _words(self) -> list[str]:
        """Two to four syllables each, the frequent ones short as in any language."""
        found: dict[str, None] = {}
        while len(found) < WORDS:
            length = 2 if len(found) < 300 else self._dice.choice((2, 3, 3, 4))
            found["".join(self._dice.choices(_SYLLABLES, k=length))] = None
        return list(found)
