"""An enterprise at the window and a member of staff at the console, side by side in real browsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from consultations.contacts import agree, meet
from consultations.messages import Address
from tests.drivers import deliver_due
from tests.web.conftest import Site, screenshot
from tests.web.console_client import BOOK, PASSWORD
from web.console.links import set_up_link

pytestmark = pytest.mark.browser
EVERYTHING = """
[[staff]]
id = "everything"
name = "示例全能"
roles = ["adviser", "reviewer", "outlet_admin", "city_admin"]
"""
SIZES: dict[str, ViewportSize] = {"desktop": {"width": 1200, "height": 860}, "phone": {"width": 375, "height": 720}}


@pytest.fixture(scope="module")
def staffed(site: Site) -> Site:
    """The site with staff."""
    (site.office.settings.home / "duty" / "staff.toml").write_text(BOOK + EVERYTHING, encoding="utf-8")
    site.office.desk.duty.refresh()
    return site


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> ViewportSize:
    return SIZES[request.param]


@pytest.fixture
def contexts(chromium: Browser, size: ViewportSize) -> Iterator[list[BrowserContext]]:
    made = [chromium.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai") for _ in range(2)]
    yield made
    for each in made:
        each.close()


def set_up(context: BrowserContext, site: Site, staff: str) -> Page:
    """The console of somebody who sets up how they sign in, by hand."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith((site.address, "data:")) else wrong.append(sent.url))
    page.goto(set_up_link(site.office.desk, staff, site.address) or "")
    code = pyotp.TOTP(page.locator(".secret").inner_text()).now()
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再输入一次").fill(PASSWORD)
    page.get_by_label("认证器现在显示的六位数").fill(code)
    axe(page)
    page.get_by_role("button", name="完成设置并登录").click()
    expect(page.get_by_role("heading", name="请记下恢复码")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="记好了").click()
    assert wrong == []
    return page


