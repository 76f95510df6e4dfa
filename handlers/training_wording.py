"""The sentences about trainings (培训), for whoever takes part and for staff."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from consultations.attendances import STATE_NAMES as PLACES
from consultations.trainings import CODE_OPENS_BEFORE, STATE_NAMES, Training
from handlers import program

# Field → what it is called in lines, in the order in which people read them.
FIELDS: Mapping[str, str] = {
    "title": "标题",
    "when": "时间",
    "place": "地点",
    "lecturer": "讲师",
    "audience": "对象",
    "capacity": "名额",
    "courseware": "课件",
    "courseware_version": "课件版本",
    "plan": "方案",
    "notice": "通知",
    "topic": "主题",
    "service_item": "事项",
    "needs": "需求",
    "outlet": "网点",
}
LONGEST: Mapping[str, int] = {"title": 60, "place": 100, "lecturer": 60, "audience": 100, "plan": 3000, "notice": 1000}
LONGEST_OTHER = 1000

# --- whoever takes part

SIGN_UP, WAIT, LEAVE, GIVE_NAME, ENTER_ME = "报名", "候补", "取消报名", "留姓名和单位", "登记并签到"
LIST = "培训"
NONE_OPEN = "现在没有正在报名的培训。订阅“培训活动”（发 /subscribe），有新的会告诉您。"
OPEN_LEAD = "正在报名的培训，点“报名”就行："
GONE = "这场培训已经不能报名了。发“培训”看现在能报名的。"
LEFT = "已取消报名，名额留给别人。"
NOT_IN = "您没有报名这场培训，不用取消。"
NAME_PROMPT = "请发一句您的姓名和单位，写在签到表上，例如：王某，某某公司。不想写的话，不用回。"
NAME_KEPT = "已写在签到表上。"
CODE_PROMPT = "请发“签到”和现场公布的 6 位签到码，例如：签到 123456。"
CODE_WRONG = "签到码不对，或者不在签到时间里（开始前 30 分钟到结束）。请看清再发一次，也可以请现场工作人员代签。"
GUESSED_ENOUGH = "签到码试得太多了，请 10 分钟以后再试，或者请现场工作人员代签。"
NO_PLACE = "您停用了主动通知，有了空位没法告诉您，会让给后面的人；想候补，发“同意”。"
NO_REMINDER = "您停用了主动通知，开课前不会提醒您；想收提醒，发“同意”。"
MY_TRAININGS = "我的培训"


def when(training: Training, zone: ZoneInfo) -> str:
    """As in 12月5日（星期六）14:00–16:00; both days where it takes longer."""
    start, end = training.starts_at.astimezone(zone), training.ends_at.astimezone(zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{_day(end)}{end:%H:%M}"
    return f"{start.year}年{_day(start)}{start:%H:%M}–{until}"


def about(training: Training, zone: ZoneInfo) -> str:
    """The title, when, where, by whom and for whom."""
    facts = [f"《{training.title}》", f"时间：{when(training, zone)}", f"地点：{training.place}"]
    facts += [f"讲师：{training.lecturer}"] if training.lecturer else []
    facts += [f"对象：{training.audience}"] if training.audience else []
    return "\n".join([*facts, *([training.notice] if training.notice else [])])


def seats(left: int | None, n_waiting: int) -> str:
    """How many may still come."""
    if left is None:
        return "名额不限"
    return f"还有 {left} 个名额" if left else f"名额已满，可以候补（候补 {n_waiting} 人）"


def signed_up(training: Training, zone: ZoneInfo) -> str:
    """The confirmation."""
    return f"报名成功（{training.number}）。\n{about(training, zone)}\n到了现场，发“签到”和现场公布的签到码。"


def waiting(training: Training, place: int, zone: ZoneInfo, *, is_reached: bool) -> str:
    """The confirmation of a place among the waiting; who can't be told of a seat is not promised one."""
    promise = "，一有空位就告诉您" if is_reached else ""
    return f"名额已满，您排在候补第 {place} 位（{training.number}）{promise}。\n{about(training, zone)}"


def moved_up(training: Training, zone: ZoneInfo) -> str:
    """What somebody hears who has a seat now."""
    return f"有空位了，您已从候补转为报名成功（{training.number}）。来不了请点“取消报名”。\n{about(training, zone)}"


