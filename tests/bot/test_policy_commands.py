"""``zhixun policies`` and ``compare`` as a person meets them: the way of a policy, refusals in one Chinese sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import policies
from bot.application import open_office
from bot.settings import load_settings
from handlers.publish_policy import PolicyRefusedError
from policies import books
from policies.readers import ReadText
from policies.readers.isolated import read_isolated
from policies.readers.office import office_program
from tests.bot.test_command_line import zhixun
from tests.conftest import Begin, needs

OLD = "# 样灯条例\n2020年3月1日公布\n第一条 灯要亮，每月巡检两次。\n第二条 本条例自2020年5月1日起施行。"
NEW = "# 样灯条例\n2026年3月1日修订\n第一条 灯要亮，每月巡检四次。\n第二条 本条例自2026年5月1日起施行。"


@pytest.fixture(scope="module")
def home(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with one version published, and a newer one as a draft by 示例甲."""
    folder = tmp_path_factory.mktemp("policies")
    for version, text in (("2020-03-01", OLD), ("2026-03-01", NEW)):
        (folder / f"样灯条例({version}).md").write_text(text, "utf-8")
    made = begin(folder / "home")
    assert zhixun(made, "import", "--yes", str(folder / "样灯条例(2020-03-01).md")).returncode == 0
    added = zhixun(made, "policies", "add", str(folder / "样灯条例(2026-03-01).md"), "--name", "示例甲")
    assert "采编中　《样灯条例》2026-03-01版　示例甲" in added.stdout
    return made


def test_the_way_of_a_policy_at_the_command_line(home: Path) -> None:
    edited = zhixun(home, "policies", "edit", "2", "--level", "市", "--topics", "照明", "--name", "示例甲")
    assert "层级：市" in edited.stdout
    assert "待审核" in zhixun(home, "policies", "submit", "2", "--name", "示例甲").stdout
    refused = zhixun(home, "policies", "publish", "2", "--reviewer", "示例甲")
    assert (refused.returncode, "须由另一位工作人员审核" in refused.stderr, refused.stdout) == (1, True, "")
    assert "已发布" in zhixun(home, "policies", "publish", "2", "--reviewer", "示例乙", "--yes").stdout
    assert "四次" in zhixun(home, "ask", "样灯条例第一条").stdout
    history = zhixun(home, "policies", "history", "2").stdout
    assert [name in history for name in ("采编中", "待审核", "已发布", "示例乙")] == [True] * 4
    compared = zhixun(home, "compare", "样灯条例").stdout
    assert "[-两-]{+四+}" in compared.replace("\n", "").replace(" ", "").replace("│", "")
    pushed = zhixun(home, "policies", "push", "样灯条例", "--summary", "巡检更勤了。").stdout
    assert "第一条：“两”改为“四”" in pushed
    book = home.parent / "汇编.docx"
    assert "第 1 期" in zhixun(home, "policies", "book", str(book)).stdout
    assert book.stat().st_size > 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("policies", "show", "99"), 1, "没有编号为 99 的版本"),
        (("policies", "repeal", "1"), 1, "写明废止的原因"),
        (("policies", "edit", "1"), 2, "写明要改什么"),
        (("policies", "edit", "1", "--effective", "明天"), 1, "不在采编中"),
        (("policies", "book", "汇编.txt"), 2, "应当以 .docx 或 .pdf 结尾"),
        (("compare", "没有的法"), 1, "资料里没有"),
        (("compare", "样灯条例", "--docx", "x.txt"), 2, "应当以 .docx 结尾"),
    ],
)
def test_refusals_are_one_sentence(home: Path, words: tuple[str, ...], code: int, sentence: str) -> None:
    done = zhixun(home, *words)
    assert (done.returncode, sentence in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_without_libreoffice_there_is_no_pdf_and_no_edition(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    office = open_office(load_settings(home, environment={}))
    with office.reading() as session:
        before = books.latest(session)
        session.expunge_all()
    try:
        with pytest.raises(PolicyRefusedError, match="LibreOffice"):
            policies.write_compilation(office, tmp_path / "汇编.pdf", "示例甲", is_preview=False)
        with office.reading() as session:
            latest = books.latest(session)
            assert (latest and latest.id) == (before and before.id)
    finally:
        office.close()
    assert not (tmp_path / "汇编.pdf").exists()


def test_the_compilation_is_a_pdf_with_its_words(home: Path, tmp_path: Path) -> None:
    if office_program() is None:
        needs("LibreOffice")
    office = open_office(load_settings(home, environment={}))
    try:
        policies.write_compilation(office, tmp_path / "汇编.pdf", "示例甲", is_preview=True)
    finally:
        office.close()
    read = read_isolated(".pdf", (tmp_path / "汇编.pdf").read_bytes())
    assert isinstance(read, ReadText)
    assert "样灯条例" in read.text
