from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policies.originals import flaws, keep_original, original_of

ROOT = Path(__file__).resolve().parents[2]


def _file(tmp_path: Path, content: bytes = b"words") -> tuple[Path, str]:
    source = tmp_path / "示例.DOCX"
    source.write_bytes(content)
    return source, hashlib.sha256(content).hexdigest()


def _kinds(home: Path, kept: dict[str, str]) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in flaws(home, kept)]


def test_a_file_is_kept_under_its_hash_once(tmp_path: Path) -> None:
    source, sha256 = _file(tmp_path)
    assert keep_original(tmp_path, source, sha256)
    assert keep_original(tmp_path, source, sha256)
    kept = original_of(tmp_path, sha256)
    assert kept == tmp_path / "originals" / sha256[:2] / f"{sha256}.docx"
    assert kept.read_bytes() == b"words"
    assert _kinds(tmp_path, {sha256: "示例.docx"}) == []


def test_a_file_that_changed_since_it_was_read_is_not_kept(tmp_path: Path) -> None:
    source, sha256 = _file(tmp_path)
    source.write_bytes(b"other words")
    assert not keep_original(tmp_path, source, sha256)
    assert original_of(tmp_path, sha256) is None


def test_missing_altered_and_unfinished_files_are_found_and_keeping_heals(tmp_path: Path) -> None:
    source, sha256 = _file(tmp_path)
    keep_original(tmp_path, source, sha256)
    kept = original_of(tmp_path, sha256)
    assert kept is not None
    kept.write_bytes(b"forged")
    (kept.parent / ".incoming-abc").write_bytes(b"wo")
    names = {sha256: "示例.docx", "f" * 64: "没有.pdf", "": "手工录入"}
    assert _kinds(tmp_path, names) == [
        ("altered", "示例.docx"), ("missing", "没有.pdf"), ("unfinished", ".incoming-abc"),
    ]  # fmt: skip
    assert keep_original(tmp_path, source, sha256)
    assert ("altered", "示例.docx") not in _kinds(tmp_path, names)


_KEEPING = """
import hashlib, sys
from pathlib import Path
from policies.originals import keep_original
home = Path(sys.argv[1])
print("ready", flush=True)
for number in range(10_000):
    content = str(number).encode() * 200_000
    source = home / "source.bin"
    source.write_bytes(content)
    keep_original(home, source, hashlib.sha256(content).hexdigest())
"""


@pytest.mark.parametrize("pause", [0.05, 0.2, 0.5])
def test_killed_at_any_moment_every_kept_file_is_whole(tmp_path: Path, pause: float) -> None:
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _KEEPING, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.kill()
    kept = [each for each in (tmp_path / "originals").rglob("*.bin") if not each.name.startswith(".")]
    assert all(hashlib.sha256(each.read_bytes()).hexdigest() == each.stem for each in kept)
    assert len(list(tmp_path.rglob(".incoming-*"))) <= 1
