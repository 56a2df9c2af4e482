"""What is in a backup, and is it all there?

    manifest.json                      written last: without it a directory is no backup
    SERVICE/TABLE.ndjson.zst           the rows of a table (see `parts`)
    media.ndjson.zst, media/…          pictures as they came
    admin.key                          the operator's key, if newswire made it

Rows and not database files, so that what SQLite held PostgreSQL takes, and the other way round.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
#: How a value lies in a part: times as RFC 3339, bytes as base64, the rest as JSON has it.
Kind = Literal["text", "number", "bool", "time", "bytes"]
_CHUNK: Final = 1024 * 1024


class Refused(Exception):  # noqa: N818 - an outcome with a name
    """It cannot be done here, and nothing was changed."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Frozen):
    """A file of the backup by its path; `rows` are the lines of what is compressed in it."""

    file: Annotated[str, Field(pattern=r"^([a-z]+/)?[a-z_]+\.ndjson\.zst$")]
    rows: int
    sha256: str


class Part(File):
    """One table: its columns in the order in which rows hold them."""

    table: str
    columns: tuple[tuple[str, Kind], ...]


class Carried(_Frozen):
    """What is kept of one service: the revision of its schema, and its tables."""

    schema_at: str
    tables: tuple[Part, ...]


class Manifest(_Frozen):
    """All of a backup. Services stand in the order in which they were read: sinks first, the log last."""

    format: int
    newswire: str
    taken_at: AwareDatetime
    services: Mapping[str, Carried]
    media: File
    media_bytes: int
    admin_key: str | None

    def files(self) -> Iterator[File]:
        """Every file that holds rows."""
        yield self.media
        for service in self.services.values():
            yield from service.tables

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for service in self.services.values() for part in service.tables)


def read(source: Path) -> Manifest:
    """The manifest of a backup; Refused when it is none, or one that we do not know."""
    try:
        text = (source / MANIFEST).read_bytes()
    except OSError as error:
        raise Refused(f"{source} is no backup: it has no {MANIFEST} ({error.strerror}).") from None
    try:
        found = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise Refused(f"{source / MANIFEST} cannot be read: {error.errors()[0]['msg']}.") from None
    if found.format != FORMAT:
        raise Refused(
            f"{source} has format {found.format}, this program reads {FORMAT}: use the newswire that made it."
        )
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits; what `sha256sum` says."""
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            seen.update(chunk)
    return seen.hexdigest()
