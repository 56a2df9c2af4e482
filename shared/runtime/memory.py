"""How does a process stay small? Few allocation arenas from the start, and nothing kept that only work needed."""

import asyncio
import contextlib
import ctypes
import gc
import time

_M_ARENA_MAX = -8
_ARENAS = 2
#: How often (s) freed memory is given back, in a pause of the work: when less than this share of a core was used.
EVERY, IDLE = 10.0, 0.1


def few_arenas() -> None:
    """Have threads share glibc's arenas: each database thread would otherwise keep its own, tens of MB in all."""
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to do
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def settle() -> None:
    """Take what the start built out of every later collection, and give back what it freed."""
    gc.set_threshold(20_000, 20, 50)
    gc.freeze()  # without a collection before it: that would hold the loop up for a tenth of a second
    _trim()


async def stay_small() -> None:
    """For ever: give back what a burst of work left behind, once, when it is over."""
    worked = False
    used = time.process_time()
    while True:
        await asyncio.sleep(EVERY)
        before, used = used, time.process_time()
        busy = used - before > EVERY * IDLE
        if worked and not busy:
            await asyncio.to_thread(_trim)  # ten milliseconds, and the interpreter is free meanwhile
        worked = busy


def _trim() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
