"""``zhixun import``: what was recognised wrongly is put right before it is written; earlier texts are filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from bot import policies as doing
from bot.application import Office, open_office
from bot.importing import import_policies
from bot.settings import load_settings
from handlers.import_policy import import_paths
from handlers.publish_policy import PolicyRefusedError
from policies.compilation import Policy, Revision
from policies.review import Signature, history_of
from tests.conftest import Begin, Clock

LAW = "# 样灯专利资助办法\n第一条 样灯专利要亮。\n第二条 本办法自2020年5月1日起施行。"


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path / "home"), environment={}), clock.now)
    yield opened
    opened.close()


def bring(office: Office, folder: Path, answers: Sequence[str] | None, *settings: str) -> None:
    """Import the law, each question answered in turn; ``None`` imports without one."""
    path = folder / "样灯专利资助办法(2020-03-01).md"
    path.write_text(LAW, "utf-8")
    waiting = iter(answers or ())
    is_asked = answers is not None
    import_policies(
        office,
        [str(path)],
        "示例甲",
        is_dry_run=False,
        with_scans=False,
        ask=(lambda _question: True) if is_asked else None,
        prompt=(lambda _question: next(waiting)) if is_asked else None,
        settings=settings,
    )


def stored(office: Office) -> list[tuple[str, str, list[str], str]]:
    with office.reading() as session:
        found = session.exec(select(Policy.title, Revision).join(Revision).where(Revision.state == "published"))
        return [(title, each.version, each.topics, each.issuer) for title, each in found]


def test_what_is_put_right_before_the_yes_is_what_is_stored(office: Office, tmp_path: Path) -> None:
    bring(office, tmp_path, ["主题=商标", "1 版本=去年", "发文机关=示例局", "名称=样灯资助办法", "y"])
    assert stored(office) == [("样灯资助办法", "2020-03-01", ["商标"], "示例局")]


def test_nothing_is_written_without_the_yes(office: Office, tmp_path: Path) -> None:
    bring(office, tmp_path, ["主题=商标", ""])
    assert stored(office) == []


def test_options_do_the_same_and_again_over_what_stands(office: Office, tmp_path: Path) -> None:
    bring(office, tmp_path, None, "主题=商标")
    bring(office, tmp_path, None, "主题=版权")
    assert stored(office) == [("样灯专利资助办法", "2020-03-01", ["版权"], "")]


def test_another_title_renames_what_stands_and_the_old_one_is_quoted_no_more(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(office, tmp_path, None)
    bring(office, tmp_path, [""], "标题=样灯资助新办法")
    told = "".join(capsys.readouterr().out.split())
    assert "同一份文件已作为《样灯专利资助办法》导入：改名为《样灯资助新办法》" in told
    assert [title for title, *_ in stored(office)] == ["样灯专利资助办法"]
    bring(office, tmp_path, ["y"], "标题=样灯资助新办法")
    assert [title for title, *_ in stored(office)] == ["样灯资助新办法"]
    assert {each.law for each in office.index.passages() if each.kind == "article"} == {"样灯资助新办法"}
    with office.reading() as session:
        assert history_of(session, 1)[-1].reason == "改名为《样灯资助新办法》"
    capsys.readouterr()
    bring(office, tmp_path, None, "标题=样灯资助新办法", "主题=版权")
    bring(office, tmp_path, None, "标题=样灯专利资助办法")
    assert [(title, topics) for title, _, topics, _ in stored(office)] == [("样灯专利资助办法", ["版权"])]


def test_other_versions_keep_their_title_when_one_file_gets_another(office: Office, tmp_path: Path) -> None:
    bring(office, tmp_path, None)
    later = tmp_path / "样灯专利资助办法(2026-03-01).md"
    later.write_text(LAW.replace("2020年", "2026年") + "\n第三条 另有规定。", "utf-8")
    by = Signature("terminal:示例甲", "示例甲", office.desk.now())
    import_paths([later], writing=office.writing, index=office.index, home=office.settings.home, by=by)
    with office.reading() as session:
        before = session.exec(select(Revision).where(Revision.version == "2020-03-01")).one().effective_to
        assert before is not None
    bring(office, tmp_path, None, "标题=样灯旧办法")
    with office.reading() as session:
        found = session.exec(select(Policy.title, Revision).join(Revision).where(Revision.state == "published"))
        days = {title: (each.version, each.effective_to) for title, each in found}
    assert days == {"样灯专利资助办法": ("2026-03-01", None), "样灯旧办法": ("2020-03-01", None)}


def test_what_cannot_be_used_is_refused(office: Office, tmp_path: Path) -> None:
    for setting in ("没有这一项=1", "主题", "服务事项=Z99", "网点=西区"):
        with pytest.raises(PolicyRefusedError):
            bring(office, tmp_path, None, setting)
    assert stored(office) == []


def test_of_a_text_published_earlier_what_is_empty_is_filled_in(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(office, tmp_path, None)
    with office.writing() as session:
        session.exec(select(Revision)).one().topics = []
    doing.fill_in(office, "示例甲", is_confirmed=False, ask=lambda _: False)
    assert stored(office)[0][2] == []
    doing.fill_in(office, "示例甲", is_confirmed=True, ask=lambda _: False)
    assert stored(office)[0][2] == ["专利", "资助奖励"]
    with office.reading() as session:
        assert "补填：主题 专利、资助奖励" in history_of(session, 1)[-1].reason
    capsys.readouterr()
    doing.fill_in(office, "示例甲", is_confirmed=True, ask=lambda _: False)
    assert "没有可以补填的" in capsys.readouterr().out
