"""Is this an address that mail can be sent to?"""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOCAL_MAX, _DOMAIN_MAX = 64, 253


def parse_address(text: str) -> str:
    """An address in the form in which it goes into an envelope (domain in IDNA); ValueError when it is none.

    Only the dot-atom form of RFC 5322, 3.4.1: nothing that would need quoting in a header or an SMTP command.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > _LOCAL_MAX or not _LOCAL.fullmatch(local):
        raise ValueError("must be an e-mail address")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("must be an e-mail address") from None
    labels = domain.split(".")
    if len(domain) > _DOMAIN_MAX or len(labels) == 1 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("must be an e-mail address")
    return f"{local}@{domain}"


def masked(address: str) -> str:
    """Enough of an address for its owner: the page that shows it may be opened from a forwarded mail."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def same_person(address: str) -> str:
    """The form under which two spellings of an address are one subscriber."""
    return address.lower()
