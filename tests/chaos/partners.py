"""What do partners answer to webhooks? Ten of them, five of which are trouble."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx
import orjson

from tests.servers.http import Received, Receiver, Reply

ENDPOINTS: Final = 10
#: Longer than a webhook is waited for (10 s).
HANG_S: Final = 11.0
#: So many tags each of the partners that are trouble for a while wants to hear of.
TAGS: Final = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """A webhook that was answered with 2xx, and one that was not."""

    endpoint: int
    webhook_id: str
    story_id: str
    revision: int
    type: str
    content: bytes
    status: int
    at: float


@dataclass
class Partners:
    """The ten endpoints on one real server."""

    receiver: Receiver = field(default_factory=Receiver)
    heard: list[Heard] = field(default_factory=list)
    _tries: Counter[tuple[int, str]] = field(default_factory=Counter)
    _requests: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Listen."""
        for number in range(ENDPOINTS):
            self.receiver.replies[f"/partner/{number}"] = self._answering(number)
        self.receiver.start()

    def register(self, client: httpx.Client, tags: int) -> None:
        """Ask for webhooks: two partners want all, the others some tags each."""
        for number in range(ENDPOINTS):
            topics = ["all"] if number < 2 else [f"tag:t{tag % tags}" for tag in range(number, number + TAGS)]
            body = {"url": f"{self.receiver.url}/partner/{number}", "topics": topics}
            answer = client.post("/v1/webhooks", json=body)
            assert answer.status_code == 201, answer.text

    def _answering(self, number: int) -> Callable[[Received], Reply]:
        troubles: Sequence[Callable[[int, int], Reply]] = (_kind, _stumbles, _is_busy, _hangs, _leaves)
        trouble = troubles[number] if number < len(troubles) else _kind

        def answer(request: Received) -> Reply:
            webhook_id = request.headers["webhook-id"]
            with self._lock:
                self._tries[number, webhook_id] += 1
                self._requests[number] += 1
                reply = trouble(self._tries[number, webhook_id], self._requests[number])
                self.heard.append(_heard(number, request, reply.status))
            return reply

        return answer


def _kind(_tries: int, _requests: int) -> Reply:
    return Reply(204)


def _stumbles(tries: int, _requests: int) -> Reply:
    """A 500 for every webhook that comes for the first time."""
    return Reply(500 if tries == 1 else 204)


def _is_busy(_tries: int, requests: int) -> Reply:
    """Asks for patience at first."""
    return Reply(429, headers={"Retry-After": "3"}) if requests <= TAGS else Reply(204)


def _hangs(_tries: int, requests: int) -> Reply:
    """Takes, at first, longer to answer than anybody waits."""
    return Reply(204, delay_s=HANG_S if requests <= 3 else 0.0)


def _leaves(_tries: int, requests: int) -> Reply:
    """Is gone for good after a while."""
    return Reply(204 if requests <= TAGS else 410)


def _heard(number: int, request: Received, status: int) -> Heard:
    said = orjson.loads(request.body)
    data = said["data"]
    content = orjson.dumps({key: value for key, value in data.items() if key != "seq"})
    now = time.time()  # noqa: TID251 - compared with embargoes
    return Heard(
        number,
        request.headers["webhook-id"],
        data["story_id"],
        data["revision"],
        said["type"],
        content,
        status,
        now,
    )
