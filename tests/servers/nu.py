"""Is a page valid HTML? The Nu checker says it where Java and npm are to be had, else a strict HTML5 parser does.

The checker is what https://validator.w3.org/nu runs. npm's package `vnu-jar` holds it; it is fetched once and kept in
the user's cache, by a pinned version and hash.
"""

import hashlib
import importlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

VERSION: Final = "26.9.27"
HASH: Final = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"
MEMBER: Final = "package/build/dist/vnu.jar"
KEPT: Final = Path.home() / ".cache" / "newswire" / f"vnu-{VERSION}.jar"
#: What it warns of and we mean: a comment is an article that has a writer instead of a heading.
MEANT: Final = ("Article lacks heading",)
#: What went wrong, with the page's name before it.
Checker = Callable[[Mapping[str, bytes]], list[str]]


def checker() -> tuple[str, Checker]:
    """(its name, the best checker that there is here)."""
    jar = _jar()
    if jar is not None:
        return "nu", lambda pages: _nu(jar, pages)
    try:
        parser = importlib.import_module("html5lib")
    except ImportError:
        pytest.skip("neither the Nu checker (java, npm) nor html5lib is here to check HTML")
    return "html5lib", lambda pages: _strict(parser, pages)


def _nu(jar: Path, pages: Mapping[str, bytes]) -> list[str]:
    with tempfile.TemporaryDirectory() as directory:
        names = {}
        for number, (path, body) in enumerate(pages.items()):
            file = Path(directory) / f"{number}.html"
            file.write_bytes(body)
            names[file.name] = path
        java = ["java", "-Xss1024k", "-jar", str(jar), "--no-langdetect", "--format", "json", "--stdout"]
        done = subprocess.run([*java, directory], capture_output=True, text=True, timeout=300, check=False)
    told = json.loads(done.stdout)["messages"]
    return [_said(names, one) for one in told if not one["message"].startswith(MEANT)]


def _said(names: Mapping[str, str], one: Mapping[str, Any]) -> str:
    path = names[one["url"].rpartition("/")[2]]
    return f"{path}: {one.get('subType', one['type'])}: {one['message']} … {one.get('extract', '')!r}"


def _strict(parser: Any, pages: Mapping[str, bytes]) -> list[str]:
    found = []
    for path, body in pages.items():
        reader = parser.HTMLParser()
        reader.parse(body)
        found += [f"{path}: {code} at {place} {about}" for place, code, about in reader.errors]
    return found


def _jar() -> Path | None:
    """The checker, fetched if need be; None where it cannot be had."""
    if shutil.which("java") is None:
        return None
    if not KEPT.is_file() and not _fetched():
        return None
    if hashlib.sha256(KEPT.read_bytes()).hexdigest() != HASH:
        raise AssertionError(f"{KEPT} is not vnu {VERSION}: remove it")
    return KEPT


def _fetched() -> bool:
    if shutil.which("npm") is None:
        return False
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as directory:
        npm = ["npm", "pack", "--silent", f"vnu-jar@{VERSION}"]
        try:
            done = subprocess.run(npm, cwd=directory, capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            return False  # a registry that does not answer is one that is not there
        packed = Path(directory) / f"vnu-jar-{VERSION}.tgz"
        if done.returncode or not packed.is_file():
            return False
        with tarfile.open(packed) as archive:
            archive.extract(MEMBER, directory, filter="data")
        (Path(directory) / MEMBER).replace(KEPT)
    return True
