"""Is the project still the shape that it says it is?"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")
#: What may lie directly in a service's folder.
IN_A_SERVICE = {
    "__init__",
    "__main__",
    "app",
    "settings",
    "handlers",
    "routes",
    "adapters",
    "domain",
    "migrations",
    "theme",
}
SHARED = {"bus", "clock", "database", "events", "net", "pages", "runtime", "settings", "telemetry", "theme"}
#: What lies beside the services: the command, its parts, backups, rebuilds, what `make docs` and the first start run.
BESIDE = {"__init__", "__main__", "backup", "cli", "documents", "rebuild", "sample"}
NO_ROOM = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "managers", "misc"}
#: The words of events (`shared.events.base`) are the one thing that all events have in common.
NAMED_SO = {"shared/events/base.py"}


def modules(folder: Path) -> set[str]:
    """Names of the modules and packages of a folder."""
    return {path.stem for path in folder.iterdir() if path.name != "__pycache__" and not path.name.startswith(".")}


def sources() -> list[Path]:
    """Every module of the program."""
    return [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]


def test_the_import_contracts_are_kept() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    found = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_shared_is_a_closed_list() -> None:
    assert modules(ROOT / "shared") - {"__init__"} == SHARED


def test_services_are_a_closed_list() -> None:
    assert modules(ROOT / "services") == {*SERVICES, *BESIDE}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_only_the_rooms_that_it_may_have(service: str) -> None:
    found = modules(ROOT / "services" / service)
    assert found <= IN_A_SERVICE
    assert {"__init__", "__main__", "app", "domain"} <= found


def test_there_is_no_room_for_everything() -> None:
    found = [path for path in sources() if {path.stem, path.parent.name} & NO_ROOM]
    assert {str(path.relative_to(ROOT)) for path in found} == NAMED_SO


def test_every_module_says_which_question_it_answers() -> None:
    silent = [path for path in sources() if path.stat().st_size and not path.read_text().startswith(('"""', 'r"""'))]
    assert silent == []


def test_no_test_has_a_module_of_its_own_name_only_by_chance() -> None:
    odd = [path for path in (ROOT / "tests").rglob("test_*.py") if path.parent == ROOT / "tests"]
    assert odd == [], "tests lie in the folder of the question that they ask"


@pytest.mark.parametrize("service", SERVICES)
def test_a_history_of_migrations_has_no_gap(service: str) -> None:
    folder = ROOT / "services" / service / "migrations" / "versions"
    numbers = sorted(int(path.name[:4]) for path in folder.glob("[0-9]*.py"))
    assert numbers == list(range(1, len(numbers) + 1))
