"""What people read about subscriptions, and staff about pushes (推送)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from consultations.broadcasts import STATE_NAMES, Broadcast
from consultations.push_book import FACET_NAMES, RULE_NAMES, Facet
from handlers.record_sheet import CHANNELS
from handlers.wording import moment_name

_SHOWN, _LINE, _CORRECTION = 800, 24, 600  # characters of a full text in a preview, and of a text in a list

# Subscriptions
SUBSCRIBE = "订阅"
MY_SUBSCRIPTIONS = "我的订阅"
NOTHING_CHOSEN = "您可以选择想收到哪些推送，点一下就选上，再点一下就取消，随时可以改。"
SUBSCRIBED_TO_ALL = "您现在接收全部推送。选几样感兴趣的，就只收这些。"
CHOICE_IS_CONSENT = "选上就表示同意接收这方面的推送；发送“退订”，全部停下。"
STALE_OPTION = "这个选项已经没有了，请从下面重新选。"
ON, OFF = "✓ ", ""


def subscriptions(chosen: Mapping[Facet, Sequence[str]]) -> str:
    """What somebody subscribes to, one facet a line."""
    lines = [f"{FACET_NAMES[facet]}：{'、'.join(values)}" for facet, values in chosen.items() if values]
    return "您订阅了：\n" + "\n".join(lines)


def choose_from(facet: Facet) -> str:
    """Above the options of a facet."""
    nothing = {
        "topic": "一个都不选，就是各个主题都要。",
        "service": "一个都不选，就是各个事项都要。",
    }.get(facet, "一个都不选，就不会收到只发给某些" + FACET_NAMES[facet] + "的推送。")
    return f"请选{FACET_NAMES[facet]}，可以选几个。{nothing}"


def toggled(label: str, *, is_on: bool) -> str:
    """What one tap did."""
    return f"已订阅：{label}。" if is_on else f"已取消：{label}。"


# Pushes, as staff read them
OPEN = "查看全文"
APPROVE, GIVE_BACK, SUBMIT, SUBMIT_ANYWAY = "批准发送", "退回修改", "提交审批", "仍然提交"
PAUSE, RESUME_SENDING, CANCEL, TEST_SEND, EDIT = "暂停", "继续发送", "取消推送", "发给我试看", "改一改"
PROGRESS, RESEND_UNSURE, SHOW = "查看进度", "补发存疑的", "查看"
NO_SUCH = "没有这条推送：发送 /broadcasts 看编号。"
NONE_YET = "还没有推送。写一条：/broadcast 内容。"
NO_SEGMENTS = "还没有保存过受众。保存一个：/segment 名称 主题=商标,专利 区县=示例区。"
TEST_SENT = "已发到您自己与机器人的聊天里（先给机器人发过消息的才收得到）。"
TEST_HERE = "值班册里没有登记您的聊天账号，试发就显示在这里；要收到自己的聊天里，请在 duty/staff.toml 写您的 accounts。"
TEST = "这是试发，只有您收到。"
ALL_PUSHES = "全部往期推送"
NO_PUSHES = "还没有发出过推送。"
GONE = "这条推送已经找不到了。"
PROMPT = (
    "请发送要推送的内容，下一条消息会作为推送稿。前面可以写几行：\n"
    "受众：名称\n时间：2026-12-01 09:00\n标题：……\n然后写正文；要点之外的放在一行 --- 之后，收到的人点“查看全文”看。"
)
REVISE = "请发送改好的内容，下一条消息会代替这一稿。"
HOW_TO_SEGMENT = "请这样写：/segment 名称 主题=商标,专利 企业类型=小微企业；只写名称就是看它有多少人。"


def past_line(broadcast: Broadcast, zone: ZoneInfo) -> str:
    """One of those that went out, as the public reads it."""
    day = f"{broadcast.started_at.astimezone(zone):%Y-%m-%d}" if broadcast.started_at else ""
    return f"{day}　{past_label(broadcast)}"


def past_label(broadcast: Broadcast) -> str:
    """How one is called: its title, or how it begins."""
    words = broadcast.title or broadcast.text.partition("\n")[0]
    return words if len(words) <= _LINE else f"{words[:_LINE]}…"


def please_approve(broadcast_id: int) -> str:
    """Above what a second person is asked to approve."""
    return f"推送 {broadcast_id} 等待审批。请另一位工作人员看过再点。"


def facts(broadcast: Broadcast, counted: Mapping[str, int], zone: ZoneInfo) -> str:
    """A broadcast in a few lines: number, state, to whom, when, by whom."""
    when = f"{broadcast.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if broadcast.due_at else "批准后马上（避开静默时段）"
    if broadcast.started_at:
        when = f"{broadcast.started_at.astimezone(zone):%Y-%m-%d %H:%M} 开始发送"
    people = f"{broadcast.author_name}起草" + (f"，{broadcast.approver_name}批准" if broadcast.approver_name else "")
    who = audience(counted) if broadcast.kind == "push" else f"{broadcast.n_recipients} 位"
    public = "" if broadcast.is_public else "；不放进往期推送"
    return (
        f"推送 {broadcast.id} · 第 {broadcast.edition} 稿 · {STATE_NAMES[broadcast.state]}（{people}）\n"
        f"受众：{broadcast.segment}，{who}\n时间：{when}{public}"
    )


def audience(counted: Mapping[str, int]) -> str:
    """How many, by channel; never who."""
    by_channel = "、".join(f"{CHANNELS.get(name, name)} {number}" for name, number in counted.items())
    return f"现在 {sum(counted.values())} 位" + (f"（{by_channel}）" if by_channel else "")


def looks(text: str, buttons: Sequence[str]) -> str:
    """The message as people will see it: its words, and its buttons in brackets."""
    shown = " ".join(f"［{each}］" for each in buttons)
    return f"——收到的样子——\n{text}\n{shown}\n——以上——"


def full_text(details: str) -> str:
    """What opens with the button."""
    shown = details if len(details) <= _SHOWN else f"{details[:_SHOWN]}……（共 {len(details)} 个字）"
    return f"点“{OPEN}”看到：\n{shown}"


def flawed(wrong: Sequence[str]) -> str:
    """What is wrong with its citations."""
    listed = "\n".join(f"· {each}" for each in wrong)
    return f"引用的条款请再看一下：\n{listed}\n可以改一改；确认无误，可以仍然提交。"


WHY_RETURN = "请写明退回的原因，起草人会看到。"
SEGMENT_NEEDS = "请给受众起一个 20 字以内的名称（不能是“全部订阅者”，不含等号），并至少选一项。"


def dropped_segment(name: str, *, is_gone: bool) -> str:
    """A segment was taken off the list, or there was none."""
    return f"已去掉受众“{name}”；用过它的推送不变。" if is_gone else f"没有名为“{name}”的受众。"


def nobody_in(segment: str) -> str:
    """There is nobody to send it to."""
    return f"受众“{segment}”里现在没有人：请换一个受众，或等有人订阅；现在可以先“试发给自己”看看样子。"


def no_segment(name: str, known: Sequence[str]) -> str:
    """No segment is called so."""
    return f"没有名为“{name}”的受众，现有：{'、'.join(known)}。"


def no_template(name: str, known: Sequence[str]) -> str:
    """No template is called so."""
    return f"没有名为“{name}”的模板，现有：{'、'.join(known)}。"


def no_facet(name: str, known: Sequence[str]) -> str:
    """No kind of option is called so."""
    return f"没有“{name}”这一类，可用：{'、'.join(known)}。"


def no_option(facet: str, unknown: Sequence[str], known: Sequence[str]) -> str:
    """Options nobody can choose."""
    return f"{facet}里没有 {'、'.join(unknown)}，可用：{'、'.join(known) or '还没有，写在 pushes/ 里'}。"


def no_moment(words: str) -> str:
    """A time that can't be read."""
    return f"看不懂时间“{words}”：请写成 2026-12-01 09:00 这样。"


