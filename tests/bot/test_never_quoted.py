"""``zhixun import`` of a version that another one overtakes before it begins: said plainly, asked about once more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.application import Office, open_office
from bot.importing import import_policies
from bot.settings import load_settings
from policies.compilation import Revision
from tests.conftest import Begin, Clock

NEWER = "# 样灯条例\n2021年1月1日修订\n第一条 灯要常亮。\n第二条 本条例自2021年3月1日起施行。"
UNDATED = "# 样灯条例\n第一条 灯要亮。"  # without a first day: quoted a year later only, long after the newer one


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path / "home"), environment={}), clock.now)
    yield opened
    opened.close()


def bring(office: Office, path: Path, text: str, answers: list[bool] | None) -> list[str]:
    """What was asked while this was imported."""
    path.write_text(text, "utf-8")
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        assert answers is not None
        return answers[len(asked) - 1]

    import_policies(
        office, [str(path)], "示例甲", is_dry_run=False, with_scans=False, ask=ask if answers is not None else None
    )
    return asked


@pytest.mark.parametrize(("answers", "n_stored"), [([True, False], 1), ([True, True], 2), (None, 2)])
def test_it_is_said_and_asked_about_once_more(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str], answers: list[bool] | None, n_stored: int
) -> None:
    bring(office, tmp_path / "样灯条例(2021-01-01).md", NEWER, None)
    capsys.readouterr()
    asked = bring(office, tmp_path / "样灯条例(2020-10-01).md", UNDATED, answers)
    told = capsys.readouterr().out.replace("\n", "")
    assert "没有一天会用于回答" in told
    assert "[年-月-日施行]" in told
    assert len(asked) == len(answers or ())
    with office.reading() as session:
        assert len(session.exec(select(Revision)).all()) == n_stored


def test_what_is_quoted_on_some_day_is_asked_about_once(office: Office, tmp_path: Path) -> None:
    bring(office, tmp_path / "样灯条例(2021-01-01).md", NEWER, None)
    asked = bring(office, tmp_path / "样灯条例(2020-10-01)[2020-11-01施行].md", UNDATED, [True])
    assert len(asked) == 1
