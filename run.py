#!/usr/bin/env python3
"""Set up and start Zhixun (知询) on a machine that has only python3 (3.11 or newer) and pip.

``python3 run.py``            makes ``.venv`` from the hashed lock, then starts the service
``python3 run.py COMMAND …``  passes COMMAND to the command line ``zhixun`` (``ask``, ``chat``, ``import``, …)
``python3 run.py test …``     installs the development tools as well, then runs the tests
``python3 run.py lock``       writes both lock files anew from ``pyproject.toml``

Standard library only: nothing is installed yet when this file runs.
A bare Debian has no ``ensurepip`` and an externally managed pip, so the environment is made
without pip and filled from outside with ``pip --python``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
LOCK_COMMAND = "python3 run.py lock"


def main(arguments: list[str]) -> int:
    """Prepare the environment, then hand over to the command asked for; its exit code is ours."""
    if sys.version_info < (3, 11):  # noqa: UP036  an older python3 must read this sentence, not a SyntaxError
        print("知询需要 Python 3.11 或更高版本，当前为 " + sys.version.split()[0], file=sys.stderr)
        return 2
    command, rest = (arguments[0], arguments[1:]) if arguments else ("run", [])
    if command == "lock":
        prepare(DEVELOPMENT)
        return write_locks()
    prepare(DEVELOPMENT if command == "test" else RUNTIME)
    if command == "test":
        return call([PYTHON, "-m", "pytest", *rest])
    return call([PYTHON, "-m", "bot", *(arguments or ["run"])])


def prepare(lock: Path) -> None:
    """Make ``.venv`` hold what the lock lists; a stamp with the lock's hash makes the next start instant."""
    if is_prepared(lock):
        return
    with only_one_at_a_time():
        if is_prepared(lock):
            return
        print(f"正在准备运行环境（{lock.name}），首次约需半分钟 …", file=sys.stderr, flush=True)
        if not PYTHON.exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", VENV], check=True)
        install(lock)
        stamp(lock).write_text(fingerprint(lock), encoding="ascii")


def is_prepared(lock: Path) -> bool:
    """Whether this lock, or the development lock that contains it, was installed as it stands now."""
    return any(
        stamp(each).exists() and stamp(each).read_text(encoding="ascii") == fingerprint(each)
        for each in {lock, DEVELOPMENT}
    )


def stamp(lock: Path) -> Path:
    return VENV / f"{lock.name}.installed"


def fingerprint(lock: Path) -> str:
    own = lock.read_bytes() + (RUNTIME.read_bytes() if lock == DEVELOPMENT else b"")
    return hashlib.sha256(own + sys.version.encode()).hexdigest()


def install(lock: Path) -> None:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        PYTHON,
        "--disable-pip-version-check",
        "--quiet",
    ]
    done = subprocess.run(
        [*command, "install", "--no-input", "--require-hashes", "--no-warn-script-location", "-r", lock], check=False
    )
    if done.returncode:
        sys.exit("依赖安装失败：请检查网络与 pip（Debian：apt install python3-pip），然后重新运行同一条命令。")


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Two starts at once must not fill one environment together (Linux and macOS)."""
    try:
        import fcntl  # absent on Windows
    except ImportError:
        yield
        return
    with (ROOT / ".venv.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_locks() -> int:
    """Resolve ``pyproject.toml`` into two hashed locks for all platforms, without any host name in them."""
    uv: list[str | Path] = [
        PYTHON,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--quiet",
        "--universal",
        "--generate-hashes",
    ]
    uv += ["--no-emit-index-url", "--custom-compile-command", LOCK_COMMAND]
    for options in (["-o", RUNTIME.name], ["--group", "dev", "-c", RUNTIME.name, "-o", DEVELOPMENT.name]):
        done = subprocess.run([*uv, *options], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


def call(command: list[str | Path]) -> int:  # noqa: RET503  execve does not return
    """Run a command from the project's root with the project importable; pass Ctrl-C on instead of dying first."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}
    words = [str(part) for part in command]
    if command[2] == "pytest":
        os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.run(words, env=environment, check=False).returncode
    os.execve(words[0], words, environment)  # the service then gets its signals itself


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
