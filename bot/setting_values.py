"""Which values of settings can't work, each with its cure; what a single value must look like."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from collections.abc import Callable
from datetime import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from bot.settings import (
        ConversationSettings,
        Outlet,
        RetentionSettings,
        Settings,
        SignInSettings,
        TelegramSection,
        WebSettings,
    )

Expect = Callable[[bool, str, str, str], None]
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")  # anything else would end the header it is put in
_ISSUER = re.compile(r"https://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?|http://(127\.0\.0\.1|localhost)(:\d{1,5})?(/[!-~]*)?")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?")


def wrong_values(settings: Settings) -> list[tuple[tuple[str, str], str]]:
    """Values of the right type that can't work: ``(section, key)`` and a sentence with the cure."""
    found: list[tuple[tuple[str, str], str]] = []

    def expect(ok: bool, section: str, key: str, cure: str) -> None:
        if not ok:
            found.append(((section, key), f"{section}.{key} {cure}"))

    _check_outlet(settings.outlet, expect)
    _check_conversation(settings.conversation, expect)
    _check_retention(settings.retention, expect)
    _check_telegram(settings.telegram, expect)
    _check_web(settings.web, expect)
    _check_sign_in(settings.sign_in, expect)
    has_engine = settings.search.engine != "tantivy" or importlib.util.find_spec("tantivy") is not None
    expect(has_engine, "search", "engine", '是 "tantivy"，但没有安装：请先安装 zhixun[tantivy]，或改回 "fast"。')
    expect(1 <= settings.api.requests_per_minute <= 100_000, "api", "requests_per_minute", "应在 1 到 100000 之间。")
    are_networks = all(map(_is_network, settings.api.webhook_networks))
    expect(are_networks, "api", "webhook_networks", '应是网段的列表，例如 ["10.0.0.0/8"]。')
    are_networks = all(map(_is_network, settings.imports.networks))
    expect(are_networks, "imports", "networks", '应是网段的列表，例如 ["10.0.0.0/8"]。')
    url = settings.database.url
    expect(
        not url or url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")),
        "database",
        "url",
        "应以 sqlite:/// 或 postgresql:// 开头，例如 postgresql://用户:口令@127.0.0.1/zhixun。",
    )
    return found


