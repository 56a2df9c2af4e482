"""What does an article become once the other stories have been asked?"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.enrich.domain.drafts import MOST_EXPLICIT
from services.enrich.domain.references import resolve
from shared.events import StoryEnriched


def linked(
    event: StoryEnriched,
    explicit: Sequence[UUID],
    found: Sequence[UUID],
    held: Mapping[str, UUID],
    public_url: str,
) -> StoryEnriched:
    """The event with its related stories (those that the publisher named first) and its references' targets."""
    article = event.article
    if article is None:
        return event
    own = event.head.story_id
    named = [one for one in explicit[:MOST_EXPLICIT] if one != own]
    related = tuple(dict.fromkeys((*named, *found)))
    body = resolve(article.body, event.head.publisher, public_url, held)
    return event.model_copy(update={"article": article.model_copy(update={"related": related, "body": body})})
