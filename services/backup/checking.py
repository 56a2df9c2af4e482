"""Is every byte of a backup as it was written? Looked at before anything is restored."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.backup.manifest import File, Manifest, Refused, digest
from services.backup.parts import lines
from services.backup.services import SINKS_FIRST, migrations
from services.backup.taking import Progress
from shared.runtime.claims import ADMIN_KEY
from shared.runtime.migrate import head

_PICTURE: Final = re.compile(r"media/[0-9A-Za-z_][0-9A-Za-z._-]*")


def check(source: Path, manifest: Manifest, progress: Progress) -> None:
    """Refused for the first file that is missing or different, and for a schema that this program does not know."""
    for service in SINKS_FIRST:
        carried, known = manifest.services.get(service), head(migrations(service))
        if carried is None:
            raise Refused(f"{source} holds nothing of {service}: it is no whole backup.")
        if carried.schema_at > (known or ""):
            raise Refused(
                f"{source} holds {service} at schema {carried.schema_at}, this program knows {known}: "
                "use the newswire that made it, or a newer one."
            )
    expected = list(_expected(source, manifest))
    for done, (path, wanted) in enumerate(expected, start=1):
        try:
            found = digest(path)
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}. Nothing was restored.") from None
        if found != wanted:
            raise Refused(f"{path} is not as it was written (SHA-256 {found}). Nothing was restored.")
        progress("checking", done, len(expected))


def _expected(source: Path, manifest: Manifest) -> Iterator[tuple[Path, str]]:
    """Each file with its hash. The list of pictures is itself one that is looked at first."""
    if manifest.admin_key is not None:
        yield source / ADMIN_KEY, manifest.admin_key
    for one in manifest.files():
        yield source / one.file, one.sha256
    yield from pictures(source, manifest.media)


def pictures(source: Path, listed: File) -> Iterator[tuple[Path, str]]:
    """The pictures of a backup with their hashes."""
    path = source / listed.file
    if not path.is_file() or digest(path) != listed.sha256:
        return  # told as a file that is missing or different
    for key, _, sha256 in lines(path):
        if not _PICTURE.fullmatch(key):
            raise Refused(f"{path} names {key}, which is no picture. Nothing was restored.")
        yield source / key, sha256