def reminder(training: Training, days: int, zone: ZoneInfo) -> str:
    """What somebody hears the day before, or on the day."""
    day = "明天" if days == 1 else "今天"
    return f"提醒：您报名的培训{day}举办。来不了请点“取消报名”，让给别人。\n{about(training, zone)}"


def changed(training: Training, names: Collection[str], zone: ZoneInfo) -> str:
    """What somebody hears when time or place are others."""
    return f"您报名的培训改了{'和'.join(names)}，请以这一条为准（{training.number}）。\n{about(training, zone)}"


def cancelled(training: Training, zone: ZoneInfo) -> str:
    """What somebody hears when it does not take place."""
    why = f"原因：{training.reason}。" if training.reason else ""
    return f"您报名的培训《{training.title}》（{when(training, zone)}）取消了，请不要前往。{why}给您带来不便，抱歉。"


def attended(training: Training) -> str:
    """The confirmation of a sign-in."""
    return f"已签到：《{training.title}》。结束以后会请您花一分钟填一份匿名问卷。"


def attended_before(training: Training) -> str:
    """A second sign-in."""
    return f"您已经签到过了：《{training.title}》。"


def not_in_list(training: Training) -> str:
    """The offer to whoever is there without having signed up."""
    return f"名单里没有您：《{training.title}》。要登记并签到吗？"


# --- staff

PUBLISH, ROSTER, CODE, INVITE, CONFIRM, FILE = "发布报名", "名单", "签到码", "邀请", "讲师已确认课件", "归档"
SHOW, ATTEND = "查看", "到场"
STAFF_HELP = "/training 看培训；/training 新建 建一场，/training 培训编号 发布、改、名单、签到码、到场、取消、归档。"
NO_TRAININGS = "还没有培训。新建：/training 新建，后面一行一项写标题、时间、地点等。"
HOW_NEW = (
    "新建培训，一行一项，例如：\n/training 新建\n标题：商标注册实务\n时间：2026-12-05 14:00-16:00\n地点：一楼会议室\n"
    "讲师：（姓名）\n对象：（谁来听）\n名额：40\n"
    "还可以写：课件、课件版本、方案、通知、主题、事项、需求、网点。先看预览，再把“新建”改成“保存”发一次。"
)
HOW = (
    "/training 培训编号 后面写：发布；改（换行写“项目：内容”）；名单；签到码；到场 姓名或序号；未到 序号；报名 姓名；"
    "退出 序号；确认课件；邀请；取消 原因；归档；抹去 序号（按本人要求删去姓名）。"
)
PREVIEW = "这是预览，还没有保存。没有问题，请把下面这一条原样发一次："
SAVED = "已保存为草稿，还没有公开。看过没有问题再发布报名。"
PUBLISHED = "已发布，大家可以报名了。要告诉订阅的人，点“邀请”起草推送，由另一位工作人员批准后发出。"
EDIT_HOW = "改哪几项，请换行写“项目：内容”，例如：\n/training {number} 改\n地点：二楼会议室"
NAME_NEEDED = "请写姓名或名单里的序号。"
REASON_NEEDED = "请写明取消的原因，会告诉报名的人：/training {number} 取消 原因"
CODE_LATER = "还没有签到码：发布以后才有。"
FILED = f"已归档，不再改动。培训档案在工作台的“培训”页，或用命令 {program.name()} trainings file 写成文件。"
CONFIRMED = "已记录：讲师确认了课件。"
UNNAMED = "（没有留姓名）"
NO_SUCH = "没有这场培训，请检查编号，例如 PX-20261127-0001。"
NO_SIGN_IN = "开始前 30 分钟起才能签到，归档以后不能再改。"
FILED_FOR_GOOD = "归档以后不能再改签到。"
NO_INVITATION = "发布以后、开始以前才能邀请。"
NOTHING_TO_CHANGE = "没有改动。"
STEP_IN = "请打电话或当面告诉他们，名单里写着“未通知”。"


def unknown_field(name: str) -> str:
    """A line nobody knows."""
    return f"“{name}”不知道放在哪里：每行写“项目：内容”，项目有{'、'.join(FIELDS.values())}。"


