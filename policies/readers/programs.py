"""Runs a foreign program (LibreOffice, Tesseract) with limits; it and all it started are ended afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run_limited(  # noqa: PLR0913  a program and its limits
    command: Sequence[str], folder: Path, *, seconds: float, memory: int, given: bytes = b"", nice: int = 0
) -> bytes:
    """What the program prints; its exit code says little about what it made.

    Args:
        command: The program's path and its arguments.
        folder: Its home and place for temporary files; it gets nothing else of our environment but PATH.
        seconds: How long it may take, and how much processor time.
        memory: Bytes of address space for each of its processes.
        given: Its standard input.
        nice: How far it stands back behind others who want the processor, from 0 to 19.

    Raises:
        subprocess.TimeoutExpired: It took too long.
    """
    # One thread: Tesseract's four fight for the cores people are answered with, and are no faster together.
    one_thread = {"OMP_THREAD_LIMIT": "1"}
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder), **one_thread}
    process = subprocess.Popen(  # noqa: S603  found on PATH by its name; nothing of a file but its content is given
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _limit(process.pid, seconds, memory)
    if nice and hasattr(os, "setpriority"):
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, nice)
    try:
        return process.communicate(given, timeout=seconds)[0]
    finally:
        _end(process)


def _limit(process_id: int, seconds: float, memory: int) -> None:
    try:
        import resource

        resource.prlimit(process_id, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(process_id, resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    except (ImportError, AttributeError, OSError):  # only Linux limits another process; the time limit remains
        return


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows
        process.kill()
    process.communicate()
