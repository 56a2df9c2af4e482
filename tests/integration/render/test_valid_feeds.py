"""Is every feed valid, by RFC 4287 and by the rules of those who validate feeds, whatever is in the stories?"""

from datetime import timedelta
from typing import Any

from services.render.domain.lists import FEEDS
from shared.events import ApprovedComment, CommentsChanged, Fragment, Person, Rights, StoredImage, Term
from tests.integration.render.conftest import AT, PUBLIC, World, enriched, killed, story_id
from tests.valid.feeds import problems

IMAGE = StoredImage(
    key="media/x.jpg",
    path="/media/x.jpg",
    content_type="image/jpeg",
    width=1600,
    height=1000,
    bytes=5,
    alt="A <kettle>",
    caption="C & c",
    credit="Ada & Co",
    rights="© 2026",
)
BODY = (
    Fragment(
        html='<p><a href="/a/" rel="noopener">x</a> <q cite="/law/">“]]&gt;”</q><img src="/media/y.jpg" '
        'srcset="/media/y.jpg 1x, /media/z.jpg 2x" alt=""> <a href="//cdn.example/">y</a></p>'
    ),
)


async def test_every_feed_is_valid(world: World) -> None:
    rich: dict[str, Any] = {
        "headline": "Tea & <toast> ]]> \x0b 𝄞",
        "dek": "",
        "text": "How it begins. " * 40,
        "body": BODY,
        "image": IMAGE,
        "authors": (Person(slug="a", name="A & B", url="https://a.example/"), Person(slug="c", name="C")),
        "sections": (Term(slug="tea", name="Tea"),),
        "tags": (Term(slug="tea", name="Tea"), Term(slug="海", name="海")),
        "rights": Rights(copyright="© Us & them"),
        "language": "de-AT",
    }
    await world.take(*(enriched(f"s{number}", number) for number in range(10, 75)))
    await world.take(enriched("rich", 1, **rich), enriched("bare", 2, authors=(), tags=(), dek=""))
    await world.take(enriched("rich", 1, revision=2, action="correct", note="It was <blue> & red.", **rich))
    await world.take(enriched("gone", 3, **rich))
    await world.take(killed("gone", 3, note="It was & is <wrong>."))
    said = ApprovedComment(id=1, name="Bea & <b>", website="https://b.example", html="<p>Yes &amp; no</p>", at=AT)
    again = said.model_copy(update={"id": 2, "at": AT + timedelta(hours=1)})
    await world.take(CommentsChanged(story_id=story_id("rich"), version=1, comments=(said, again), at=AT))
    await world.settle()
    fed = [path for path, route in world.routes.items() if route.kind in {"feed", "comments"} and route.key]
    assert len([path for path in fed if path.startswith("/archive/")]) >= len(FEEDS) * 4
    found = {path: problems((await world.body(path)).encode(), PUBLIC + path) for path in fed}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_rules_see_what_is_wrong() -> None:
    """A check that cannot fail checks nothing."""
    entry = (
        "<id>urn:x</id><title>t</title><updated>2026-01-01T00:00:00Z</updated>"
        "<content type='html'>&lt;a href='/x'></content>"
    )
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'>"
        f"<id>urn:y</id><title>t</title><updated>2026-01-01</updated><entry>{entry}</entry><entry>{entry}</entry></feed>"
    )
    told = " ".join(problems(atom.encode(), "http://x/"))
    for sign in ("author", "updated", "is relative", "id urn:x stands twice", "is at http://x/", "there is none"):
        assert sign in told
    rss = (
        "<rss version='2.0'><channel><title>t</title><link>l</link><odd>x</odd><item><title/><guid>x</guid>"
        "<pubDate>2026</pubDate></item></channel></rss>"
    )
    told = " ".join(problems(rss.encode(), "http://x/"))
    for sign in ("unknown <odd>", "without <description>", "is empty", "RFC 822", "no address of the web"):
        assert sign in told
