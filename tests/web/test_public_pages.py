"""The public pages: what holds is shown with its dates, a list with holes is not published, nobody's words leak."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.application import service_list
from bot.settings import Outlet, Settings
from consultations import broadcasts
from consultations.broadcasts import Content
from consultations.service_list import FILE
from consultations.tickets import Staff
from handlers.import_policy import import_paths
from tests.conftest import ADMIN
from tests.web.conftest import Site, screenshot

if TYPE_CHECKING:
    from playwright.sync_api import Page

OLD = """# 示例促进办法

（2024年1月1日示例部门发布，自2024年2月1日起施行）

第一条 示例补助最高一千元。
第二条 示例补助向示例窗口申请。
"""
NEW = OLD.replace("2024年1月1日", "2099年1月1日").replace("2024年2月1日", "2099年2月1日").replace("一千", "两千")
WHOLE = """qualifications = ["示例资质"]
scope = ["示例范围"]
process = ["示例步骤"]
commitments = ["<script>alert(1)</script>"]
confirmed = 2026-11-20
"""
OUTLET = Outlet(name="示例网点", phone="000-00000000", complaint_phone="000-00000001")


def read(site: Site, path: str, **query: str) -> tuple[int, str]:
    address = f"{site.address}{path}?{urllib.parse.urlencode(query)}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def pushed(site: Site) -> Site:
    """Three broadcasts: one that went out, one that is kept off the list, one that nobody approved."""
    office = site.office
    writer, approver, now = Staff("s:1", "示例甲"), Staff("s:2", "示例乙"), office.desk.now()
    with office.writing() as session:
        for title, is_public in (("<b>示例通知", True), ("示例内部", False)):
            made = broadcasts.draft(session, Content("正文", title, "全文", is_public=is_public), writer, now)
            broadcasts.submit(session, made, writer, now)
            broadcasts.approve(session, made, 1, approver, now)
            broadcasts.begin_sending(session, made, approver, now)
        broadcasts.draft(session, Content("示例草稿"), writer, now)
    return site


def test_past_pushes_are_public_and_drafts_are_not(pushed: Site) -> None:
    status, listed = read(pushed, "/pushes")
    assert status == 200
    assert "&lt;b&gt;示例通知" in listed
    assert "示例甲" not in listed
    assert [word for word in ("示例内部", "示例草稿") if word in listed] == []
    status, shown = read(pushed, "/push", number="1")
    assert status == 200
    assert "正文" in shown
    assert "全文" in shown
    for number in ("2", "3", "99"):
        status, told = read(pushed, "/push", number=number)
        assert status == 404
        assert "没有这条推送" in told
        assert "示例草稿" not in told
    assert [read(pushed, "/push", number=each)[0] for each in ("0", "x", "9" * 30)] == [422, 422, 422]


@pytest.fixture(scope="module")
def laws(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("laws")
    for version, words in (("2024-01-01", OLD), ("2099-01-01", NEW)):
        (folder / f"示例促进办法({version}).md").write_text(words, encoding="utf-8")
    office = site.office
    import_paths([folder], writing=office.writing, index=office.index, home=office.settings.home, by=ADMIN)
    office.refresh()
    return site


def test_search_shows_answers_and_articles_in_force_with_their_dates(laws: Site) -> None:
    status, page = read(laws, "/search", q="示例补助最高多少")
    assert status == 200
    assert "最高一千元" in page
    assert "2024年2月1日起施行" in page
    assert "两千" not in page  # not in force before 2099


def test_a_law_is_shown_in_every_version_and_each_says_whether_it_holds(laws: Site) -> None:
    _, current = read(laws, "/law", title="示例促进办法")
    assert "现行有效" in current
    assert "最高一千元" in current
    _, coming = read(laws, "/law", title="示例促进办法", version="2099-01-01")
    assert "尚未施行，2099年2月1日起施行" in coming
    assert "最高两千元" in coming
    status, unknown = read(laws, "/law", title="没有这部法")
    assert status == 404
    assert "汇编里没有《没有这部法》" in unknown


def test_laws_are_listed_by_subject_with_the_day_they_hold_from(laws: Site) -> None:
    status, page = read(laws, "/laws")
    assert status == 200
    group = page.split("<section>")[-1]
    assert "其他相关法律法规" in group
    assert group.index("示例促进办法") < group.index("2024年2月1日起施行")


@pytest.mark.parametrize("words", ["", " ", "？", "<b>x</b>", "\x00", "商" * 9000])
def test_whatever_is_looked_for_gets_a_page(laws: Site, words: str) -> None:
    status, page = read(laws, "/search", q=words)
    assert status == 200
    assert "<b>x</b>" not in page


def test_words_without_end_are_refused(laws: Site) -> None:
    assert read(laws, "/search", q="a" * 20_000)[0] == 422


def test_the_service_list_is_not_published_until_it_is_whole(site: Site) -> None:
    path = site.office.settings.home / FILE
    assert read(site, "/services")[0] == 404
    path.write_text(WHOLE.replace('"示例资质"', ""), encoding="utf-8")
    assert read(site, "/services")[0] == 404
    path.unlink()


def test_each_hole_in_the_service_list_is_named_with_its_cure(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, outlet=OUTLET)
    assert "还没有 service_list.toml" in service_list(settings).problems[0]
    path = tmp_path / FILE
    path.write_text(WHOLE.replace('["示例范围"]', '[" "]').replace("confirmed", "# confirmed"), encoding="utf-8")
    told = service_list(settings)
    assert told.value is None
    assert any("scope 还空着" in each for each in told.problems)
    assert any("缺少 confirmed" in each for each in told.problems)
    path.write_text(WHOLE, encoding="utf-8")
    without_phone = replace(settings, outlet=replace(OUTLET, complaint_phone=" "))
    assert service_list(without_phone).value is None
    assert "投诉电话" in service_list(without_phone).problems[0]
    whole = service_list(settings).value
    assert whole is not None
    assert whole.is_current(date(2026, 11, 27))
    assert not whole.is_current(date(2027, 11, 27))


def test_a_faulty_service_list_leaves_the_last_good_one_published(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, outlet=OUTLET)
    (tmp_path / FILE).write_text(WHOLE, encoding="utf-8")
    good = service_list(settings).value
    for faulty in ("qualifications = [", "示例", WHOLE + "other = 1\n", WHOLE + "[[table]]\n"):
        (tmp_path / FILE).write_text(faulty, encoding="utf-8")
        told = service_list(settings)
        assert told.value == good
        assert told.problems


@pytest.mark.parametrize("path", ["/", "/search?q=%E5%95%86%E6%A0%87%E7%BB%AD%E5%B1%95", "/laws", "/services"])
def test_people_with_assistive_technology_can_use_every_page(page: Page, laws: Site, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto(laws.address + path)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response["violations"]
    serious = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
    screenshot(page, f"public{path.split('?', maxsplit=1)[0].replace('/', '-')}")


def test_large_type_stays_after_a_reload(page: Page, site: Site) -> None:
    page.goto(site.address)
    plain = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.get_by_role("button", name="大字").click()
    page.reload()
    large = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert large / plain == pytest.approx(1.3)
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0
