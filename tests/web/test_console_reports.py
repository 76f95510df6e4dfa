"""Reports in the console: made, kept, downloaded; what can't be made is told; everybody sees theirs."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest

from consultations.service_list import Listed
from handlers.report_template import FOLDER
from tests.conftest import Begin
from tests.web.console_client import Browser, Instance, open_instance

REPORTS = "/console/reports"


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(begin(tmp_path_factory.mktemp("instance")))
    made.ask_for_person("示例：商标被抢注了怎么办？", "visitor-1")
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def city(instance: Instance) -> Browser:
    return instance.set_up("city_admin")


def test_a_report_is_made_and_downloaded(city: Browser) -> None:
    city.get(REPORTS)
    page = city.post(REPORTS, kind="analysis", period="2026-11").text
    assert "咨询分析 2026年11月 已写好" in page
    links = re.findall(r'href="(/console/reports/\d+/(?:docx|xlsx))"', page)
    assert len(links) == 2
    for link in links:
        got = city.fetch("GET", link)
        assert got.content.startswith(b"PK")
        assert "attachment" in got.headers["content-disposition"]
    assert "和上一次出具的完全一致" in city.post(REPORTS, kind="analysis", period="2026-11").text


@pytest.mark.parametrize("fields", [{}, {"kind": "secrets", "period": "2026-11"}, {"kind": "effect", "period": "soon"}])
def test_what_is_no_report_is_refused(city: Browser, fields: dict[str, str]) -> None:
    city.get(REPORTS)
    assert city.post(REPORTS, **fields).status_code == 422


def test_a_faulty_template_is_told_with_its_line(instance: Instance, city: Browser) -> None:
    folder = instance.office.settings.home / FOLDER
    folder.mkdir()
    (folder / "effect.md").write_text("# 报告\n{{资询}}", encoding="utf-8")
    city.get(REPORTS)
    page = city.post(REPORTS, kind="effect", period="2026-11")
    (folder / "effect.md").unlink()
    assert page.status_code == 422
    assert "effect.md 第 2 行" in page.text


def test_staff_of_an_outlet_see_no_report_over_others(instance: Instance, city: Browser) -> None:
    city.get(REPORTS)
    page = city.post(REPORTS, kind="effect", period="2026-11").text
    link = re.findall(r'href="(/console/reports/\d+/docx)"', page)[0]
    north = instance.set_up("north")
    assert "还没有出具过报告" in north.get(REPORTS).text
    assert north.get(link).status_code == 404


@pytest.mark.parametrize(
    "path", ["999999/docx", "99999999999999999999/docx", "1/exe", "1/..%2f..%2fconfig.toml", "x/docx"]
)
def test_what_was_never_made_is_not_found(city: Browser, path: str) -> None:
    assert city.get(f"{REPORTS}/{path}").status_code in {404, 422}


def test_the_material_for_an_evaluation_is_drawn_again_with_the_same_seed(city: Browser) -> None:
    city.get(REPORTS)
    token, told = city.token, {"period": "2026-11", "sample": "5", "seed": "7"}
    first, again = (city.fetch("POST", f"{REPORTS}/evaluation", data={"csrf": token} | told) for _ in range(2))
    assert first.headers["content-disposition"] == 'attachment; filename="evaluation-2026-11-7.zip"'
    said = []
    for each in (first, again):
        with zipfile.ZipFile(io.BytesIO(each.content)) as bundle:
            assert "校验清单.txt" in bundle.namelist()
            said.append(bundle.read("抽样说明.json"))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "wrong", [{"sample": "0"}, {"sample": "1001"}, {"seed": "-1"}, {"seed": "七"}, {"period": "soon"}]
)
def test_what_cannot_be_drawn_is_told(city: Browser, wrong: dict[str, str]) -> None:
    city.get(REPORTS)
    page = city.post(f"{REPORTS}/evaluation", **{"period": "2026-11", "sample": "5", "seed": "7"} | wrong)
    assert (page.status_code, "请写明报告期、抽取件数" in page.text) == (422, True)


def test_the_service_list_leaves_as_a_poster_or_says_what_it_lacks(instance: Instance, city: Browser) -> None:
    assert city.get(f"{REPORTS}/poster").content.startswith(b"PK")
    assert city.get(f"{REPORTS}/poster?ending=exe").status_code == 404
    instance.console.service_list = lambda: Listed(None, ("config.toml 里还没有填写 outlet.phone（咨询电话）。",))
    assert "还没有填写 outlet.phone" in city.get(REPORTS).text
    page = city.get(f"{REPORTS}/poster")
    assert (page.status_code, "还没有填写 outlet.phone" in page.text) == (404, True)
