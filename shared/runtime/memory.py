"""How does a process stay small, and quick? Few arenas, freed memory kept while there is work, then given back.

What glibc gives back at once it asks for again a moment later, page by page, each a fault: an eighth of the CPU of a
story went there.
"""

import asyncio
import contextlib
import ctypes
import gc
import time

#: mallopt(3): parameter → value.
_ALLOCATOR = {
    -8: 2,  # M_ARENA_MAX: threads share; each database thread would otherwise keep its own, tens of MB in all
    -1: 256 * 2**20,  # M_TRIM_THRESHOLD: `_trim` gives back, in pauses
    -2: 2**20,  # M_TOP_PAD: grow by this at a time
    -3: 32 * 2**20,  # M_MMAP_THRESHOLD: packs and batches come from the heap, not each from the kernel
}
#: Collect after so many allocations (Python's 700 means some ten collections a batch of stories).
_YOUNG, _MIDDLE, _OLD = 100_000, 20, 50
#: How often (s) freed memory is given back, in a pause of the work: when less than this share of a core was used.
EVERY, IDLE = 10.0, 0.1


def thrifty() -> None:
    """Tell the allocator how to keep memory."""
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to do
        for parameter, value in _ALLOCATOR.items():
            ctypes.CDLL(None).mallopt(parameter, value)


def settle() -> None:
    """Take what the start built out of every later collection, and give back what it freed."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
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
