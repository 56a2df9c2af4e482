"""Which paragraphs are READ ALSO references, and which story does each mean?

A paragraph that begins with *Read also* (or so in another language of the catalogues, with a colon) and links a story
is a typed reference. `newswire:ID` says by itself which
story it means, arrived or not. What else a story may be called by (its paths, its canonical address) is kept
as *address keys*; a reference's address has one key, and the story that holds this key is its target.
"""
# ruff: noqa: RUF001 - typographic characters are what is being read here

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from services.enrich.domain.blocks import Block
from shared.events import Fragment, Part, Reference, StoryHead

_READ_ALSO: Final = re.compile(r"\s*read\s+also\b\s*(?P<mark>[:\-–—：]?)\s*", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(
    r"\s*(?:lesen\s+sie\s+auch|(?:à\s+)?lire\s+aussi|اقرأ\s+أيض(?:ًا|اً|ا))\s*[:：]", re.IGNORECASE
)
_NEWSWIRE: Final = "newswire:"


def parts(blocks: Sequence[Block]) -> tuple[Part, ...]:
    """The body's parts; no reference has a target yet."""
    made: list[Part] = []
    run: list[str] = []
    for block in blocks:
        links = [one for one in block.links if one.href and one.text.strip()] if is_reference(block) else []
        if not links:
            run.append(block.html)
            continue
        if run:
            made.append(Fragment(html="\n".join(run)))
            run = []
        made.extend(Reference(address=link.href, text=" ".join(link.text.split())) for link in links)
    if run:
        made.append(Fragment(html="\n".join(run)))
    return tuple(made)


def is_reference(block: Block) -> bool:
    """Is this block a paragraph that sends the reader to another story?"""
    return block.tag == "p" and any(one.href for one in block.links) and _sends_on(block)


def _sends_on(block: Block) -> bool:
    """Without a colon or a dash the link follows at once: *Read also what she said in …* is prose, and stays whole."""
    if _ELSEWHERE.match(block.text):
        return True
    begins = _READ_ALSO.match(block.text)
    if begins is None:
        return False
    linked = " ".join(block.links[0].text.split())
    follows = " ".join(block.text[begins.end() :].split())
    return bool(begins["mark"]) or follows.startswith(linked) or _READ_ALSO.match(linked) is not None


def resolve(body: Sequence[Part], publisher: str, public_url: str, held: Mapping[str, UUID]) -> tuple[Part, ...]:
    """The parts with the targets that are known now; `held` maps address keys to stories."""
    return tuple(
        part.model_copy(
            update={"target": named(part.address, publisher) or held.get(address_key(part.address, public_url))}
        )
        if isinstance(part, Reference) and part.address
        else part
        for part in body
    )


def wanted_keys(body: Iterable[Part], public_url: str) -> list[str]:
    """The address keys that the references of a body ask for."""
    addresses = {part.address for part in body if isinstance(part, Reference) and part.address}
    return sorted({address_key(one, public_url) for one in addresses if not one.startswith(_NEWSWIRE)})


def own_keys(head: StoryHead, canonical: str | None, public_url: str) -> list[str]:
    """The address keys by which others may name this story."""
    addresses = [head.path, *head.redirects, *head.known_as, *([canonical] if canonical else [])]
    return sorted({address_key(one, public_url) for one in addresses})


def named(address: str, publisher: str) -> UUID | None:
    """The story of a `newswire:` address: `newswire:ID` of the same publisher, `newswire:publisher/ID` of another."""
    if not address.startswith(_NEWSWIRE):
        return None
    name = unquote(address.removeprefix(_NEWSWIRE))
    return uuid5(NAMESPACE_URL, _NEWSWIRE + (name if "/" in name else f"{publisher}/{name}"))


def address_key(address: str, public_url: str) -> str:
    """What all spellings of one web address have in common (32 hex digits).

    Scheme, `www.`, fragment and a last slash make no difference; our own addresses may leave out the host.
    """
    if address.startswith(f"{public_url}/"):
        address = address.removeprefix(public_url)
    if address.startswith("/") and not address.startswith("//"):
        path = unquote(address.partition("#")[0].partition("?")[0])
        return _key(f"path /{path.strip('/')}")
    return _key(f"web {_web(address)}")


def _web(address: str) -> str:
    try:
        split = urlsplit(address)
    except ValueError:
        return address
    host = split.netloc.lower().removeprefix("www.")
    query = f"?{split.query}" if split.query else ""
    return f"{host}{quote(unquote(split.path)).rstrip('/')}{query}"


def _key(text: str) -> str:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
