"""Sentences name the program as it is called where they are read: from its folder, or installed as a package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from handlers import program

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = """
import sys
sys.argv[0] = {called!r}
from handlers import import_wording, training_wording, wording
print(import_wording.TOO_LARGE, training_wording.FILED, wording.NOT_ANSWERING_YET)
"""


@pytest.mark.parametrize(
    ("called", "name", "other"),
    [
        ("/opt/venv/bin/zhixun", program.INSTALLED, program.FROM_FOLDER),
        ("/opt/zhixun/bot/__main__.py", program.FROM_FOLDER, "zhixun import"),
    ],
)
def test_a_sentence_says_what_to_type_in_this_installation(called: str, name: str, other: str) -> None:
    run = [sys.executable, "-X", "utf8", "-c", SENTENCES.format(called=called)]
    told = subprocess.run(run, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    assert told.count(name) == 3
    assert other not in told


@pytest.mark.parametrize("package", ["bot", "handlers", "policies", "web"])
def test_no_sentence_says_it_by_itself(package: str) -> None:
    files = [each for kind in ("*.py", "*.html") for each in (ROOT / package).rglob(kind)]
    said = [each.name for each in files if program.FROM_FOLDER in each.read_text(encoding="utf-8")]
    assert set(said) <= {"program.py", "terminal.py"}  # the docstring of one tells of a pipe
