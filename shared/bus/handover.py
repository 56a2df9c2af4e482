"""How does a step let entries go? Acknowledge, emit what follows, arrange retries: one atomic call for a batch.

What follows from an entry is emitted only where the acknowledgement was ours to give (XACK answered 1). So a batch that
was handled twice, because its process was taken for dead, is handed over once.
"""

from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from shared import clock
from shared.bus import keys
from shared.bus.envelope import Sealer, seal_again
from shared.bus.link import Link
from shared.bus.outcomes import Again, Dead, Done, Entry, Outcome, obituary
from shared.bus.scripts import SETTLE, Argument
from shared.events import Event

Settled = tuple[Entry, Outcome]


class Handover:
    """Settles the entries of one step."""

    def __init__(self, redis: Redis, link: Link, sealer: Sealer, stream: str, group: str) -> None:
        """For the step that reads `stream` as `group`."""
        self._redis, self._link, self._sealer = redis, link, sealer
        self._stream, self._group = stream, group
        self._keys = (stream, keys.retry(stream, group), keys.opened(stream, group))

    async def settle(self, outcomes: Sequence[Settled]) -> list[bool]:
        """Carry outcomes out, waiting for Redis as long as it takes; which entries were still ours.

        Asking twice (the answer was lost) does it once, and then says of entries that they were not ours.
        """
        arguments: list[Argument] = [self._group]
        for entry, outcome in outcomes:
            arguments += self._arguments(entry, outcome)
        answers = await self._link.insist(lambda: SETTLE(self._redis, self._keys, arguments))
        return [answer == 1 for answer in answers]

    def _arguments(self, entry: Entry, outcome: Outcome) -> list[Argument]:
        match outcome:
            case Done(follow):
                return [entry.id, self._closes(entry), b"", len(follow), *self._outputs(follow, entry.letter.attempts)]
            case Dead() as dead:
                letters = obituary(entry, self._stream, self._group, dead, clock.now())
                return [entry.id, self._closes(entry), b"", len(letters), *self._outputs(letters, 1)]
            case Again(delay_ms):
                event_id = entry.letter.id or self._sealer.new_id()
                again = entry.letter._replace(
                    id=event_id,
                    group=self._group,
                    attempts=entry.letter.attempts + 1,
                    first=entry.first_ms,
                )
                return [entry.id, b"", delay_ms, 0, seal_again(again), entry.first_ms, event_id]

    def _closes(self, entry: Entry) -> str:
        return "" if entry.letter.first is None else entry.letter.id

    def _outputs(self, events: Iterable[Event], attempts: int) -> Iterable[Argument]:
        for event in events:
            tried = event if attempts == 1 else event.model_copy(update={"attempts": attempts})
            yield event.stream
            yield self._sealer.seal(tried)
