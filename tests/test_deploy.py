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


INSTRUCTIONS = ("FROM", "RUN", "COPY", "USER", "WORKDIR", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "CMD")


def steps() -> list[tuple[str, str]]:
    """The instructions of the container file, continued lines joined."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_container_runs_as_nobody_special_over_folders_that_are_its_own() -> None:
    found = steps()
    assert {name for name, _ in found} <= set(INSTRUCTIONS)
    assert found[0] == ("FROM", "docker.io/library/debian:12-slim")
    (prepared,) = [words for name, words in found if name == "RUN" and "useradd" in words]
    at = [name for name, _ in found]
    assert at.index("USER") > found.index(("RUN", prepared))  # only root may prepare
    # A volume begins with the owner its folder has in the image; without the folder it would be root's.
    (volume,) = [words for name, words in found if name == "VOLUME"]
    for folder in (volume, "/opt/zhixun"):
        assert re.search(rf"install -d -o zhixun -g zhixun (-m 700 )?{folder}\b", prepared), folder
    home = dict(each.split("=") for each in next(words for name, words in found if name == "ENV").split())
    assert home["ZHIXUN_HOME"] == volume
    for name, words in found:
        if name == "RUN":
            checked = subprocess.run(["sh", "-n", "-c", words], capture_output=True, text=True, check=False)
            assert checked.returncode == 0, checked.stderr
    assert next(words for name, words in found if name == "CMD") == '["python3", "run.py", "run", "--logs"]'


def test_no_instance_and_no_history_gets_into_the_image() -> None:
    left_out = (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"instance", ".git", ".venv"} <= set(left_out)
    tracked = subprocess.run(["git", "ls-files"], cwd=DEPLOY.parent, capture_output=True, text=True, check=False).stdout
    for name in (each for each in left_out if each and not each.startswith("#")):
        assert not re.search(rf"^{re.escape(name)}(/|$)", tracked, re.MULTILINE), name  # nothing it needs
