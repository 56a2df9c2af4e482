"""Do SQLite and PostgreSQL find the same, in the same order, and is that what should be found?

An oracle reads every story for every question, in plain Python; both databases must answer as it does.
"""

# ruff: noqa: RUF001 - letters of other scripts

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.site.adapters.sql_index import SqlIndex
from services.site.adapters.sql_search import MOST, PER_PAGE, SqlSearch, Suggested, Wanted
from services.site.adapters.word_index import Narrowed
from services.site.domain.changes import Document
from services.site.domain.listing import FIELDS, HEAD, facet_mark, listing
from services.site.domain.query import Query, SearchTerm, parse
from services.site.domain.ranking import Candidate, outline, ranked
from shared.database import Database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
VOCABULARY = [
    *("ferry", "ferries", "harbour", "high", "water", "the", "of", "bridge", "Łódź", "école", "Straße", "naïve"),
    *(
        "東京都の橋",
        "新しい橋",
        "서울에서",
        "الحكومة",
        "حكومة",
        "हिन्दी",
        "москва",
        "Αθήνα",
        "ภาษาไทย",
        "e-mail",
        "2026",
    ),
]
QUESTIONS = [
    *("ferry", "ferr*", "fe*", "f*", "high water", '"high water"', '"water high"', "the -ferry", '-"high water" of'),
    *("lodz", "ecole strasse", "NAÏVE", "東京", "橋", "新しい橋", "서울", "حكومة", "हिन्दी", "МОСКВА", "αθηνα", "ไทย"),
    *("e-mail", "2026", "the of high water bridge", "ferry -harbour -bridge", '"the of"', "nothing", "bridge the*"),
]


def document(dice: random.Random, place: int) -> Document:
    def some(least: int, most: int) -> str:
        return " ".join(dice.choices(VOCABULARY, k=dice.randint(least, most)))

    sections, tags = dice.sample(["town", "économie", "世界"], 1), dice.sample(["boats", "tide", "high-water"], 2)
    return Document(
        story_id=str(UUID(int=dice.getrandbits(128), version=4)),
        path=f"/{place}/",
        headline=some(1, 4),
        dek=some(0, 5),
        names=" ".join([*sections, *tags]),
        text=some(5, 60),
        card={"sections": [], "authors": [], "priority": "routine", "sponsored": False, "corrected": False},
        facets=frozenset([*(f"section:{one}" for one in sections), *(f"tag:{one}" for one in tags)]),
        # Some share their second, as what is pushed in one go does.
        published=NOW - dice.choice([0, 1, 40, 400]) * DAY + dice.choice([0, 0.25, 3_600]),
    )


def has(fields: dict[str, list[str]], term: SearchTerm) -> bool:
    """Does one of the fields have the term's words, one after the other?"""
    if len(term.words) == 1 and term.words[0] in fields["marks"]:
        return True  # a character of a script without spaces
    return any(
        _is_at(fields[name], at, term)
        for name in (HEAD if term.is_short else FIELDS)
        for at in range(len(fields[name]) - len(term.words) + 1)
    )


def _is_at(listed: list[str], at: int, term: SearchTerm) -> bool:
    *first, last = listed[at : at + len(term.words)]
    goes_on = last.startswith(term.words[-1]) if term.prefix else last == term.words[-1]
    return goes_on and tuple(first) == term.words[:-1]


def is_found(one: Document, query: Query, narrowed: Narrowed) -> bool:
    fields = listing({name: getattr(one, name) for name in FIELDS}, one.facets)
    marks = {facet_mark(facet) for facet in one.facets}
    in_time = (narrowed.since or -1e12) <= one.published < (narrowed.until or 1e12)
    is_sorted = all(facet_mark(facet) in marks for facet in narrowed.facets)
    return in_time and is_sorted and all(has(fields, term) != term.without for term in query.terms)


def expected(documents: Sequence[Document], query: Query, narrowed: Narrowed) -> list[str]:
    found = [one for one in documents if is_found(one, query, narrowed)]
    candidates = [
        Candidate(0, one.story_id, one.published, outline(listing({name: getattr(one, name) for name in FIELDS}, ())))
        for one in found
    ]
    return [one.story_id for one in ranked(candidates, query, NOW)]


@pytest.fixture
async def library(database: Database) -> list[Document]:
    dice = random.Random(4)  # noqa: S311 - an order
    documents = [document(dice, place) for place in range(150)]
    for start in range(0, len(documents), 40):
        batch = documents[start : start + 40]
        await database.write(lambda connection, batch=batch: SqlIndex(connection).index(batch, [], set()))  # type: ignore[misc]
    return documents


async def all_of(database: Database, query: Query, narrowed: Narrowed) -> list[str]:
    search, found = SqlSearch(database), list[str]()
    for page in range(1, 10):
        told = await search.find(Wanted(query, narrowed, page, NOW))
        assert len(told.hits) == min(PER_PAGE, max(0, told.total - (page - 1) * PER_PAGE))
        found += [hit.story_id for hit in told.hits]
    return found


async def test_both_databases_find_what_a_reader_of_everything_finds(
    database: Database, library: list[Document]
) -> None:
    narrowings = [
        Narrowed(),
        Narrowed(("section:Économie",)),
        Narrowed(("section:世界", "tag:high-water")),
        Narrowed(since=NOW - 40 * DAY, until=NOW),
        Narrowed(("tag:Boats",), until=NOW - DAY),
    ]
    for text in ("", *QUESTIONS):
        for narrowed in narrowings:
            query = parse(text)
            wanted = expected(library, query, narrowed)
            assert (text, narrowed, await all_of(database, query, narrowed)) == (text, narrowed, wanted)
    assert any(expected(library, parse(text), narrowings[2]) for text in QUESTIONS)


