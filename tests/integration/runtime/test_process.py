"""Does a process start, say how it is, survive the death of its Redis, and stop as promised?"""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[3]
STOP_S = 5.0


@dataclass
class Running:
    """A process that was started."""

    process: subprocess.Popen[str]
    url: str
    data: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask it."""
        return httpx.get(self.url + path, headers=headers, timeout=5)

    def until_ready(self, seconds: float = 40) -> None:
        """Wait for /readyz."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(httpx.HTTPError):
                if self.get("/readyz").status_code == 200:
                    return
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)
        raise AssertionError(f"not ready: {self.stop()[1]}")

    @property
    def redis(self) -> psutil.Process:
        """Its server, which has to be alive."""
        return psutil.Process(self.redis_pid)

    @property
    def redis_pid(self) -> int:
        """The server named last: between a death and the next start there is no such process."""
        return int((self.data / "redis" / "redis.pid").read_text() or 0)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit status and what it wrote."""
        self.process.send_signal(how)
        out, _ = self.process.communicate(timeout=10)
        return self.process.returncode, out


_STARTED: list[Running] = []


@pytest.fixture(autouse=True)
def _end_all() -> Iterator[None]:
    """Leave no process behind, whatever a test found."""
    yield
    while _STARTED:
        process = _STARTED.pop().process
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def start(data: Path, **settings: str) -> Running:
    """Start the service that does nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = settings.get("PORT", str(listener.getsockname()[1]))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}  # noqa: TID251
    named = {f"NEWSWIRE_{name}": value for name, value in {"DATA_DIR": str(data), "PORT": port, **settings}.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.runtime.site"],
        cwd=ROOT,
        env={**inherited, **named},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    _STARTED.append(Running(process, f"http://127.0.0.1:{port}", data))
    return _STARTED[-1]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """A process that is ready."""
    found = start(tmp_path / "data")
    found.until_ready()
    return found


def test_it_says_how_it_is(running: Running) -> None:
    assert running.get("/healthz").json() == {"status": "ok"}
    assert running.get("/readyz").json() == {"status": "ready", "problems": []}
    assert httpx.head(f"{running.url}/healthz").content == b""
    assert httpx.post(f"{running.url}/healthz").status_code == 405
    assert running.get("/v1/openapi.json").json()["openapi"].startswith("3.1")
    docs = running.get("/v1/docs")
    assert docs.headers["content-type"].startswith("text/html")
    assert "<script" not in docs.text


def test_an_address_of_nobody_is_a_problem_document(running: Running) -> None:
    answer = running.get("/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_metrics_are_for_this_machine_and_for_the_admin(running: Running) -> None:
    key = (running.data / "admin.key").read_text().strip()
    assert "newswire_loop_lag_seconds" in running.get("/metrics").text
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert running.get("/metrics", **forwarded).status_code == 401
    assert running.get("/metrics", **forwarded, Authorization=f"Bearer {key}").status_code == 200
    assert running.get("/metrics", Authorization="Bearer wrong").status_code == 401


def test_metrics_have_a_listener_of_their_own_when_asked_for(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    running = start(tmp_path, METRICS_PORT=str(port))
    running.until_ready()
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200
    assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
    running.stop()


def test_the_admin_key_is_made_once_and_for_its_owner_only(running: Running) -> None:
    path = running.data / "admin.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = path.read_text().strip()
    assert len(key) == 3 + 43
    running.stop()
    again = start(running.data)
    again.until_ready()
    again.stop()
    assert path.read_text().strip() == key


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_and_soon(running: Running, how: signal.Signals) -> None:
    redis = running.redis
    began = time.monotonic()
    status, _ = running.stop(how)
    assert status == 0
    assert time.monotonic() - began < STOP_S
    assert not redis.is_running()


def test_a_reader_who_hangs_on_does_not_hold_it_up(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2]))) as reader:
        reader.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        began = time.monotonic()
        status, _ = running.stop()
    assert status == 0
    assert time.monotonic() - began < STOP_S


def test_the_next_start_continues_where_it_was(running: Running) -> None:
    assert running.get("/").json()["starts"] == 1
    _, said = running.stop()
    assert "admin.key" in said
    again = start(running.data)
    again.until_ready()
    assert again.get("/").json()["starts"] == 2
    again.stop()


def test_after_a_kill_the_next_start_finds_everything_free(running: Running) -> None:
    left = running.redis
    running.process.kill()
    running.process.communicate()
    again = start(running.data)
    again.until_ready()
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
    again.stop()


def test_when_redis_dies_another_one_takes_its_place(running: Running) -> None:
    dead = running.redis
    dead.kill()
    end = time.monotonic() + 10
    while running.redis_pid in {0, dead.pid} and time.monotonic() < end:
        time.sleep(0.05)
    assert running.redis_pid not in {0, dead.pid}
    running.until_ready()


def test_a_loop_that_crashes_is_begun_again(running: Running) -> None:
    end = time.monotonic() + 10
    while running.get("/").json()["crashes"] < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert 'newswire_loop_restarts_total{loop="site.crash"} 2.0' in running.get("/metrics").text
    assert running.get("/readyz").status_code == 200


def test_a_data_directory_belongs_to_one_process(running: Running) -> None:
    second = start(running.data)
    out, _ = second.process.communicate(timeout=40)
    assert second.process.returncode == 1
    assert "another process already runs site" in out
    assert "Traceback" not in out


def test_a_taken_port_is_said_in_a_line(running: Running, tmp_path: Path) -> None:
    second = start(tmp_path / "other", PORT=running.url.rpartition(":")[2])
    out, _ = second.process.communicate(timeout=40)
    assert second.process.returncode == 1
    assert "cannot listen on 127.0.0.1" in out
    assert "Traceback" not in out


def test_a_wrong_setting_ends_it_with_two(tmp_path: Path) -> None:
    running = start(tmp_path, TIMEZONE="Mars")
    out, _ = running.process.communicate(timeout=40)
    assert running.process.returncode == 2
    assert out.strip() == "newswire: NEWSWIRE_TIMEZONE: not a time zone; one is Europe/Berlin"


def test_what_comes_after_the_first_start_comes_once(running: Running) -> None:
    end = time.monotonic() + 20
    while not (running.data / "called").exists() and time.monotonic() < end:
        time.sleep(0.02)
    running.stop()
    again = start(running.data)
    again.until_ready()
    again.stop()
    assert (running.data / "called").read_text() == "x"


def test_without_a_sample_nothing_comes_after_the_start(tmp_path: Path) -> None:
    running = start(tmp_path, SAMPLE="no")
    running.until_ready()
    running.stop()
    assert not (tmp_path / "called").exists()


def test_a_long_data_directory_still_has_a_socket(tmp_path: Path) -> None:
    running = start(tmp_path / ("long-" * 20))
    running.until_ready()
    assert running.stop()[0] == 0