def saved_segment(name: str, counted: Mapping[str, int]) -> str:
    """A segment was saved."""
    return f"已保存受众“{name}”，{audience(counted)}。"


def segment_line(name: str, rule: Mapping[str, Sequence[str]], counted: Mapping[str, int]) -> str:
    """One segment in a list."""
    return f"{name}（{rule_name(rule)}）：{audience(counted)}"


def rule_name(rule: Mapping[str, Sequence[str]]) -> str:
    """Whom a rule reaches, in words."""
    said = "；".join(f"{name}：{'、'.join(rule[facet])}" for facet, name in RULE_NAMES.items() if rule.get(facet))
    return said or "不限"


def how_to_edit(broadcast_id: int) -> str:
    """In a room, where nobody can be waited for."""
    return f"请发送：/broadcast #{broadcast_id} 改好的内容。"


def changed_meanwhile(edition: int) -> str:
    """Somebody else saved another edition while this one was being written."""
    return f"有人改过这条推送，现在是第 {edition} 稿。您写的还在下面，请对照后再保存。"


def saved(edition: int) -> str:
    """An edition was kept."""
    return f"已保存，现在是第 {edition} 稿；要重新提交审批。"


def submitted(broadcast_id: int, asked_at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """It waits for a second person, who is asked in the staff rooms at that moment; ``None`` without such a room."""
    told = f"推送 {broadcast_id} 已提交，等另一位工作人员批准。"
    if asked_at is not None and asked_at <= now:
        return told
    place = f"请对方发送 /broadcast {broadcast_id}，或在工作台“推送”页批准。"
    if asked_at is None:
        return f"{told}没有设工作人员群，不会提醒：{place}"
    return f"{told}现在不是上班时间，{moment_name(asked_at, zone)} 在工作人员群里提醒；等不及的，{place}"


def approved(broadcast_id: int, start_at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """It goes out."""
    when = "几秒内开始发送" if start_at <= now else f"{moment_name(start_at, zone)} 开始发送"
    return f"推送 {broadcast_id} 已批准，{when}。"


def given_back(broadcast_id: int) -> str:
    """It is a draft again."""
    return f"推送 {broadcast_id} 已退回，改好后请再提交。"


def paused(broadcast_id: int, n_rows: int) -> str:
    """Nothing more leaves for now."""
    if not n_rows:
        return f"推送 {broadcast_id} 已暂停：到了时间也不发送，直到点“继续”。"
    return f"推送 {broadcast_id} 已暂停，{n_rows} 条不再发出；已经在路上的几条会送到。"


def resumed(broadcast_id: int, n_rows: int) -> str:
    """It goes on."""
    if not n_rows:
        return f"推送 {broadcast_id} 恢复：到时间自动发送，时间已到的几秒内开始。"
    return f"推送 {broadcast_id} 继续发送，还有 {n_rows} 条。"


def cancelled(broadcast_id: int, n_rows: int) -> str:
    """Nothing more leaves, for good."""
    if not n_rows:
        return f"推送 {broadcast_id} 已取消，没有要收回的。"
    return f"推送 {broadcast_id} 已取消，{n_rows} 条不会发出；已经在路上的几条会送到。"


def resent(broadcast_id: int, n_rows: int) -> str:
    """Only what is in doubt was sent again."""
    return f"推送 {broadcast_id}：已补发 {n_rows} 条存疑的，其余不动。"


def stopped(broadcast_id: int, wrong: Sequence[str]) -> str:
    """It did not begin because the law moved on since it was approved."""
    listed = "\n".join(f"· {each}" for each in wrong)
    return f"推送 {broadcast_id} 没有发出，已暂停：批准以后，引用的条款有了变化。\n{listed}\n请改好再提交，或者取消。"


OVERTAKEN = "所说的版本已不再适用"
ANSWER_OVERTAKEN = "答复又变了，或者变回去了"
WHO_ASKED = "问过的人"


def correction(name: str, n_people: int, lead: str) -> str:
    """What staff approve: each person gets their own question and the answer it has today."""
    text = f"更正推送：{name}有了变化，{n_people} 位问过的人读到的答复与现在不同，将各自收到自己的问题和现在的答复。"
    return f"{text}例如：{lead}"[:_CORRECTION]


def overtaken(broadcast_id: int) -> str:
    """It was called off instead of sent."""
    return f"推送 {broadcast_id} 没有发出，已取消：{OVERTAKEN}。"


def progress(broadcast: Broadcast, counted: Mapping[str, int]) -> str:
    """How far it got, in numbers, and what they mean."""
    names = {
        "new": "等待",
        "held": "暂停",
        "sending": "在路上",
        "sent": "已发出",
        "failed": "失败",
        "blocked": "对方停用",
    }
    names |= {"unsure": "存疑", "cancelled": "没有发（退订或取消）"}
    numbers = "，".join(f"{name} {counted[state]}" for state, name in names.items() if counted.get(state))
    capped = f"；本周已收满而没有发给的 {broadcast.n_capped}" if broadcast.n_capped else ""
    opened = f"\n点开全文 {counted.get('opened', 0)} 人（只数点了按钮的，没点不等于没看）" if broadcast.details else ""
    return f"共 {broadcast.n_recipients} 位：{numbers or '还没有开始'}{capped}{opened}"


def line(broadcast: Broadcast) -> str:
    """One broadcast in a list."""
    return f"{broadcast.id} · {STATE_NAMES[broadcast.state]} · {broadcast.segment} · {past_label(broadcast)}"
