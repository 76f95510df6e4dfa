from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot import memory


@pytest.fixture
def collector() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("collector")
def test_cycles_are_collected_again_once_the_start_is_over() -> None:
    memory.begin()
    run = memory.keeper()
    assert (run(), gc.isenabled()) == (0, False)
    assert (run(), gc.isenabled()) == (0, True)
    assert gc.get_freeze_count() > 0
    assert run() == 0


def test_a_service_without_telegram_and_provider_does_not_load_them() -> None:
    heavy = ("telegram", "joserfc", "docx", "openpyxl")
    code = f"import sys; import bot.service; print([each for each in {heavy!r} if each in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
