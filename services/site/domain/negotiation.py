"""In which encoding does this reader want the page?

RFC 9110 §12.5.3: each coding has a quality; `*` stands for those not named; identity is acceptable unless
`identity;q=0`, or `*;q=0` without an identity of its own, says otherwise. When nothing that we have is acceptable we
send identity all the same, as the RFC allows: a readable page serves better than 406.
"""

from functools import lru_cache
from typing import Final

#: Best first where the reader has no preference: the smallest of each page, as a rule.
OURS: Final = ("br", "zstd", "gzip", "identity")
_SAME: Final = {"x-gzip": "gzip"}


@lru_cache(maxsize=512)
def order(accept_encoding: bytes) -> tuple[str, ...]:
    """Our encodings that `accept_encoding` allows, the wanted ones first; always ends with one that we have.

    Readers send a few dozen different values in all, so the answer is remembered by value.
    """
    wishes = _wishes(accept_encoding)
    rest = wishes.get("*")
    weights = {name: wishes.get(name, rest if rest is not None else 0.0) for name in OURS}
    if "identity" not in wishes:
        # Acceptable, but only after every coding that was asked for by name.
        weights["identity"] = 0.0 if rest == 0.0 else min(0.0005, rest or 0.0005)
    wanted = sorted((name for name in OURS if weights[name] > 0), key=lambda name: -weights[name])
    return tuple(wanted) if "identity" in wanted else (*wanted, "identity")


def _wishes(header: bytes) -> dict[str, float]:
    wishes: dict[str, float] = {}
    for item in header.decode("latin-1").lower().split(",")[:50]:
        name, *parameters = (part.strip() for part in item.split(";"))
        if name:
            wishes[_SAME.get(name, name)] = _quality(parameters)
    return wishes


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
