"""What does the environment hold that is no setting: files with secrets, and names that nobody knows?

The only module, with the services' own settings.py, to read it.
"""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

PREFIX = "NEWSWIRE_"
SECRETS = frozenset({"admin_key", "redis_url", "database_url", "pages_url", "mail_url"})
#: Variables of the command line client, which are nobody's settings.
ELSEWHERE = frozenset({"API_URL", "KEY", "KEY_FILE"})
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")


class BadSettings(Exception):  # noqa: N818 - reads as the sentence that is printed
    """The environment cannot be run with; the text says which variable and why, one line each."""


def secret_files() -> dict[str, Any]:
    """The contents of the files that `NEWSWIRE_…_FILE` name."""
    found: dict[str, Any] = {}
    for name in sorted(SECRETS):
        variable = f"{PREFIX}{name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if not path:
            continue
        if os.environ.get(variable):
            raise BadSettings(f"{variable} and {variable}_FILE are both set: keep one")
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"{variable}_FILE: cannot read {path}: {error}") from None
    return found


def refuse_unknown(names: Iterable[str], service: str | None) -> None:
    """ValueError for a variable that is none of the settings `names`: a misspelt one must not stay without effect.

    What begins like the variable of another service than `service` is that service's to judge.
    """
    known = {name.upper() for name in names} | ELSEWHERE | {f"{name.upper()}_FILE" for name in SECRETS}
    others = tuple(f"{one.upper()}_" for one in SERVICES if one != service)
    for variable in sorted(os.environ):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in known:
            continue
        meant = get_close_matches(name, sorted(known), 1, 0.85)
        if meant or not name.startswith(others):
            hint = f"; {PREFIX}{meant[0]} is" if meant else ""
            raise ValueError(f"{variable} is not a setting of Newswire{hint}")
