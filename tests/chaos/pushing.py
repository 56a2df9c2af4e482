"""How does a newsroom push while things break? It asks again until it has an answer, as every client must."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from shared import clock
from shared.events import rfc3339
from tests.chaos.load import Load, Operation
from tests.chaos.truth import Accepted, Story

#: A newsroom gives up after this long (s) without an answer; nothing that we break is away for so long.
PATIENCE_S: Final = 120.0
PAUSE_S: Final = 0.2
NEWSROOMS: Final = 4
NOTES: Final = {
    "correct": {"note": "An earlier version was wrong."},
    "kill": {"public_note": "Withdrawn on advice."},
    "revive": {"note": "It was right after all."},
}


@dataclass
class Newsrooms:
    """Push all operations at an even pace, those of one story in their order."""

    load: Load
    url: Callable[[], str]
    key: str
    seconds: float
    stories: dict[int, Story] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    #: How often a request was repeated because no answer had come.
    repeated: int = 0
    _done: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin."""
        began = time.monotonic()
        for number in range(NEWSROOMS):
            mine = [one for one in self.load.operations if one.number % NEWSROOMS == number]
            thread = threading.Thread(target=self._push_all, args=(mine, began), daemon=True)
            self._threads.append(thread)
            thread.start()

    @property
    def progress(self) -> float:
        """How much of the load was accepted, 0 to 1."""
        return self._done / len(self.load.operations)

    @property
    def running(self) -> bool:
        """Is there anything left to push?"""
        return any(thread.is_alive() for thread in self._threads)

    def wait(self) -> None:
        """Until all is pushed."""
        for thread in self._threads:
            thread.join()

    def _push_all(self, operations: Sequence[Operation], began: float) -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {self.key}"}, timeout=10) as client:
            for operation in operations:
                time.sleep(max(0.0, began + operation.at * self.seconds - time.monotonic()))
                try:
                    self._push(client, operation)
                except (AssertionError, TimeoutError) as error:
                    self.faults.append(f"{operation.external_id} {operation.verb}: {error}")

    def _push(self, client: httpx.Client, operation: Operation) -> None:
        until = clock.now() + timedelta(seconds=operation.embargo_s) if operation.embargo_s else None
        body = self._body(operation)
        if until:
            body["embargo_until"] = rfc3339(until)
        answer, tries = self._answered(client, operation, body)
        if answer.status_code == 409 and operation.verb == "revive" and tries > 1:
            # The first answer was lost; the story is as we wanted it.
            answer = client.get(f"{self.url()}/v1/stories/{operation.external_id}")
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        self._note(operation, answer.json(), Accepted(operation, answer.json()["revision"], clock.now(), until))

    def _body(self, operation: Operation) -> dict[str, Any]:
        match operation.verb:
            case "publish" | "update":
                return self.load.fields(operation)
            case "correct":
                content = self.load.fields(operation)
                return {**NOTES["correct"], **{key: content[key] for key in ("headline", "dek", "body_html")}}
            case "kill":
                # Nobody outside may ever read the reason: its word would be found.
                return {**NOTES["kill"], "reason": f"Counsel said zq{operation.number}k{operation.index}z."}
            case "revive":
                return dict(NOTES["revive"])

    def _answered(self, client: httpx.Client, operation: Operation, body: dict[str, Any]) -> tuple[httpx.Response, int]:
        put = operation.verb in {"publish", "update"}
        path = f"/v1/stories/{operation.external_id}" + ("" if put else f"/{operation.verb}")
        end, tries = time.monotonic() + PATIENCE_S, 0
        why = ""
        while time.monotonic() < end:
            tries += 1
            try:
                answer = client.request("PUT" if put else "POST", self.url() + path, json=body)
            except httpx.HTTPError as error:
                why = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer, tries
                why = f"{answer.status_code} {answer.text}"
            self.repeated += 1
            time.sleep(PAUSE_S)
        raise TimeoutError(f"no answer within {PATIENCE_S:g} s: {why}")

    def _note(self, operation: Operation, said: dict[str, Any], accepted: Accepted) -> None:
        with self._lock:
            story = self.stories.setdefault(
                operation.number,
                Story(operation.number, self.load.tag(operation.number), self.load.section(operation.number)),
            )
            story.story_id = said["story_id"]
            story.path = urlsplit(said["links"]["page"]).path
            if "receipt" in said:
                accepted = Accepted(operation, accepted.revision, accepted.at, None, said["receipt"])
            story.accepted.append(accepted)
            self._done += 1
