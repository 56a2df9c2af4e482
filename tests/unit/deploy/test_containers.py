"""Would the containers start? All that can be known without an engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.app import app
from shared.runtime.launch import settings_for
from shared.runtime.paths import ALL_PORT, PORTS
from shared.settings import SECRETS, Settings

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: one for name, one in COMPOSE["services"].items() if str(one.get("image", "")).startswith("newswire:")}
#: Keys of a service in the Compose specification that we use.
KNOWN_KEYS = {
    "build",
    "cap_drop",
    "command",
    "depends_on",
    "environment",
    "healthcheck",
    "image",
    "networks",
    "ports",
    "profiles",
    "read_only",
    "restart",
    "secrets",
    "security_opt",
    "tmpfs",
    "volumes",
}


def variables(environment: dict[str, Any]) -> set[str]:
    return {name.removeprefix("NEWSWIRE_") for name in environment if name.startswith("NEWSWIRE_")}


def interpolated(value: object) -> str:
    """As Compose reads it where nothing is set: `${NAME:-default}` is the default."""
    return re.sub(r"\$\{\w+(?::-([^}]*))?\}", lambda found: found[1] or "", str(value))


def settings() -> set[str]:
    return {name.upper() for name in Settings.model_fields} | {f"{name.upper()}_FILE" for name in SECRETS}


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_container_uses_only_keys_of_the_specification(name: str) -> None:
    assert set(COMPOSE["services"][name]) <= KNOWN_KEYS


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_all_that_a_container_refers_to_is_declared(name: str) -> None:
    one = COMPOSE["services"][name]
    named = [str(volume).partition(":")[0] for volume in one.get("volumes", [])]
    assert {volume for volume in named if not volume.startswith(".")} <= set(COMPOSE["volumes"])
    assert set(one.get("networks", [])) <= set(COMPOSE["networks"])
    assert set(one.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(one.get("depends_on", {})) <= set(COMPOSE["services"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_named_in_the_containers_exists(name: str) -> None:
    assert variables(OURS[name]["environment"]) <= settings()


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_container_can_be_run_with_its_settings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in OURS[name]["environment"].items():
        monkeypatch.setenv(variable, interpolated(value))
    for secret, text in {"database_url": "postgresql://u:p@postgres/n", "admin_key": "key"}.items():
        (tmp_path / secret).write_text(text)
        monkeypatch.setenv(f"NEWSWIRE_{secret.upper()}_FILE", str(tmp_path / secret))
    found = settings_for([name] if name in PORTS else list(PORTS))
    assert found.public_url == "http://localhost:8080"
    assert found.proof_url == f"http://site:{PORTS['site']}"
    assert found.port == PORTS.get(name, ALL_PORT)
    assert not found.sample


def test_every_setting_reaches_the_containers_but_those_that_the_image_fixes() -> None:
    # Nobody needs a clock that is wrong but the tests of just that.
    fixed = {"DATA_DIR", "PORT", "METRICS_PORT", "THEME_DIR", "CLOCK_OFFSET"}
    for one in OURS.values():
        told = {variable.removesuffix("_FILE") for variable in variables(one["environment"])}
        assert {name.upper() for name in Settings.model_fields} - told == fixed


def test_every_setting_named_in_the_image_exists() -> None:
    named = set(re.findall(r"NEWSWIRE_([A-Z_]+)=", (ROOT / "deploy/Dockerfile").read_text()))
    assert named
    assert named <= settings()


def test_every_service_has_a_container_and_waits_for_the_migrations() -> None:
    assert set(PORTS) <= set(OURS)
    for name in PORTS:
        assert OURS[name]["command"] == ["serve", name]
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_have_no_rights_that_they_do_not_need(name: str) -> None:
    one = OURS[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert "USER 10001:10001" in (ROOT / "deploy/Dockerfile").read_text()


def test_no_secret_is_written_into_the_containers() -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "deploy/Dockerfile").read_text()
    assert not re.search(r"(ADMIN_KEY|PASSWORD|DATABASE_URL)\s*[:=]\s*[\"']?[A-Za-z0-9]", text)


def test_every_command_of_the_containers_exists() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    in_image = re.findall(r'CMD \["python", "-m", "services.cli", "(\w+)"\]', dockerfile)
    in_image += re.findall(r'^CMD \["(\w+)"\]', dockerfile, re.MULTILINE)
    assert {one["command"][0] for one in OURS.values()} | set(in_image) <= known
    assert len(in_image) == 2


def test_the_images_of_others_are_those_that_were_promised() -> None:
    images = {name: one["image"] for name, one in COMPOSE["services"].items() if name not in OURS}
    assert images["valkey"].startswith("valkey/valkey:")
    assert int(images["postgres"].removeprefix("postgres:").partition("-")[0]) >= 17
    assert COMPOSE["services"]["mail"]["profiles"] == ["dev"]


def test_the_secrets_script_makes_every_secret_once(tmp_path: Path) -> None:
    made = tmp_path / "secrets"
    for _ in range(2):
        subprocess.run(["sh", str(ROOT / "deploy/secrets.sh"), str(made)], check=True, capture_output=True)
    files = {path.name: path.read_text() for path in made.iterdir()}
    assert set(files) == {Path(one["file"]).name for one in COMPOSE["secrets"].values()}
    assert files["database_password"] in files["database_url"]


def test_a_service_alone_starts_with_the_settings_of_its_container() -> None:
    answer = subprocess.run([sys.executable, "-m", "services.cli", "serve", "--help"], cwd=ROOT, check=False)
    assert answer.returncode == 0