def _check_outlet(outlet: Outlet, expect: Expect) -> None:
    expect(bool(outlet.name.strip()), "outlet", "name", "不能为空：请填写网点名称。")
    is_address = not outlet.public_url or _ADDRESS.fullmatch(outlet.public_url) is not None
    expect(is_address, "outlet", "public_url", '应是完整的网址，例如 "https://www.example.com"，或留空。')
    expect(_is_span(outlet.working_hours), "outlet", "working_hours", '应为两个时刻，例如 ["09:00", "17:30"]。')
    expect(1 <= outlet.reply_minutes <= 100_000, "outlet", "reply_minutes", "应在 1 到 100000 分钟之间。")
    expect(1 <= outlet.opinion_days <= 60, "outlet", "opinion_days", "应在 1 到 60 个工作日之间。")
    fits = outlet.visit_days == 0 or 7 <= outlet.visit_days <= 1095
    expect(fits, "outlet", "visit_days", "应在 7 到 1095 天之间，0 表示不提醒走访。")
    try:
        ZoneInfo(outlet.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Asia" is a folder
        expect(False, "outlet", "time_zone", '不是已知时区，中国大陆请写 "Asia/Shanghai"。')


def _check_web(web: WebSettings, expect: Expect) -> None:
    expect(0 <= web.port <= 65535, "web", "port", "应在 0 到 65535 之间（0 表示自动选择空闲端口）。")
    expect(30 <= web.requests_per_minute <= 1_000_000, "web", "requests_per_minute", "应在 30 到 1000000 之间。")
    expect(64 <= web.body_kilobytes <= 1_048_576, "web", "body_kilobytes", "应在 64 到 1048576 之间（千字节）。")
    are_origins = all(map(_ORIGIN.fullmatch, web.allowed_origins))
    expect(are_origins, "web", "allowed_origins", '应是网站来源的列表，不带路径，例如 ["https://www.example.com"]。')
    are_addresses = all(map(_is_address, web.trusted_proxies))
    expect(are_addresses, "web", "trusted_proxies", '应是 IP 地址的列表，例如 ["127.0.0.1"]。')


def _check_sign_in(sign_in: SignInSettings, expect: Expect) -> None:
    if not sign_in.issuer:
        return
    is_safe = _ISSUER.fullmatch(sign_in.issuer) is not None
    expect(is_safe, "sign_in", "issuer", '应是 https:// 开头的网址，例如 "https://login.example.com"。')
    expect(bool(sign_in.client_id.strip()), "sign_in", "client_id", "不能为空：请填写登记时得到的应用编号。")
    expect(bool(sign_in.claim.strip()), "sign_in", "claim", '不能为空：一般写 "sub"。')
    expect(bool(sign_in.name.strip()), "sign_in", "name", '不能为空：登录页上怎么称呼它，例如 "统一身份认证"。')


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _check_conversation(talk: ConversationSettings, expect: Expect) -> None:
    expect(_is_span(talk.quiet_hours), "conversation", "quiet_hours", '应为两个时刻，例如 ["20:00", "08:30"]。')
    expect(50 <= talk.question_characters <= 4000, "conversation", "question_characters", "应在 50 到 4000 个字之间。")
    expect(1 <= talk.messages_per_minute <= 600, "conversation", "messages_per_minute", "应在 1 到 600 之间。")
    expect(
        0 <= talk.survey_delay_minutes <= 10_080, "conversation", "survey_delay_minutes", "应在 0 到 10080 分钟之间。"
    )
    expect(1 <= talk.follow_up_days <= 365, "conversation", "follow_up_days", "应在 1 到 365 天之间。")
    expect(1 <= talk.archive_days <= 3650, "conversation", "archive_days", "应在 1 到 3650 天之间。")
    expect(1 <= talk.pushes_per_week <= 100, "conversation", "pushes_per_week", "应在 1 到 100 之间。")
    expect(bool(talk.consent_version.strip()), "conversation", "consent_version", "不能为空：请写告知书版本号。")


def _check_retention(retention: RetentionSettings, expect: Expect) -> None:
    # Gaps (未答问题) look back a year; an emptied question would be missing there. Telegram repeats for a day.
    fewest = {"consultation": 366, "ticket": 366, "opinion": 366, "survey": 90, "message": 7, "inbox": 2}
    for name, days in retention.periods.items():
        is_fine = fewest[name] <= days <= 36_500
        expect(is_fine, "retention", f"{name}_days", f"应在 {fewest[name]} 到 36500 天之间。")


def _check_telegram(telegram: TelegramSection, expect: Expect) -> None:
    if not telegram.enabled:
        return
    expect(
        not telegram.token or re.fullmatch(r"\d+:[\w-]{6,}", telegram.token) is not None,
        "telegram",
        "token",
        "不像机器人令牌：应是“数字:字母数字”，请从 BotFather 重新复制。",
    )
    expect(
        telegram.base_url.startswith(("http://", "https://")), "telegram", "base_url", "应以 http:// 或 https:// 开头。"
    )
    if telegram.mode == "webhook":
        expect(
            telegram.webhook_url.startswith("https://"),
            "telegram",
            "webhook_url",
            "在 webhook 模式下必须是 https:// 地址。",
        )
        expect(
            re.fullmatch(r"[A-Za-z0-9_-]{16,256}", telegram.webhook_secret) is not None,
            "telegram",
            "webhook_secret",
            "在 webhook 模式下必须填写，16–256 位字母、数字、_ 或 -。",
        )
    for key, ids in (("staff_chat_id", (telegram.staff_chat_id,)), ("administrators", telegram.administrators)):
        fine = all(re.fullmatch(r"-?\d+", each) for each in ids if each)
        expect(fine, "telegram", key, "应是数字编号（群编号以 -100 开头）。")


def read_time(text: str) -> time:
    """``"09:00"`` as a time of day.

    Raises:
        ValueError: Not hours and minutes.
    """
    if not re.fullmatch(r"\d{1,2}:\d{2}", text):
        raise ValueError(text)
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def _is_span(times: tuple[str, ...]) -> bool:
    try:
        return len(times) == 2 and len({read_time(each) for each in times}) == 2
    except ValueError:
        return False
