"""The systemd units are ones that systemd accepts, and run commands that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import app
from tests.conftest import needs

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
UNITS = sorted(path for path in DEPLOY.iterdir() if path.suffix in {".service", ".timer"})


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        needs("systemd-analyze")
    for each in UNITS:  # a timer is checked together with what it starts; users are those of this machine
        words = each.read_text(encoding="utf-8").replace("User=zhixun", "User=root")
        words = words.replace("/opt/zhixun/run.py", str(DEPLOY.parent / "run.py"))
        (tmp_path / each.name).write_text(words, encoding="utf-8")
    verify = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or unit.name in line]
    assert (done.returncode, said) == (0, [])


def test_the_units_run_commands_that_exist() -> None:
    known = {each.name or each.callback.__name__ for each in app.registered_commands if each.callback}
    for unit in DEPLOY.glob("*.service"):
        for command in re.findall(r"run\.py (\w+)", unit.read_text(encoding="utf-8")):
            assert command in known
