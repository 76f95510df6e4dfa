"""A visitor's walk in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Site, screenshot

pytestmark = pytest.mark.browser


def ask(page: Page, question: str) -> None:
    page.get_by_label("请输入问题").fill(question)
    page.get_by_role("button", name="发送").click()


def test_a_question_gets_its_answer_with_the_basis_and_buttons(page: Page, request: pytest.FixtureRequest) -> None:
    ask(page, "外观设计专利保护多少年？")
    expect(page.locator(".mine .bubble").first).to_contain_text("外观设计专利保护多少年")
    expect(page.locator(".ours .lead").first).to_contain_text("15")
    expect(page.locator(".ours .basis").first).to_contain_text("专利法")
    expect(page.locator(".ours").get_by_role("button", name="转人工").first).to_be_visible()
    screenshot(page, request.node.name)


def test_the_conversation_is_there_after_a_reload(page: Page) -> None:
    ask(page, "外观设计专利保护多少年？")
    expect(page.locator(".ours .lead").first).to_contain_text("15")
    before = page.locator(".line").count()
    page.reload()
    expect(page.locator(".line")).to_have_count(before)
    expect(page.locator(".ours .lead").first).to_contain_text("15")


def test_a_person_is_one_tap_away_before_any_question(page: Page, request: pytest.FixtureRequest) -> None:
    page.locator("header").get_by_role("button", name="转人工").click()
    expect(page.locator(".ours").first).to_contain_text("工单")
    screenshot(page, request.node.name)


def test_a_question_typed_without_network_is_sent_when_it_is_back(page: Page) -> None:
    page.context.set_offline(True)
    ask(page, "商标注册要多少钱？")
    expect(page.locator("#trouble")).to_contain_text("已保留")
    page.context.set_offline(False)
    expect(page.locator(".ours").first).to_be_visible(timeout=15_000)
    expect(page.locator(".mine")).to_have_count(1)


def test_markup_in_a_question_is_text(page: Page) -> None:
    ask(page, "<img src=x onerror=alert(1)><b>商标</b>怎么注册")
    expect(page.locator(".mine .bubble").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator(".bubble img, .bubble b").count() == 0


def test_a_button_press_shows_its_label_and_an_answer(page: Page, request: pytest.FixtureRequest) -> None:
    page.get_by_role("button", name="服务清单").click()
    expect(page.locator(".mine .bubble").first).to_contain_text("服务清单")
    expect(page.locator(".ours .chips button").first).to_be_visible()
    screenshot(page, request.node.name)


def test_the_page_fits_its_screen(page: Page, site: Site) -> None:
    ask(page, "专利年费忘交了怎么办？" + "很长的情况说明" * 30)
    expect(page.locator(".ours").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
