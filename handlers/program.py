"""How this program is called: ``python3 run.py`` from its folder, or ``zhixun`` where it was installed as a package."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
FROM_FOLDER, INSTALLED = "python3 run.py", "zhixun"


def name() -> str:
    """What to type before a command, in this installation."""
    return INSTALLED if Path(sys.argv[0]).stem == INSTALLED else FROM_FOLDER


def default_home() -> Path:
    """Where the instance is when nobody says: beside ``run.py``; of a package, in the folder it is called from."""
    return (FOLDER if (FOLDER / "run.py").exists() else Path.cwd()) / "instance"
