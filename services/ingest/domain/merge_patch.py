"""What does a merge patch (RFC 7396) make of a document?"""

from typing import Any


def merged(target: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON values
    """RFC 7396 §2, on decoded JSON: None removes, an object merges, everything else replaces. Nothing is changed."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
