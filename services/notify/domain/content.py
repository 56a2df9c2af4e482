"""What of a revision do mails and webhooks need?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from services.notify.domain.audience import EVENTS, Plan
from shared.events import Article, Fragment, StoryLive


@dataclass(frozen=True, slots=True)
class Content:
    """A notice's content, frozen when it was planned. Of a kill only `url` and `note` are filled in.

    `paragraphs` is plain text, `html` the sanitised body. `first_at` is when the story was first announced.
    """

    action: str
    url: str
    at: str
    note: str | None = None
    kind: str | None = None
    headline: str = ""
    dek: str = ""
    byline: str = ""
    language: str = ""
    paragraphs: tuple[str, ...] = ()
    html: str = ""
    first_at: str | None = None

    def read_once(self) -> "Content":
        """As it stands above its own text: without a dek that the text says first, as enrich makes one."""
        dek = " ".join(self.dek.split())
        start = dek.removesuffix("…").removesuffix("...").rstrip()
        # Of a text of thousands of words only the beginning is looked at.
        text = " ".join(" ".join(self.paragraphs[:3])[: 2 * len(dek) + 1].split())
        is_torn = start == dek and text[len(start) : len(start) + 1].isalnum()
        return replace(self, dek="") if start and text.startswith(start) and not is_torn else self

    def dump(self) -> str:
        """As JSON."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def load(cls, text: str) -> "Content":
        """The inverse of `dump`."""
        fields = orjson.loads(text)
        return cls(**{**fields, "paragraphs": tuple(fields["paragraphs"])})


def content_of(live: StoryLive, plan: Plan, first_at: datetime | None) -> Content:
    """What will be told of `live` under `plan`."""
    at = live.live_at.isoformat()
    first = first_at.isoformat() if first_at else None
    article = live.article
    if article is None:
        return Content(plan.action, live.url, at, plan.note, first_at=first)
    return Content(
        action=plan.action,
        url=live.url,
        at=at,
        note=plan.note,
        kind=plan.kind,
        headline=article.headline,
        dek=article.dek,
        byline=", ".join(person.name for person in article.authors),
        language=article.language,
        paragraphs=tuple(line for line in article.text.split("\n") if line.strip()),
        html=_html(article),
        first_at=first,
    )


def event_body(live: StoryLive, plan: Plan) -> bytes:
    """The body of a webhook (Standard Webhooks): what `/v1/changes` says of this revision; `numbered` adds its seq."""
    head = live.head
    data: dict[str, Any] = {
        "seq": None,
        "story_id": str(head.story_id),
        "publisher": head.publisher,
        "external_id": head.external_id,
        "revision": head.revision,
        "action": plan.action,
        "at": live.live_at,
        "url": live.url,
    }
    if plan.action == "kill":
        data["public_note"] = plan.note or ""
    elif live.article is not None:
        data["note"], data["kind"] = plan.note, plan.kind
        data["story"] = _story(live, live.article)
    else:
        data["story"] = None
    return orjson.dumps({"type": EVENTS[plan.action], "timestamp": live.live_at, "data": data})


def numbered(body: bytes, seq: int) -> bytes:
    """The body with the place of its revision among the changes."""
    return body.replace(b'"data":{"seq":null,', b'"data":{"seq":%d,' % seq, 1)


def _story(live: StoryLive, article: Article) -> Mapping[str, Any]:
    image = article.image
    site = live.url.removesuffix(live.head.path)
    return {
        "headline": article.headline,
        "dek": article.dek,
        "body_html": _html(article),
        "authors": [{"name": person.name, "url": person.url} for person in article.authors],
        "sections": [term.name for term in article.sections],
        "tags": [term.name for term in article.tags],
        "image": None
        if image is None
        else {
            "url": site + image.path,
            "alt": image.alt,
            "caption": image.caption,
            "credit": image.credit,
            "rights": image.rights,
        },
        "published_at": live.head.published_at,
        "language": article.language,
        "canonical_url": article.canonical_url,
        "priority": article.priority,
        "rights": None if article.rights is None else article.rights.model_dump(),
        "genre": article.genre,
        "sponsored": article.sponsored,
        "comments": article.comments,
        "extra": article.extra,
    }


def _html(article: Article) -> str:
    return "".join(
        part.html if isinstance(part, Fragment) else f"<p>{_escaped(part.text)}</p>" for part in article.body
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
