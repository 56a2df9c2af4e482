"""How does a step let entries go? Acknowledge, emit what follows, arrange retries: one atomic call for a batch.

What follows from an entry is emitted only where the acknowledgement was ours to give (XACK answered 1). So a batch that
was handled twice, because its process was taken for dead, is handed over once.
"""

from collections.abc import Sequence

from redis.asyncio import Redis

from shared import clock
from shared.bus import keys
from shared.bus.envelope import Letter, Sealer, seal_again
from shared.bus.link import Link
from shared.bus.outcomes import Again, Dead, Done, Entry, Outcome, obituary
from shared.bus.pace import Pace
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
        pace = Pace()
        for entry, outcome in outcomes:
            await pace.keep()
            match outcome:
                case Done(follow):
                    arguments += (entry.id, self._closes(entry), b"", len(follow))
                    self._add(arguments, follow, entry.letter.attempts)
                case Dead() as dead:
                    letters = obituary(entry, self._stream, self._group, dead, clock.now())
                    arguments += (entry.id, self._closes(entry), b"", len(letters))
                    self._add(arguments, letters, 1)
                case Again(delay_ms):
                    again = self._again(entry)
                    arguments += (entry.id, b"", delay_ms, 0, seal_again(again), entry.first_ms, again.id)
        answers = await self._link.insist(lambda: SETTLE(self._redis, self._keys, arguments))
        return [answer == 1 for answer in answers]

    def _add(self, arguments: list[Argument], events: Sequence[Event], attempts: int) -> None:
        for event in events:
            tried = event if attempts == 1 else event.model_copy(update={"attempts": attempts})
            arguments += (event.stream, self._sealer.seal(tried))

    def _again(self, entry: Entry) -> Letter:
        letter = entry.letter
        known = letter.id if letter.id.isascii() else ""
        return letter._replace(
            id=known or self._sealer.new_id(),
            group=self._group,
            attempts=letter.attempts + 1,
            first=entry.first_ms,
        )

    def _closes(self, entry: Entry) -> str | bytes:
        return b"" if entry.letter.first is None else entry.letter.id
