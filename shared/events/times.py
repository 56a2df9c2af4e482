"""How is a time written, wherever a program reads it?"""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """In UTC, with `Z` (RFC 3339)."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