async def test_of_thousands_the_newest_and_those_that_are_about_it_are_found(database: Database) -> None:
    def one(place: int, headline: str, age: float) -> Document:
        card = {"sections": [], "authors": [], "priority": "routine", "sponsored": False, "corrected": False}
        name = str(UUID(int=place))
        return Document(name, f"/{place}/", headline, "", "", "The ferry.", card, frozenset(), NOW - age)

    crowd = [one(place, "News", 60.0 * place) for place in range(MOST + 300)]
    about = one(5_000, "The ferry", 3 * DAY)
    for start in range(0, len(crowd), 400):
        batch = crowd[start : start + 400]
        await database.write(lambda connection, batch=batch: SqlIndex(connection).index(batch, [], set()))  # type: ignore[misc]
    await database.write(lambda connection: SqlIndex(connection).index([about], [], set()))
    search = SqlSearch(database)
    first = await search.find(Wanted(parse("ferry"), now=NOW))
    assert first.total == MOST
    assert [hit.headline for hit in first.hits[:2]] == ["The ferry", "News"]
    seen = [hit.story_id for page in (1, 2, 50) for hit in (await search.find(Wanted(parse("ferry"), page=page))).hits]
    assert len(seen) == len(set(seen)) == 3 * PER_PAGE
    newest = await search.find(Wanted(parse("ferry"), now=NOW, newest=True))
    assert {hit.story_id for hit in newest.hits} == {one.story_id for one in crowd[:PER_PAGE]}


async def test_hundreds_of_one_second_are_all_found_also_by_their_day(database: Database) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
    card = {"sections": [], "authors": [], "priority": "routine", "sponsored": False, "corrected": False}
    crowd = [
        Document(str(UUID(int=place)), f"/{place}/", "News", "", "", "", card, frozenset(), midnight - 0.5)
        for place in range(700)
    ]
    await database.write(lambda connection: SqlIndex(connection).index(crowd, [], set()))
    search = SqlSearch(database)
    for query in (parse("news"), Query()):
        day = await search.find(Wanted(query, Narrowed(since=midnight - DAY, until=midnight)))
        next_day = await search.find(Wanted(query, Narrowed(since=midnight)))
        assert (day.total, next_day.total) == (700, 0)


@pytest.mark.parametrize(
    ("query", "narrowed", "suggested"),
    [
        ("harbuor", Narrowed(), Suggested("harbour")),
        ("HARBUOR ferry", Narrowed(), Suggested("harbour ferry")),
        ('"hihg water" -bridge', Narrowed(), Suggested('"high water" -bridge')),
        ("lodzz", Narrowed(), Suggested("łódź")),
        ("москвва", Narrowed(), Suggested("москва")),
        ("qxwvk", Narrowed(), Suggested()),
        ("東北", Narrowed(), Suggested()),
        ("harbour", Narrowed(("section:sport",)), Suggested(anywhere=True)),
        ("harbuor", Narrowed(("section:sport",)), Suggested("harbour", anywhere=True)),
        ("harbuor", Narrowed(("section:town",)), Suggested("harbour")),
        ("", Narrowed(("section:sport",)), Suggested()),
    ],
)
async def test_what_finds_nothing_is_put_right(
    database: Database, query: str, narrowed: Narrowed, suggested: Suggested
) -> None:
    card = {"sections": [], "authors": [], "priority": "routine", "sponsored": False, "corrected": False}
    words = ["Harbour", "Ferry", "High water", "Łódź", "Москва", "東京"]
    story = Document("a", "/a/", " ".join(words), "", "", "", card, frozenset(["section:town"]), NOW)
    await database.write(lambda connection: SqlIndex(connection).index([story], [], set()))
    assert await SqlSearch(database).suggest(Wanted(parse(query), narrowed)) == suggested


async def test_no_word_is_suggested_that_only_a_withdrawn_story_had(database: Database) -> None:
    card = {"sections": [], "authors": [], "priority": "routine", "sponsored": False, "corrected": False}
    secret = Document("a", "/a/", "Zanzibargate and harbour", "", "", "", card, frozenset(), NOW)
    other = Document("b", "/b/", "The harbour", "", "", "", card, frozenset(), NOW)
    search = SqlSearch(database)
    await database.write(lambda connection: SqlIndex(connection).index([secret, other], [], set()))
    assert (await search.suggest(Wanted(parse("zanzibargaet")))).text == "zanzibargate"
    await database.write(lambda connection: SqlIndex(connection).index([], ["a"], set()))
    assert await search.suggest(Wanted(parse("zanzibargaet"))) == Suggested()
    assert (await search.suggest(Wanted(parse("harbuor")))).text == "harbour"


async def test_a_word_that_a_new_revision_has_no_more_is_not_suggested_and_what_it_kept_is(database: Database) -> None:
    card = {"sections": [], "authors": [], "priority": "routine", "sponsored": False, "corrected": False}
    first = Document("a", "/a/", "Zanzibargate at the harbour", "", "", "", card, frozenset(), NOW)
    search = SqlSearch(database)
    await database.write(lambda connection: SqlIndex(connection).index([first], [], {"a"}))
    later = replace(first, headline="Vespertine at the harbour")
    await database.write(lambda connection: SqlIndex(connection).index([later], [], set()))
    found = [(await search.suggest(Wanted(parse(word)))).text for word in ("zanzibargaet", "vespertien", "harbuor")]
    assert found == [None, "vespertine", "harbour"]
