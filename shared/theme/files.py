"""Which files make up the theme, once the newsroom's own directory has had its say?"""

from pathlib import Path

_OURS = Path(__file__).parent


class ThemeError(Exception):
    """The theme cannot be used: a broken file in `THEME_DIR`, or a template that nobody has."""


def read_all(kind: str, directory: Path | None) -> dict[str, bytes]:
    """Every file of one kind (`templates`, `assets`, `strings`) by its name below that folder; theirs replace ours."""
    files = _read(_OURS / kind)
    if directory is not None:
        if not directory.is_dir():
            raise ThemeError(f"THEME_DIR {directory} is not a directory")
        files |= _read(directory / kind)
    return files


def read_one(name: str, directory: Path | None) -> bytes:
    """One file by its name (`fonts/headline.ttf`); theirs replaces ours."""
    theirs = directory / name if directory else None
    return (theirs if theirs and theirs.is_file() else _OURS / name).read_bytes()


def text(name: str, body: bytes) -> str:
    """A theme file as text; ThemeError names it when it is not UTF-8."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ThemeError(f"{name}: not UTF-8 ({error.reason} at byte {error.start})") from error


def _read(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
