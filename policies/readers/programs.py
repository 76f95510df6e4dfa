"""Runs a foreign program (LibreOffice, Tesseract) with limits; it and all it started are ended afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run_limited(command: Sequence[str], folder: Path, *, seconds: float, memory: int, given: bytes = b"") -> bytes:
    """What the program prints; its exit code says little about what it made.

    Args:
        command: The program's path and its arguments.
        folder: Its home and place for temporary files; it gets nothing else of our environment but PATH.
        seconds: How long it may take, and how much processor time.
        memory: Bytes of address space for each of its processes.
        given: Its standard input.

    Raises:
        subprocess.TimeoutExpired: It took too long.
    """
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)}
    process = subprocess.Popen(  # noqa: S603  found on PATH by its name; nothing of a file but its content is given
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _limit(process.pid, seconds, memory)
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
