"""Reports: templates filled in or refused with their line, charts Office can read, suggestions with their numbers."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest

from consultations.duty_reading import Duty, parse_book
from consultations.figures import FIGURES
from consultations.messages import Address
from consultations.periods import Period, period_before, read_period
from consultations.selection import Selection
from consultations.service_list import ServiceList
from handlers import report_files
from handlers.charts import Plot, chart_of
from handlers.desk import Desk
from handlers.docx import PAPERS, write_document
from handlers.make_report import KINDS, keep_report, make_poster, make_report
from handlers.paper import Grid, Heading, Line, docx_parts, sheets
from handlers.pdf import PdfRefusedError
from handlers.report_template import FOLDER, Content, Template, TemplateError, fill, read_template
from handlers.self_evaluation import CRITERIA, read_criteria
from handlers.xlsx import Table, write_tables
from tests.conftest import Clock, needs
from tests.drivers import CoreDriver

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CONTENT = Content(
    {"网点": "示例网点", "咨询": "12", "空": "", "坏话": "{{网点}} & <b>"},
    {"渠道": Grid("渠道", ("渠道", "咨询"), [("电话", 12)], (50, 50), Plot("渠道", 0, (1,))), "承诺": ("一", "二")},
)


def november() -> Period:
    found = read_period("2026-11")
    assert found is not None
    return found


def filled(text: str) -> list[object]:
    return list(fill(Template("effect.md", text), CONTENT))


def test_a_template_is_filled_in() -> None:
    assert filled("# {{网点}}报告\n\n咨询 {{ 咨询 }} 件\n{{渠道}}\n{{承诺}}\n{{空}}\n### 小节") == [
        Heading("示例网点报告", 0),
        Line("咨询 12 件"),
        CONTENT.blocks["渠道"],
        Line("一"),
        Line("二"),
        Heading("小节", 2),
    ]


def test_what_is_filled_in_is_not_read_again() -> None:
    assert filled("{{坏话}}") == [Line("{{网点}} & <b>")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# 报告\n\n{{资询}} 件", "effect.md 第 3 行：没有名为 资询 的内容；可用的有：网点、咨询"),
        ("共 {{咨询 件", "第 1 行：花括号没有成对"),
        ("共 咨询}} 件", "第 1 行：花括号没有成对"),
        ("见 {{渠道}}", "第 1 行：{{渠道}} 是表格或清单，请让它独占一行"),
        ("{{}}", "没有名为 （空白） 的内容"),
    ],
)
def test_a_faulty_template_is_refused_with_line_and_cure(text: str, told: str) -> None:
    with pytest.raises(TemplateError) as refused:
        filled(text)
    assert told in str(refused.value)


def test_every_fault_of_a_template_is_told_at_once() -> None:
    with pytest.raises(TemplateError) as refused:
        filled("{{甲}}\n{{咨询}}\n{{乙}}")
    assert [each.partition("：")[0] for each in refused.value.problems] == ["effect.md 第 1 行", "effect.md 第 3 行"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"  \n", b"x" * 300_000])
def test_a_template_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "effect.md").write_bytes(content)
    with pytest.raises(TemplateError, match=r"effect\.md"):
        read_template(tmp_path, "effect")


@pytest.mark.parametrize("kind", KINDS)
def test_every_shipped_template_is_filled_in_and_written(desk: Desk, tmp_path: Path, kind: str) -> None:
    CoreDriver(desk, Address("core", "a")).say("商标续展多少钱？")
    draft = make_report(desk, tmp_path, kind, november())
    write_document(tmp_path / "r.docx", docx_parts(draft.pieces))
    write_tables(tmp_path / "r.xlsx", sheets(draft.pieces))
    for name in ("r.docx", "r.xlsx"):
        with zipfile.ZipFile(tmp_path / name) as package:
            assert package.testzip() is None
            for part in package.namelist():
                ET.fromstring(package.read(part))


def test_the_instances_own_template_stands_for_the_shipped_one(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "effect.md").write_text("# 本市{{报告期}}\r\n{{咨询}} 件", encoding="utf-8-sig")
    assert list(make_report(desk, tmp_path, "effect", november()).pieces) == [
        Heading("本市2026年11月", 0),
        Line("0 件"),
    ]


def test_a_report_is_compared_with_the_last_of_its_kind(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    with desk.writing() as session:
        keep_report(session, make_report(desk, tmp_path, "analysis", november()), "示例甲")
    assert make_report(desk, tmp_path, "effect", november()).changed is None
    assert make_report(desk, tmp_path, "analysis", november()).changed == []
    CoreDriver(desk, Address("core", "a")).say("商标续展多少钱？")
    clock.advance(minutes=1)
    changed = make_report(desk, tmp_path, "analysis", november()).changed
    assert changed
    assert "consultations" in {each.key for each in changed}


def test_suggestions_name_the_consultations_they_rest_on(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    for name in "abc":
        CoreDriver(desk, Address("core", name)).say("商标续展多少钱？")
        clock.advance(minutes=2)
    found = make_report(desk, tmp_path, "analysis", november())
    (table,) = [each for each in found.pieces if isinstance(each, Grid) and each.name == "建议"]
    kinds = {str(row[0]) for row in table.rows}
    assert {"培训", "讲座"} <= kinds
    assert all(len(re.findall(r"ZX-\d{8}-\d{4}", str(row[3]))) == 3 for row in table.rows)


def test_few_questions_suggest_nothing(desk: Desk, tmp_path: Path) -> None:
    CoreDriver(desk, Address("core", "a")).say("商标续展多少钱？")
    found = make_report(desk, tmp_path, "analysis", november())
    (table,) = [each for each in found.pieces if isinstance(each, Grid) and each.name == "建议"]
    assert table.rows == []


def test_the_analysis_tells_no_number_of_a_person(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    for _ in range(3):
        CoreDriver(desk, Address("core", "a")).say("没有人知道的事，电话13800000000")
        clock.advance(minutes=20)
    write_document(tmp_path / "r.docx", docx_parts(make_report(desk, tmp_path, "analysis", november()).pieces))
    with zipfile.ZipFile(tmp_path / "r.docx") as package:
        assert "13800000000" not in package.read("word/document.xml").decode()


def test_criteria_are_the_outlets_own_or_refused_with_their_line(tmp_path: Path) -> None:
    assert len(read_criteria(tmp_path)) > 10
    (tmp_path / FOLDER).mkdir()
    own = tmp_path / FOLDER / CRITERIA
    good = '[[criterion]]\nsection = "一"\nname = "示例"\nasked = "示例"\nfigures = ["咨询"]\n'
    own.write_text(good, encoding="utf-8")
    assert [each.name for each in read_criteria(tmp_path)] == ["示例"]
    for faulty, told in (
        (good.replace("咨询", "资询"), "第 5 行：没有名为 资询 的指标或比率"),
        (good.replace("name", "nmae"), "没有名为 nmae 的项目"),
        ("", "一项指标都没有"),
        ("[[item]]\na = 1\n", "不认识 [[item]]"),
    ):
        own.write_text(faulty, encoding="utf-8")
        with pytest.raises(TemplateError) as refused:
            read_criteria(tmp_path)
        assert told in str(refused.value)


def test_a_poster_on_a3_is_the_same_page_in_larger_letters(tmp_path: Path) -> None:
    sizes = {}
    for paper in PAPERS:
        report_files.write(tmp_path / f"{paper}.docx", [Line("示例", is_large=True)], paper)
        with zipfile.ZipFile(tmp_path / f"{paper}.docx") as package:
            document = package.read("word/document.xml").decode()
        page = re.search(r'<w:pgSz w:w="(\d+)" w:h="(\d+)"', document)
        letters = re.search(r'<w:sz w:val="(\d+)"/>', document)
        assert page
        assert letters
        sizes[paper] = int(page[1]), int(page[2]), int(letters[1])
    assert sizes == {"A4": (11906, 16838, 28), "A3": (16838, 23811, 40)}


def test_the_poster_says_everything_on_the_list(tmp_path: Path) -> None:
    listed = ServiceList(
        ("示例资质",), ("示例范围",), ("示例流程",), "工作日", "12345", "12346", ("示例承诺",), november().first
    )
    words = [each.text for each in make_poster(tmp_path, "示例网点", listed) if not isinstance(each, Grid)]
    for expected in (
        "示例网点服务清单",
        "· 示例资质",
        "· 示例范围",
        "· 示例流程",
        "工作日",
        "咨询：12345",
        "投诉：12346",
        "· 示例承诺",
    ):
        assert expected in words


def test_charts_hold_the_numbers_of_their_table_and_no_markup_of_people(tmp_path: Path) -> None:
    rows = [("<b>&\x07", 3), ("乙", 5)]
    grid = Grid("甲/乙", ("名称", "数量"), rows, (50, 50), Plot("示例 <图>", 0, (1,), "line"))
    write_document(tmp_path / "r.docx", docx_parts([grid]))
    with zipfile.ZipFile(tmp_path / "r.docx") as package:
        chart = package.read("word/charts/chart1.xml").decode()
    assert "<c:v>3</c:v>" in chart
    assert "示例 &lt;图&gt;" in chart
    write_tables(tmp_path / "r.xlsx", [Table(grid.name, grid.head, iter(rows), (), grid.plot)])
    with zipfile.ZipFile(tmp_path / "r.xlsx") as package:
        assert "'甲－乙'!$B$2:$B$3" in package.read("xl/charts/chart1.xml").decode().replace("&#x27;", "'")
        assert package.read("xl/workbook.xml").decode().count("<sheet ") == 1


def test_a_chart_can_be_heard() -> None:
    chart = chart_of(Plot("渠道", 0, (1,)), ("渠道", "咨询"), [("电话", 3), ("到访", 1)])
    assert chart.said == "渠道：电话 3，到访 1"


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("2026-01", "2025-12"),
        ("2026-Q1", "2025-Q4"),
        ("2026-H2", "2026-H1"),
        ("2026", "2025"),
        ("2026-11-26", "2026-11-25"),
        ("2026-11-20..2026-11-26", "2026-11-13..2026-11-19"),
    ],
)
def test_the_period_before_is_of_the_same_kind(code: str, before: str) -> None:
    found = read_period(code)
    assert found is not None
    assert period_before(found).code == before


def test_no_two_figures_have_one_name() -> None:
    assert len({each.name for each in FIGURES.values()}) == len(FIGURES)


def test_without_libreoffice_a_pdf_is_refused_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PdfRefusedError, match=r"LibreOffice.*另存为 PDF"):
        report_files.write(tmp_path / "r.pdf", [Line("示例")])
    assert not (tmp_path / "r.pdf").exists()


def test_libreoffice_draws_charts_into_a_pdf(tmp_path: Path) -> None:
    if not (shutil.which("soffice") or shutil.which("libreoffice")):
        needs("LibreOffice")
    grid = Grid("渠道", ("渠道", "咨询"), [("电话", 3), ("到访", 5)], (50, 50), Plot("渠道图", 0, (1,)))
    report_files.write(tmp_path / "r.pdf", [Heading("示例报告"), grid])
    document = pdfium.PdfDocument(tmp_path / "r.pdf")
    words = document[0].get_textpage().get_text_bounded()
    assert words.count("电话") == 2  # in the chart and in the table
    assert "渠道图" in words


def test_a_document_tells_its_pages_its_language_and_keeps_rows_and_numbers_together(tmp_path: Path) -> None:
    file = tmp_path / "示例.docx"
    many = Grid("多列", [f"列{n}" for n in range(7)], [("GD-20261123-0001", *["2026-11-23"] * 5, 12)], (1,) * 7)
    long = Grid("长", ("编号",), [("ZX-20261123-0001、" * 30,)], (1,))
    assert "cantSplit" not in next(iter(docx_parts([long]))).split("tblHeader")[1]  # type: ignore[union-attr]
    write_document(file, docx_parts([Heading("示例"), CONTENT.blocks["渠道"], many]))  # type: ignore[list-item]
    with zipfile.ZipFile(file) as package:
        document, styles, footer = (package.read(f"word/{name}.xml") for name in ("document", "styles", "footer"))
    rows = [ET.tostring(each, encoding="unicode") for each in ET.fromstring(document).iter(f"{W}tr")]
    assert all("cantSplit" in each for each in rows)
    sides = [[f"{W}jc" in [part.tag for part in cell.iter()] for cell in ET.fromstring(each)[1:]] for each in rows]
    assert sides == [[False, True], [False, True], [*[False] * 6, True], [*[False] * 6, True]]
    assert ["18" in re.findall(r'sz [^>]*val="(\d+)"', each) for each in rows] == [False, False, False, True]
    assert ["keepNext" in each for each in rows] == [True, False, True, False]  # what is last stays with nothing
    assert b'eastAsia="zh-CN"' in styles
    assert "PAGE" in footer.decode()
    assert "NUMPAGES" in footer.decode()


def test_staff_of_the_outlets_chosen_are_counted_as_the_duty_book_has_them(desk: Desk, tmp_path: Path) -> None:
    staff = (
        ("甲", 'outlet = "here"\nqualifications = ["示例证"]'),
        ("乙", 'outlet = "here"\nemployment = "part_time"'),
        ("丙", 'outlet = "north"'),
        ("丁", 'outlet = "here"\nuntil = 2020-01-01'),
    )
    book = "".join(f'[[outlet]]\nid = "{each}"\nname = "示例{each}"\n' for each in ("here", "north"))
    book += "".join(f'[[staff]]\nid = "{name}"\nname = "示例{name}"\n{more}\n' for name, more in staff)
    staffed = replace(desk, duty=Duty(book=parse_book({"staff.toml": book})))
    for outlets, told in (
        ((), "3 人，专职 2 人，兼职 1 人，登记了资质 1 人"),
        (("north",), "1 人，专职 1 人，兼职 0 人"),
    ):
        draft = make_report(staffed, tmp_path, "self_evaluation", november(), Selection(outlets=outlets))
        criteria = next(each for each in draft.pieces if isinstance(each, Grid) and each.name == "评估指标")
        assert str(criteria.rows[0][3]).startswith(f"工作人员 {told}")
    nobody = make_report(desk, tmp_path, "self_evaluation", november(), Selection())
    assert any("工作人员 没有登记" in str(each.rows) for each in nobody.pieces if isinstance(each, Grid))
