"""How does a process stay small? Few allocation arenas from the start, and nothing kept that only the start needed."""

import contextlib
import ctypes
import gc

_M_ARENA_MAX = -8
_ARENAS = 2


def few_arenas() -> None:
    """Have threads share glibc's arenas: each database thread would otherwise keep its own, tens of MB in all."""
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to do
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def settle() -> None:
    """Take what the start built out of every later collection, and give back what it freed."""
    gc.freeze()  # without a collection before it: that would hold the loop up for a tenth of a second
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
