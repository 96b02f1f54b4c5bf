"""What is done beside the cells, on another core: what the next step need not know."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import numba

THREADS = numba.config.NUMBA_NUM_THREADS  # a run of an ensemble has one: its core is its own


def begin(call, *arguments, room: str = "aside", threads: int | None = None) -> Future:
    """Begin a call on another thread, or do it at once if there is none.

    Parameters
    ----------
    call, *arguments
        What is done, and with what: nothing that anybody changes before it is done.
    room
        Calls of one room wait for each other, not for those of another.
    threads
        Of the machine; one of them is left to the caller.

    Returns
    -------
    Future
        Its ``result()`` waits for the answer, and raises what the call raised.
    """
    threads = THREADS if threads is None else threads
    if threads > 1:
        return pool(room, threads - 1).submit(call, *arguments)
    done = Future()
    done.set_result(call(*arguments))
    return done


@cache
def pool(room: str, threads: int) -> ThreadPoolExecutor:
    """Return the threads of a room, the same ones for good."""
    return ThreadPoolExecutor(threads, thread_name_prefix=room)


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=pool.cache_clear)
