"""What ffmpeg writes into a pipe besides its output, read while it runs: bounded memory, no scratch file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

_BLOCK = 1 << 16


@contextmanager
def open_tap(consume: Callable[[BinaryIO], None]) -> Iterator[int]:
    """Give a file descriptor for ffmpeg to write to; ``consume`` reads the other end in a thread.

    The descriptor goes into ``run_ffmpeg(..., pass_fds=(descriptor,))`` and ``pipe:descriptor``. When the block ends,
    the reader has seen everything. An exception of ``consume`` is raised here; the pipe is drained all the same, so
    that ffmpeg never waits for a reader that is gone.
    """
    read_end, write_end = os.pipe()
    failures: list[BaseException] = []

    def read() -> None:
        with os.fdopen(read_end, "rb", buffering=_BLOCK) as stream:
            try:
                consume(stream)
            except BaseException as exc:
                failures.append(exc)
            while stream.read(_BLOCK):
                pass

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield write_end
    finally:
        os.close(write_end)
        thread.join()
    if failures:
        raise failures[0]
