"""The memory of the running service: what was needed for the start alone goes back to the system.

Reading cards and building the index leaves holes of tens of megabytes that the C library keeps for itself, and the
collector of cycles would look through a million objects that live as long as the service, a quarter of a second each.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import itertools
from collections.abc import Callable


def begin() -> None:
    """Collect no cycles until `settle`: what is made at the start stays."""
    gc.disable()


def settle() -> None:
    """The start is over: what lives now is not looked through again, and what does not is given back."""
    gc.enable()
    gc.collect()
    gc.freeze()
    give_back()


def keeper() -> Callable[[], int]:
    """A periodic job: `settle` at its second run, when what the start makes in the background is made, and from then
    on `give_back`. Reports nothing, always 0.
    """
    runs = itertools.count()

    def run() -> int:
        match next(runs):
            case 0:
                pass
            case 1:
                settle()
            case _:
                give_back()
        return 0

    return run


def give_back() -> None:
    """Give the system what is free, where the C library can."""
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], object]:
    """``malloc_trim`` of glibc, a few milliseconds; elsewhere nothing."""
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # not glibc
        return lambda _: None
    return found
