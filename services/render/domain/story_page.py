"""What does the template of a story page get?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from services.render.domain.discussion import shown as shown_comments
from services.render.domain.entry import Dates, Entry, srcset
from services.render.domain.instants import moment
from services.render.domain.json_ld import json_ld
from services.render.domain.licence import licence
from services.render.domain.lists import path_of
from services.render.domain.markup import uri
from services.render.domain.neighbours import NOBODY, Between, shown
from services.render.domain.references import Target, body_of
from services.render.domain.sharing import share_image
from services.render.domain.site import Site
from shared.events import ApprovedComment, HistoryEntry, Rights, StoryHead, Term

_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}


def direction(language: str) -> str:
    """`rtl` for languages that are written from right to left."""
    return "rtl" if language.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def begins_with(text: str, dek: str) -> bool:
    """Does the body say the dek first? One that enrich made of its first sentences need not be read twice."""
    words = dek.split()
    # Of a text of thousands of words only as many are looked at, and the one behind them.
    said, lead = " ".join(text.split(maxsplit=len(words) + 1)[: len(words) + 1]), " ".join(words)
    whole = lead.removesuffix("…").removesuffix("...").rstrip()
    ends = whole != lead or not said[len(whole) : len(whole) + 1].isalnum()
    return bool(whole) and said.startswith(whole) and ends


def story_context(  # noqa: PLR0917 - all that a page shows
    one: Entry,
    site: Site,
    dates: Dates,
    find: Callable[[str], Target | None],
    related: Sequence[Mapping[str, Any]],
    comments: Sequence[Sequence[ApprovedComment]],
    comments_version: int,
    between: Between = NOBODY,
) -> dict[str, Any]:
    """The `story` of `story.html`. `find` looks other stories up by id or address; `comments` come by page."""
    article, head = one.article, one.head
    sections = [_term("section", term) for term in article.sections]
    return {
        "id": str(one.story_id),
        "revision": head.revision,
        "comments_version": comments_version,
        "headline": article.headline,
        "dek": article.dek,
        "dek_in_body": begins_with(article.text, article.dek),
        "path": uri(head.path),
        "url": one.url,
        "address": unquote(one.url),
        "canonical": article.canonical_url or one.url,
        "section": sections[0] if sections else None,
        "sections": sections,
        "tags": [_term("tag", term) for term in article.tags],
        "authors": [
            {"name": who.name, "path": path_of(f"author/{who.slug}"), "url": who.url} for who in article.authors
        ],
        "published": dict(dates(head.published_at)),
        "updated": dict(dates(moment(one.updated))) if not head.is_first and one.updated > one.published else None,
        "reading_minutes": article.reading_minutes,
        "word_count": article.word_count,
        "language": article.language,
        "dir": direction(article.language),
        "priority": article.priority,
        "sponsored": article.sponsored,
        "genre": article.genre,
        "image": _image(one),
        "body": body_of(article, find, site.url),
        "corrections": [_note(note, dates) for note in reversed(one.corrections)],
        "history": _history(head, dates),
        "rights": _rights(article.rights),
        "share_image": share_image(one, site),
        "json_ld": json_ld(one, site),
        "comments_open": article.comments == "open",
        **shown_comments(comments, 1, head.path, dates),
        "related": list(related),
        "previous": shown(between.older),
        "next": shown(between.newer),
        "feed_path": uri(head.path) + "feed/",
    }


def _history(head: StoryHead, dates: Dates) -> list[dict[str, Any]]:
    """What was done to the story as readers saw it.

    It was published when they could read it first; what was updated before that, or not visibly, is none of theirs.
    """
    shown: list[dict[str, Any]] = []
    for note in head.history:
        if note.action == "publish":
            shown.append(_note(note, dates) | {"date": dict(dates(head.published_at))})
        elif note.action != "kill" and not (note.action == "update" and note.at < head.published_at):
            shown.append(_note(note, dates))
    return shown


def _rights(rights: Rights | None) -> dict[str, Any] | None:
    if rights is None:
        return None
    found = licence(rights.license)
    return rights.model_dump() | {"license_url": found.url if found else None}


def _term(kind: str, term: Term) -> dict[str, str]:
    return {"name": term.name, "path": path_of(f"{kind}/{term.slug}"), "slug": term.slug}


def _note(note: HistoryEntry, dates: Dates) -> dict[str, Any]:
    return {
        "revision": note.revision,
        "action": note.action,
        "date": dict(dates(note.at)),
        "note": note.note,
        "kind": note.kind,
        "changed": list(note.changed),
    }


def _image(one: Entry) -> dict[str, Any] | None:
    image = one.article.image
    if image is None:
        return None
    return {
        "path": image.path,
        "width": image.width,
        "height": image.height,
        "srcset": srcset(one.thumb, image) if one.thumb else None,
        "alt": image.alt,
        "caption": image.caption,
        "credit": image.credit,
        "rights": image.rights,
    }
