"""What somebody at the machine should do about a warning of the log (办法): plain Chinese beside the names of events.

Nothing personal gets in: sentences are ours, and of an error only its kind is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

from bot.failures import known_failure

NETWORK = "连不上 Telegram：请检查这台机器的网络和域名解析（DNS）；恢复后自动接着收发，期间的消息不丢。"
REFUSED = "Telegram 不认这个令牌：请在 config.toml 里换成 BotFather 给的 telegram.token，再重启。"
TAKEN = "另一个程序正用同一个令牌收消息：请停掉那一个；停掉以后自动接着收。"
AGAIN = "；什么也没有丢，会自动再试。"

# Events whose name already tells what is wrong.
BY_EVENT = {
    "cards.unwritable": "卡片文件夹写不进去：请检查实例文件夹的权限和磁盘空间；改好后自动补写。",
    "delivery.paused": "连续几次没有发出去，先停一会儿再试；消息都在，渠道恢复后自动接着发。",
    "delivery.broken": "一条消息没有发出去，稍后自动再试；一再出现时，请把这一行连同日志交给维护的人。",
    "delivery.failed": "有一条消息没有发出去：能再发的会自动再发，收不到的记在工单里；运行 tickets 可以查看。",
    "disk.full": "磁盘快满了，消息随时可能收不下：请清理这个磁盘（旧备份、旧日志）；清理后自动恢复，不用重启。",
    "disk.read_only": "实例文件夹写不进去（只读或权限变了）：请检查磁盘和文件夹的所有者；恢复后自动接着办，不用重启。",
    "inbox.failed": "一条消息没有处理成功，会再试几次；仍不行就放到一边，并告诉对方重发。",
    "job.failed": "一项定时任务没有做成，下一轮自动再试；一再出现时，请运行 doctor，并把日志交给维护的人。",
    "schedule.clock_set_back": "这台机器的时间被往回调了：请打开自动对时；定时任务已重新安排。",
    "seals.code_not_noted": "封存码没有写进文件：请检查实例文件夹的权限和磁盘空间；下一夜再写。",
    "telegram.no_staff_menu": "工作人员群里没有设好命令菜单：请检查 staff_chat_id，并确认机器人在群里。",
    "telegram.no_topics": "工作人员群没有开话题，工单都发在群里：请在群设置里打开“话题”，并让机器人管理话题。",
    "web.too_many_requests": "有一个地址请求太频繁，已挡住；用了反向代理的，请写 [web] trusted_proxies。",
    "webhook.failed": "事件通知没有送到，稍后自动再送；请检查对方的网址和证书（webhooks 列出各条）。",
}
OF_DATABASE = ".database"
OF_TELEGRAM = ("telegram.fetch_failed", "telegram.waiting", "telegram.file_not_fetched")


def add_advice(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A step of the log: warnings and errors get ``advice=…`` where we know what helps."""
    if method in {"warning", "error", "exception"} and (told := advice_on(event, sys.exc_info()[1])):
        event["advice"] = told
    return event


def advice_on(event: MutableMapping[str, Any], error: BaseException | None) -> str:
    """What to do, judged by the error at hand first, then by the event; empty when we know nothing."""
    name = str(event.get("event", ""))
    if error is not None and (told := known_failure(error)):
        return told + AGAIN
    if name in OF_TELEGRAM:
        return _of_telegram(str(event.get("error") or event.get("reason") or ""))
    if name.endswith(OF_DATABASE):
        return "数据库现在不能用：请运行 doctor 看是哪一项" + AGAIN
    return BY_EVENT.get(name, "")


def _of_telegram(reason: str) -> str:
    lowered = reason.lower()
    if "unauthorized" in lowered or "invalid token" in lowered or "401" in lowered:
        return REFUSED
    if "conflict" in lowered or "409" in lowered:
        return TAKEN
    if "retry" in lowered or "flood" in lowered or "too many" in lowered or "429" in lowered:
        return "Telegram 要求慢一点：等它说的时间过了自动接着收发，什么也没有丢。"
    return NETWORK