def unreadable_time(words: str) -> str:
    """A time nobody can read."""
    return f"时间“{words[:40]}”看不懂，请写成 2026-12-05 14:00-16:00。"


def too_long(name: str, n: int, most: int) -> str:
    """A part that is too long."""
    return f"{name}有 {n} 个字，最多 {most} 个，请改短。"


def lacks(names: Sequence[str]) -> str:
    """What must be written first."""
    return f"还缺{'、'.join(names)}：请补上再发一次。"


def in_the_past(words: str) -> str:
    """A training that would be over."""
    return f"时间 {words} 已经过了，请改成以后的时间。"


def bad_number(words: str) -> str:
    """A number of seats nobody can read."""
    return f"名额“{words[:20]}”要写成数字，例如 40；不限名额写 0。"


def no_option(name: str, words: str, options: Iterable[str]) -> str:
    """A choice there is not."""
    return f"没有{name}“{words[:20]}”：可以写{'、'.join(options)}。"


def in_list(training: Training, n: Mapping[str, int], zone: ZoneInfo) -> str:
    """One line of the list of staff."""
    state = STATE_NAMES[training.state]
    return f"{training.number} · {state} · {when(training, zone)} · {training.title} · {counted(training, n)}"


def counted(training: Training, n: Mapping[str, int]) -> str:
    """How many people stand where."""
    of = f"/{training.capacity}" if training.capacity else ""
    seated = n["signed_up"] + n["attended"]
    return f"报名 {seated}{of}，候补 {n['waiting']}，签到 {n['attended']}"


def in_roster(turn: int, name: str, state: str, notes: Sequence[str]) -> str:
    """One line of the list of people."""
    return " · ".join([f"{turn}. {name}", PLACES[state], *notes])


def code(training: Training, zone: ZoneInfo) -> str:
    """What staff show at the place."""
    opens = (training.starts_at - CODE_OPENS_BEFORE).astimezone(zone)
    return (
        f"签到码 {training.code}\n《{training.title}》{when(training, zone)}，{opens:%H:%M} 到结束有效。"
        f"请参加的人发：签到 {training.code}"
    )


def told(n_told: int, n_untold: int) -> str:
    """How many heard of it, how many can't."""
    if not n_told and not n_untold:
        return "没有人报名，不用通知。"
    rest = f"还有 {n_untold} 位没有聊天渠道或已停用通知，{STEP_IN}" if n_untold else ""
    return f"已通知 {n_told} 位报名的人（静默时段过后送达）。{rest}"


def staff_moved_up(number: str, names: Sequence[str]) -> str:
    """What staff hear of people without chat who have a seat now."""
    return f"培训 {number} 有空位，已把没有聊天渠道的 {'、'.join(names)} 从候补转为报名，请打电话告诉他们。"


def moved(number: str, state: str) -> str:
    """What it is now."""
    return f"培训 {number} 现在是“{STATE_NAMES[state]}”。"


def noted(name: str, state: str) -> str:
    """Where somebody stands now."""
    return f"{name}：{PLACES[state]}。"


def erased(turn: int) -> str:
    """A name that went."""
    return f"已删去名单里第 {turn} 位的姓名。"


def invitation(training: Training, zone: ZoneInfo) -> str:
    """The text of the push, to be changed by whoever sends it."""
    return f"{about(training, zone)}\n回复“培训”报名。"


def invited(broadcast: int) -> str:
    """Where the draft is."""
    return (
        f"已起草推送 {broadcast}，发给订阅了这个主题的人。/broadcast {broadcast} 看一看，提交后由另一位工作人员批准。"
    )


def staff_facts(training: Training, outlet: str, zone: ZoneInfo, made: datetime | None) -> list[str]:
    """What staff read of a training, line by line."""
    written = {
        **{name: str(getattr(training, name)) for name in FIELDS if name not in ("when", "outlet", "capacity")},
        "when": when(training, zone),
        "capacity": str(training.capacity) if training.capacity else "不限",
        "outlet": outlet,
    }
    lines = [f"{label}：{written[name]}" for name, label in FIELDS.items() if written[name]]
    if made is not None:
        lines.append(f"讲师确认课件：{made.astimezone(zone):%Y-%m-%d %H:%M}，{training.confirmed_by}记录")
    return lines


def _day(day: datetime) -> str:
    return f"{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"
