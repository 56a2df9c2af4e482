"""Is what gets installed what was locked, from wherever the machine gets its packages?"""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]
LISTS = {"run": RUN, "test": [*RUN, *PROJECT["dependency-groups"]["test"]]}


def locked(name: str) -> dict[str, str]:
    """Package → version, as `requirements/NAME.txt` has them."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", text, re.MULTILINE))


def plain(requirement: str) -> str:
    """`sqlalchemy` of `SQLAlchemy[asyncio]>=2.1`, as the index writes names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()


@pytest.mark.parametrize("name", LISTS)
def test_every_dependency_is_locked(name: str) -> None:
    assert {plain(requirement) for requirement in LISTS[name]} <= set(locked(name))


@pytest.mark.parametrize("name", LISTS)
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|^-|\s@\s", text, re.MULTILINE)


def test_tests_run_on_what_is_deployed() -> None:
    assert locked("run").items() <= locked("test").items()


@pytest.mark.parametrize("name", LISTS)
def test_an_extra_that_a_package_asks_for_is_locked_with_it(name: str) -> None:
    # pip 23 holds `coverage[toml]>=7` unpinned by `coverage==7.17.3` as soon as there is a newer one, and stops.
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    for package in locked(name):
        for requirement in wanted_by(package):
            asked = re.match(r"([\w.-]+)\[(\w+)\](?!.*extra ==)", requirement)
            if asked and plain(asked[1]) in locked(name):
                assert re.search(rf"^{plain(asked[1])}\[[^\]]*\b{asked[2]}\b", text, re.MULTILINE), (
                    package,
                    requirement,
                )


def wanted_by(package: str) -> list[str]:
    """What an installed package asks for; nothing of one that is for another platform."""
    try:
        return requires(package) or []
    except PackageNotFoundError:
        return []
