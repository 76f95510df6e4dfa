"""The sentences about entering the staff console (工作台)."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import program

FIRST_NAME = "值班人员"  # who signs in first where nobody is listed
HERE = "您已经在工作台里了。"
SENT = "登录链接已发到您与机器人的聊天里，10 分钟内有效，只能用一次。没有收到的话，先在那里给机器人发一条消息。"
NO_LINK = (
    "现在发不出登录链接：要在 config.toml 写 outlet.public_url，并在 duty/staff.toml 写您的 accounts。"
    f"也可以用密码登录，或请管理员运行 {program.name()} console link 姓名。"
)
# On the page: the same whoever asks, so that nobody learns who works here.
SENT_IF_KNOWN = "如果名单上有这个人，并登记了聊天账号，登录链接已发到那里，10 分钟内有效，只能用一次。"
WRONG = "姓名、密码或验证码不对，没有登录。请核对后再试；忘记了，可以用聊天登录，或请管理员重新发设置链接。"
LOCKED = "登录失败太多次，先停 15 分钟。着急的话，可以用聊天登录，或请管理员重新发设置链接。"
TOO_MANY = "这个地址提交得太频繁，请过 15 分钟再来。"
USED = "这个链接已经用过、过期，或者后来又发了新的。请重新要一个。"
SIGNED_OUT = "已退出。"
LEFT = "请先登录。离开太久、在别处退出，或不在工作人员名单上时，需要重新登录。"
IN_FIELD = "已放进回复框，还没有发出；改好后按“发送答复”。"
NO_PROVIDER = "这里没有接统一身份认证，请用密码登录，或用聊天登录。"
PROVIDER_AWAY = "统一身份认证现在用不了，请稍后再试；着急的话，可以用密码登录。"
NOT_PROVEN = "统一身份认证没有确认您是谁，没有登录。请再试一次，或用密码登录。"
STALE_ERRAND = "这次登录隔得太久，或者是在别的浏览器里开始的。请重新点一次。"
WRONG_CODE = "验证码不对：请看认证器上现在的六位数，并核对手机的时间。"

# What was done, where the chat shows it on the ticket's own message and says nothing more; by route.
DONE: Mapping[str, str] = {
    "claim": "已接单，在“我的工单”里：点工单号答复。",
    "close": "已办结，服务对象会收到通知；按设置发评价和回访。",
}
DONE_ELSE = "已办理。"

# A form that was not taken, by the status it is refused with.
FORMS: Mapping[int, str] = {
    403: "这张表单已经失效，什么都没有改动。请刷新页面再提交一次。",
    422: "这张表单不完整，什么都没有改动。请刷新页面再提交一次。",
}


def not_listed(account: str) -> str:
    """Somebody is proven, but nobody of ours."""
    return f"统一身份认证确认了您的账号 {account}，但人员名单里没有它。请管理员在“人员网点”里把它加到您的账号。"


def link(address: str) -> str:
    """The link, in somebody's own chat."""
    return f"登录知询工作台：{address}\n10 分钟内有效，只能用一次。不是您要的，请不要打开，也不要转发。"