def axe(page: Page) -> None:
    """Nothing serious against the guidelines, nothing wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response["violations"]
    serious = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def deliver(site: Site) -> None:
    """Let out what is due, as the service does."""
    for each in deliver_due(site.office.desk, "web"):
        asyncio.run_coroutine_threadsafe(site.window.deliver(each), site.loop).result(timeout=30)


def ask(window: Page, text: str) -> None:
    window.get_by_label("请输入问题").fill(text)
    window.get_by_role("button", name="发送").click()


def test_a_page_low_in_the_menu_opens_at_its_top(staffed: Site, contexts: list[BrowserContext]) -> None:
    page = set_up(contexts[0], staffed, "everything")
    page.goto(f"{staffed.address}/console/settings")
    here = page.locator(".menu [aria-current]")
    expect(here).to_have_text("设置")
    assert page.evaluate("scrollY") == 0
    edges = here.evaluate("link => [link.getBoundingClientRect().left, link.getBoundingClientRect().right]")
    assert 0 <= edges[0] < edges[1] <= page.evaluate("innerWidth")


def test_an_enterprise_and_a_member_of_staff_side_by_side(
    staffed: Site, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> None:
    staff, window = set_up(contexts[0], staffed, "adviser"), contexts[1].new_page()
    window.goto(staffed.address)
    window.locator("header").get_by_role("button", name="转人工").click()
    expect(window.locator(".ours").first).to_contain_text("工单")
    number = re.search(r"GD-\d{8}-\d{4}", window.locator(".ours").first.inner_text())
    assert number is not None
    ask(window, "示例：<b>商标</b>被抢注了怎么办？")
    row = staff.locator(".line", has=staff.get_by_role("link", name=number[0]))
    expect(row).to_contain_text("<b>商标</b>被抢注了", timeout=20_000)  # without reloading
    axe(staff)
    screenshot(staff, f"{request.node.name}-queue")
    row.get_by_role("button", name="接单").click()
    expect(staff.locator("#said")).to_be_visible()
    staff.get_by_role("link", name=number[0]).click()
    axe(staff)
    contexts[0].set_offline(True)
    staff.get_by_label("答复服务对象").fill("请先保留使用证据。")
    staff.get_by_role("button", name="发送答复").click()
    expect(staff.locator("#trouble")).to_contain_text("已保留")
    contexts[0].set_offline(False)
    expect(staff.locator("#said")).to_contain_text(number[0], timeout=20_000)
    expect(staff.get_by_label("答复服务对象")).to_have_value("")
    expect(staff.locator(".talk .ours", has_text="请先保留使用证据。")).to_have_count(1)
    deliver(staffed)
    expect(window.locator(".ours", has_text="请先保留使用证据。")).to_have_count(1, timeout=20_000)
    ask(window, "证据要公证吗？")
    expect(staff.locator(".talk .theirs", has_text="证据要公证吗？")).to_be_visible(timeout=20_000)
    screenshot(staff, f"{request.node.name}-ticket")
    staff.locator("#moves").get_by_role("button", name="办结").click()
    expect(staff.locator("#facts")).to_contain_text("已办结")
    deliver(staffed)
    expect(window.locator(".ours").last).to_contain_text("办结", timeout=20_000)


def test_two_people_on_one_ticket_see_each_other_and_a_draft_survives_a_reload(
    staffed: Site, contexts: list[BrowserContext], chromium: Browser, size: ViewportSize
) -> None:
    window = chromium.new_context(viewport=size, locale="zh-CN").new_page()
    window.goto(staffed.address)
    window.locator("header").get_by_role("button", name="转人工").click()
    expect(window.locator(".ours").first).to_contain_text("工单")
    number = re.search(r"GD-\d{8}-\d{4}", window.locator(".ours").first.inner_text())
    assert number is not None
    first, second = (set_up(each, staffed, who) for each, who in zip(contexts, ("adviser", "colleague"), strict=True))
    for each in (first, second):
        each.goto(f"{staffed.address}/console/tickets/{number[0]}")
    expect(first.locator("#others-here")).to_contain_text("示例同事 也在看", timeout=20_000)
    expect(second.locator("#others-here")).to_contain_text("示例咨询 也在看", timeout=20_000)
    first.get_by_text("内部备注").click()
    first.get_by_label("只给同事看的备注").fill("写到一半")
    first.reload()
    first.get_by_text("内部备注").click()
    expect(first.get_by_label("只给同事看的备注")).to_have_value("写到一半")
    first.get_by_role("button", name="记下").click()
    expect(second.locator(".talk .inside", has_text="写到一半")).to_be_visible(timeout=20_000)
    expect(first.get_by_label("只给同事看的备注")).to_have_value("")
    window.context.close()


def test_people_with_assistive_technology_can_use_every_page(
    staffed: Site, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> None:
    staff = set_up(contexts[0], staffed, "everything")
    for name in staff.locator(".menu a").all_inner_texts():
        staff.locator(".menu").get_by_role("link", name=name, exact=True).click()
        expect(staff.locator(".menu a[aria-current]")).to_have_text(name)
        for summary in staff.locator("main summary").all():
            summary.click()
        axe(staff)
        screenshot(staff, f"{request.node.name}-{name}")


def test_a_push_is_written_by_template_and_seen_as_it_will_arrive(
    staffed: Site, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> None:
    staff = set_up(contexts[0], staffed, "everything")
    staff.goto(f"{staffed.address}/console/broadcasts")
    staff.get_by_text("写一条").click()
    staff.get_by_role("navigation", name="模板").get_by_role("link").nth(1).click()
    for field in staff.locator("input[name=value]").all():
        field.fill("示例<b>值</b>")
    staff.get_by_label("什么时候").fill("2099-12-01T09:00")
    staff.get_by_role("button", name="存为草稿").click()
    expect(staff.get_by_role("alert").first).to_contain_text("一年以内")
    axe(staff)
    screenshot(staff, f"{request.node.name}-form")
    expect(staff.locator("input[name=value]").first).to_have_value("示例<b>值</b>")
    staff.get_by_label("什么时候").fill("")
    staff.get_by_label("全文").fill("示例全文")
    staff.get_by_role("button", name="存为草稿").click()
    expect(staff.get_by_label("Telegram 和网站窗口")).to_contain_text("示例<b>值</b>")
    expect(staff.get_by_label("只有文字的渠道")).to_contain_text("1. 查看全文")
    screenshot(staff, f"{request.node.name}-page")
    for summary in staff.locator("main summary").all():
        summary.click()
    axe(staff)


def test_a_survey_is_read_and_how_many_are_asked_is_confirmed(
    staffed: Site, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> None:
    with staffed.office.writing() as session:
        person = meet(session, Address("web", "subscriber"), "", staffed.office.desk.now())
        agree(person, "1", staffed.office.desk.now())
    staff = set_up(contexts[0], staffed, "everything")
    staff.goto(f"{staffed.address}/console/surveys/needs")
    staff.locator("summary", has_text="发送").click()
    axe(staff)
    staff.get_by_role("button", name="看看会发给多少人").click()
    expect(staff.locator("#confirm")).to_contain_text("位服务对象")
    axe(staff)
    screenshot(staff, f"{request.node.name}-confirm")
    staff.get_by_role("button", name="确定发送").click()
    expect(staff.get_by_role("status")).to_contain_text("已安排发送")
    axe(staff)
    screenshot(staff, f"{request.node.name}-results")
