"""Every sentence the public reads, and those staff read in their chat. Short, warm, plain Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers import program
from knowledge.clauses import place_name

# Buttons
HUMAN = "转人工"
THAT_IS_IT = "对，就是问这个"
GOOD = "有帮助"
BAD = "没帮助"
AGREE = "同意"
DISAGREE = "不同意"
SERVICES = "服务清单"
GUIDE_ME = "帮我判断"
GUIDE_BACK = "上一步"
GUIDE_AGAIN = "重新开始"
LEAVE_GUIDE = "退出"
MY = "我的咨询"
PRIVACY = "个人信息"
BACK_TO_SERVICES = "返回服务清单"
EXPORT = "导出我的信息"
ERASE = "删除我的信息"
ERASE_SURE = "确认删除"
KEEP = "不删了"
WITHDRAW = "撤回同意"
RESUME = "恢复接收"
UNSUBSCRIBE = "退订"
CLAIM = "接单"
CLOSE = "办结"
DONE = "问题已解决，结束人工"
SOLVED_YES = "解决了"
SOLVED_NO = "没解决"
WORDS = "写几句"
FOLLOW_OK = "都好，谢谢"
FOLLOW_MORE = "还需要帮助"
SCORES: tuple[tuple[int, str], ...] = ((5, "非常满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意"))


# First contact and help
def welcome(outlet: str) -> str:
    """The greeting of /start."""
    return f"您好，这里是{outlet}的咨询助手“知询”。"


WELCOME_HOW = (
    "专利、商标、著作权、地理标志、商业秘密等问题，直接打字问我就行。"
    "我会按现行规定回答，并写明依据和日期；我说不准的，转给工作人员。"
)
EXAMPLES = "比如：商标公告后多久内可以提异议？发明专利申请费能减缴吗？"
HELP = (
    "直接输入问题就可以提问。也可以发送这些命令，或者对应的中文：\n"
    "/services 服务清单\n/guides 帮我判断\n/human 转人工\n/my 我的咨询\n/opinion 意见建议\n/surveys 问卷\n"
    "/trainings 培训\n/assets 知识产权台账和期限提醒\n/match 政策匹配\n"
    "/subscribe 订阅\n/pushes 往期推送\n/privacy 个人信息\n/stop 退订\n/help 帮助"
)
HELP_ADMINISTRATOR = (
    "推送：/broadcast 后面写上内容，先预览，另一位工作人员批准后发出；/broadcasts 看进度，/segments 看受众。"
)


def privacy_notice(outlet: str) -> str:
    """The short notice under the first reply."""
    return (
        f"个人信息告知：为了答复您，{outlet}会保存咨询内容和您在本渠道的账号标识，不作他用。"
        "请不要发送身份证号、银行卡号和还没公开的技术方案。"
        "点“同意”，我们可以给您发回访、评价邀请和政策推送；点“不同意”也照常答复，只是不主动打扰您。"
        "随时发送“个人信息”可以查看、导出或删除。"
    )


AGREED = "好的，已记下您的同意。只想收某些主题的推送，发送“订阅”来选；想停下来，随时发送“退订”。"
DISAGREED = "好的，我们不会主动给您发回访、评价邀请和推送。您照常提问就行。"
STOPPED = "已经退订。以后不再给您发推送、回访和评价邀请，您照常提问就行。"

# Limits and messages we can't use
EMPTY = "我没有收到文字内容。请把想问的问题用一句话写下来，比如：商标续展要多少钱？"
NO_WORDS = "我还看不懂表情和符号。请把想问的问题用文字写下来，或者转人工。"
ASK_PROMPT = "请直接写下您想问的问题，一句话就行。"
FILE_RECEIVED = (
    "文件已收到并登记。我还不能读文件里的内容，请把想问的问题用文字写下来；需要工作人员看文件的，请点“转人工”。"
)
FILE_NOTED = "您的文件已登记。我还不能读文件里的内容；需要工作人员看的，请点“转人工”。"
UNKNOWN_COMMAND = "没有这个命令。您可以直接输入问题，或者点下面的按钮。"
STALE_PRESS = "这个按钮已经失效了。请直接输入问题，或者点下面的按钮。"
CARD_GONE = "这条内容刚刚更新过，请把问题再输入一遍，我按最新规定答复您。"
UNSAID = "好的，上一条不算了，已告诉工作人员。他们能看到您撤回的是哪一条；接着说就行。"
UNSAID_EVENT = "撤回了一条消息"
NOTHING_TO_UNSAY = "没有可以撤回的：撤回只用于发给工作人员、还没有撤回的消息。要删除全部记录，请发送“个人信息”。"
EDIT_NOTED = "您修改的内容已经记下，工作人员会看到修改前后的两个版本。"


def too_long(length: int, limit: int) -> str:
    """The question is longer than we can search for."""
    return (
        f"您的这段话有 {length} 个字，我一次最多看 {limit} 个字。全文已经登记；请把最想问的一点写短些再发，或者转人工。"
    )


def throttled(per_minute: int) -> str:
    """Too many messages in a minute; said once."""
    return f"您发得有点快，我一分钟最多看 {per_minute} 条。您发来的都已登记，请过一分钟再继续；急事请点“转人工”。"


# Answers
GREETING = "您好！请直接说说您遇到的知识产权问题。"
THANKS = "不客气。还有问题随时问我。"
OUT_OF_SCOPE = "这个问题不属于知识产权公共服务的范围，我帮不上忙。如果我理解错了，请换个说法，或者转人工。"
ASKING_BACK = "您想问的是哪一个？点一下，或者把问题说得更具体些。"
WEAK = "这个问题我没有找到足够可靠的依据，不敢随便回答您。"
COMPLAINT = "谢谢您告诉我们。您的意见会由工作人员登记并答复。"
PERSONAL_CASE = "这要结合您的具体情况来看，由工作人员答复更稳妥。"
STILL_UNCLEAR = "我还是没能弄清您的意思，已帮您转给工作人员。"
FEEDBACK_GOOD = "谢谢您的反馈。"
FEEDBACK_BAD = "抱歉没帮上忙。换个说法再问一次，或者转给工作人员。"


def complaint_phone(phone: str) -> str:
    """Where to complain by phone."""
    return f"也可以拨打投诉电话：{phone}。"


def own_adviser(enterprise: str, adviser: str) -> str:
    """One line of who looks after an enterprise."""
    return f"{enterprise} · {adviser}。有事直接写在这里或点“转人工”，优先转给{adviser}。"


def basis(law: str, article: str, version: str) -> str:
    """依据, as in 《专利法》第四十二条（2020年10月17日版）."""
    return f"《{law}》{place_name(article)}" + (f"（{version_name(version)}）" if version else "")


def bases(texts: list[str]) -> str:
    """The line that names where an answer comes from."""
    return "依据：" + "；".join(texts)


def holds_on(day: date) -> str:
    """The day for which the answer holds."""
    return f"以上内容截至{day_name(day)}有效。"


def last_reviewed(day: date) -> str:
    """When somebody last compared the card with the law."""
    return f"最近核对：{day_name(day)}。"


def or_else(title: str) -> str:
    """One more question that may have been meant, in plain text, where nothing can be pressed."""
    return f"也可能是：{title}"


def local_answer(outlet: str) -> str:
    """Whose answer it is, where an outlet answers in its own way."""
    return f"这是{outlet}的答复。您不归这个网点服务的，请连同所在区县再问一次。"


def layer_of(outlet: str, *, is_own: bool) -> str:
    """Which layer answered, for staff."""
    return f"层级：{outlet}自己的卡片" if is_own else f"层级：市级统一的卡片（提问人归{outlet}，它没有改写这一张）"


def understood_as(title: str) -> str:
    """The question an answer is for, when it is not surely the one asked."""
    return f"按“{title}”回答您："


def in_the_law(words: str) -> str:
    """The law's own words below ours, where no frame can show whose they are."""
    return f"条文原文：{words}"


def repaired(question: str) -> str:
    """We understood a mistyped question differently from its letters."""
    return f"我按“{question}”来理解您的问题。"


def version_name(version: str) -> str:
    """``2020-10-17`` → 2020年10月17日版; a label stays."""
    try:
        return f"{day_name(date.fromisoformat(version))}版"
    except ValueError:
        return version


def day_name(day: date) -> str:
    """As in 2026年11月23日."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_name(moment: datetime, zone: ZoneInfo) -> str:
    """As in 11月24日（星期二）09:30, in the office's time."""
    local = moment.astimezone(zone)
    return f"{local.month}月{local.day}日（星期{'一二三四五六日'[local.weekday()]}）{local:%H:%M}"


# 转人工
NO_QUESTION_YET = "（还没有写明问题）"
PLEASE_WRITE = "请接着把您的问题发过来，会一并转给工作人员。"


def handed_over(number: str, due: str) -> str:
    """The ticket number and the promise, at once."""
    return f"已为您转人工，工单号 {number}。工作人员会在 {due} 前答复您，就发在这里。"


def after_hours(opening: str) -> str:
    """Nobody is at work now."""
    return f"现在是非工作时间，工作人员 {opening} 上班后按顺序办理。"


def nobody_there(at: str) -> str:
    """Working hours, but nobody who could take it."""
    return f"现在没有工作人员值班，{at} 起按顺序办理。"


def call_us(phone: str) -> str:
    """The other way to reach a person."""
    return f"急事请拨打咨询电话：{phone}。"


def already_handed_over(number: str, due: str) -> str:
    """转人工 pressed again."""
    return f"您的工单 {number} 已经受理，预计 {due} 前答复。补充的内容直接发过来就行。"


def added_to_ticket(number: str) -> str:
    """A message while the ticket waits for somebody to take it."""
    return f"已补充到工单 {number}，工作人员会一并看到。"


def answered_beside_ticket(number: str) -> str:
    """The assistant found an answer while the ticket waits."""
    return f"这条也补充进了工单 {number}，工作人员会看到。"


def staff_replied(number: str) -> str:
    """The small print above a reply by a person."""
    return f"工作人员答复（工单 {number}）"


def ticket_closed(number: str) -> str:
    """The ticket is closed; a new question starts anew."""
    return f"工单 {number} 已办结。之后再发消息，就是新的咨询。"


def poll_later(due: str) -> str:
    """To the asker: why nothing asks for a score yet."""
    return f"现在不打扰您：{due} 再请您评价这次服务，点一下就行。"


def ticket_withdrawn(number: str) -> str:
    """The asker no longer needs a person."""
    return f"好的，工单 {number} 已撤回。有问题随时再问。"


# Survey and follow-up
def survey(number: str) -> str:
    """The request for a score."""
    return f"工单 {number} 已办结，您对这次服务满意吗？点一下就行。"


SURVEY_THANKS = "谢谢您的评价。"
SOLVED_QUESTION = "您的问题解决了吗？"
SOLVED_THANKS = "谢谢，已记下。"
UNSOLVED = "抱歉还没解决。点“转人工”，我们接着办。"
WORDS_PROMPT = "请写下您想说的话，下一条消息会作为评价意见记录。"
WORDS_THANKS = "谢谢，您的意见已经记下。"


def score_reminder(number: str) -> str:
    """One reminder, a day later."""
    return f"前一天办结的工单 {number} 还没有收到您的评价。方便的话点一下，帮助我们改进；不想评价不用理会。"


GENERAL_FOLLOW_UP = "您好，这里回访一下：您 {closed_on}办结的咨询（工单 {number}），后来都顺利吗？"


def follow_up(number: str, closed_on: date, question: str = "") -> str:
    """The follow-up some days after closing, in the words of its rule."""
    return (question or GENERAL_FOLLOW_UP).format(number=number, closed_on=f"{closed_on.month}月{closed_on.day}日")


FOLLOW_UP_OK = "太好了，谢谢您告诉我们。"
FOLLOW_UP_GOING = "好的，记下了。有需要随时找我们。"
FOLLOW_UP_MORE = "好的，我们接着帮您。"

# 我的咨询、服务清单
MY_EMPTY = "您还没有咨询记录。直接输入问题就可以开始。"
NOT_HERE = "您在这里没有这个编号的记录。请到当时咨询的渠道查看；电话、到访登记的，请点“转人工”，由工作人员核对。"
MY_TICKETS = "您的工单"
MY_CONSULTATIONS = "最近的咨询"
MY_ADVISERS = "您企业的服务专员"
BASIC_ITEMS = "基础服务"
VALUE_ADDED_ITEMS = "增值服务"
SERVICE_FIELDS: Mapping[str, str] = {
    "conditions": "受理条件",
    "audience": "服务对象",
    "channels": "获取途径",
    "materials": "申请材料",
    "steps": "办理流程",
    "time_limit": "办结时限",
    "result": "办理结果",
    "supervision": "监督评价渠道",
}
INCLUDES = "服务内容"


def pack_source(name: str, status: str) -> str:
    """Where the list of services comes from."""
    return f"依据：{name}" + (f"（{status}）" if status and status not in name else "")


SERVICES_HOW = "点一项看办事指南，或者直接输入您的问题。"

# 引导
GUIDES = "拿不准时，我一步一步问，您点选项就行，最后给出建议和依据。您想判断哪一件？"
NO_GUIDES = "目前没有可用的引导。您可以直接输入问题，或者转人工。"
GUIDE_LEFT = "好的，已退出引导。有问题直接输入就行。"
GUIDE_CHANGED = "这份引导在您上次选择之后更新过，请从头再选一次，用不了几步。"
GUIDE_GONE = "这份引导已经停用了。您可以看看别的引导，或者直接输入问题。"
BACK_WORDS = frozenset({"上一步", "返回", "返回上一步", "后退", "上一题"})
AGAIN_WORDS = frozenset({"重新开始", "重来", "重选", "重新来", "从头开始"})
LEAVE_WORDS = frozenset({"退出", "退出引导", "不选了", "算了", "结束"})
GUIDE_WORDS = BACK_WORDS | AGAIN_WORDS | LEAVE_WORDS


def guide_progress(title: str, number: int, most: int) -> str:
    """Which question this is, how many there can be, and how to answer."""
    return f"{title} · 第 {number} 步，最多 {most} 步。点一个选项，或者输入它的序号、文字。"


def no_such_option(n_options: int) -> str:
    """A number that is no option."""
    return f"没有这个序号，请在 1–{n_options} 之间选；拿不准就点“转人工”。"


def try_guide(title: str) -> str:
    """The button that offers a guide below an answer."""
    return f"帮我判断：{title}"


def back_to_guide(title: str) -> str:
    """The button back to the step left for a question."""
    return f"接着判断：{title}"


def guide_told(title: str) -> str:
    """What the assistant told at the end of a guide, for staff."""
    return f"助手给出的结论：{title}"


# 保密咨询
CONFIDENTIAL = "保密咨询"
CONFIDENTIAL_END = "取消保密"
CONFIDENTIAL_NOW = (
    "已开启保密咨询。您的咨询（包括以前的）在工作人员的清单、工单和导出的表里都只写“保密服务对象”，不显示编号，"
    "也不附上您以前问过什么。答复照常，办理的人仍能看到脱敏后的问题。"
    "开启以前已经发到工作人员群里的消息收不回来。想恢复，发送“取消保密”。"
)
CONFIDENTIAL_NO_MORE = "已取消保密，按一般咨询办理。需要时再发送“保密咨询”。"
CONFIDENTIAL_EVERYWHERE = "您关联的另一个渠道同样生效。"
CONFIDENTIAL_IS_ON = "您已开启保密咨询。"
UNPUBLISHED = (
    "提醒：还没申请专利的技术内容，请先不要在聊天里写细节（结构、配方、参数、图纸）。"
    "一旦公开，可能就不具备新颖性，不能再授予专利权（《专利法》第二十二条）。"
    "只说想办什么事，我照样可以答；要谈内容，请转人工约当面谈，或先发送“保密咨询”。"
)


# 个人信息
PRIVACY_WHAT = (
    "我们保存：您在本渠道的账号标识和昵称、咨询内容和答复、工单、评价和回访结果、您的同意记录。"
    "用途只有答复咨询、改进服务和按要求归档。离开档案的内容会先脱敏。"
)


def kept_for(consultation_days: int, message_days: int) -> str:
    """How long it is kept."""
    return (
        f"咨询的问题和答复保存 {consultation_days} 天，聊天往来的副本保存 {message_days} 天，到期自动清除文字、"
        "账号和姓名，只留编号和统计数字；您也可以现在就删除。"
    )


CONSENT_STATES: Mapping[str, str] = {
    "": "您还没有选择是否接收回访、评价邀请和推送。",
    "given": "您已同意接收回访、评价邀请和推送。",
    "refused": "您选择了不接收回访、评价邀请和推送。",
}
ERASE_ASK = (
    "删除后，您的账号标识、昵称和所有咨询文字都会清除，无法恢复；正在办理的工单会撤回。"
    "只留下不含个人信息的编号和统计数字。已经发到工作人员群里的消息不在我们手中，无法收回。确定要删除吗？"
)
ERASE_LINKED = "您关联的另一个渠道不受影响，也要删除的话，请在那边再说一次“删除我的信息”。"
ERASED = "已删除您的个人信息。今后再来咨询，会作为新的服务对象。"
EXPORT_LEAD = "以下是我们保存的与您有关的全部信息："

# 问卷
SURVEYS = "现在可以填这些问卷，点一个开始："
NO_SURVEYS = "现在没有开放填写的问卷。"
SURVEY_GONE = "这份问卷已经停用了，您之前的回答仍然保留。"
SURVEY_CHANGED = "这个按钮已经失效了，没有改动您的回答。请接着答下面这一题。"
ANONYMOUS_EDIT = "匿名问卷的回答交出之后不能修改，您刚才的修改没有保存。"
SURVEY_DONE = "问卷已经填完，谢谢您！"
CHOOSE_ONE = "请至少选一项，再点“选好了”。"
CHOOSE_SEVERAL = "可以选几项，选完点“选好了”；也可以直接输入序号，例如 1、3。"
WRITE_HERE = "请直接把回答发过来。"
CHOSEN = "选好了"
WRITE = "填写"
SKIP = "跳过"


def survey_invitation(name: str) -> str:
    """The head of an invitation."""
    return f"邀请您填写《{name}》。"


def survey_reminder(name: str, closes: date | None) -> str:
    """The one reminder."""
    until = f"，{day_name(closes)}截止" if closes else ""
    return f"《{name}》还没有收到您的回答{until}。方便的话请填一下；不想填不用理会，不会再提醒。"


def survey_progress(number: int, most: int) -> str:
    """Which question this is."""
    return f"第 {number} 题，最多 {most} 题"


def survey_chosen(chosen: Sequence[str]) -> str:
    """What was chosen so far of several."""
    return f"已选：{'、'.join(chosen)}。再点一次取消，选完点“{CHOSEN}”。"


def survey_closed(name: str, closed_on: date) -> str:
    """It is over."""
    return f"《{name}》已于 {day_name(closed_on)}截止，这次的回答没有计入。谢谢您！"


def survey_early(name: str, opens_on: date) -> str:
    """It has not begun."""
    return f"《{name}》从 {day_name(opens_on)}开始，请到时再填。"


def survey_answered(name: str) -> str:
    """Nobody answers twice."""
    return f"您已经填过《{name}》，回答都在，不用再填。谢谢您！"


# 关联渠道
LINK = "关联渠道"
UNLINK = "取消关联"
LINKED = "已关联。以后在一个渠道联系不上您时，回访会发到另一个渠道。点“我的咨询”，两边看到的都是全部记录和工单进度。"
LINKED_ELSEWHERE = "您的关联码刚刚用过了：那边已能看到您的咨询记录和工单进度。如果不是您本人操作，请点“取消关联”。"
UNLINKED = "好的，已取消关联，两边不再看到对方的记录。"
LINK_CODE_WRONG = "关联码不对或已过期。请在原来的渠道重新发送 /link，再把新的关联码发过来。"
LINK_TO_ITSELF = "请到另一个渠道（比如网站咨询窗口或 Telegram）发送这个关联码，在同一个渠道里不用关联。"


def link_code(code: str) -> str:
    """How to link the other channel."""
    return (
        f"请在 30 分钟内，到另一个渠道（另一台设备上的网站咨询窗口或 Telegram）发送：/link {code}。"
        "关联码只能用一次；不要告诉别人，用它的人看得到您的咨询。"
    )


# Staff
STAFF_HELP = (
    "在工单话题里：接单后直接打字就是答复服务对象；/note 内部备注；/close 办结。\n"
    "在群里：/tickets 看待办；/claim 工单号、/reply 工单号 内容、/note 工单号 内容、/close 工单号。\n"
    "/visits 看要打电话或上门的回访；/visit 编号 结果 说明，记录回访结果。\n"
    "/unvisited 看很久没有走访的重点企业。\n"
    "/match 在工单话题里看对方可以了解哪些申报项目。\n"
    "/gaps 看没答好的问题；/why 咨询编号 看为什么这样答。\n"
    "/card 把办结的工单转为知识卡片草稿；/drafts 看草稿，/draft 编号 看一张；/drafts 改写 看网点改写。\n"
    "/broadcast 内容 起草推送，/broadcasts 看推送和进度，/segments 看受众。\n"
    "/policies 看待审核的政策，/policies 待复核 看到期要核对的；"
    "/policy 编号 看一个版本；/compare 名称 旧版年份 新版年份，看改了什么。\n"
    "直接发来政策文件，或者发 导入 网址，先看预览；信息不对的用 /correct 文件编号 项目 内容 改好，再提交审核。"
)
WHY = "为什么这样答"
WHY_HOW = "请在命令后写咨询编号，例如 /why ZX-20261123-0001。编号在 archive 里可以查到。"
WHY_UNKNOWN = "没有找到这条咨询，请检查编号，例如 ZX-20261123-0001。"
WHY_ERASED = "这条咨询的内容已按本人要求或保存期限清除，过程也一并清除了。"
WHY_NO_WORDS = "这条咨询没有文字，没有检索。"
WHY_NO_TRACE = "当时没有留下过程（旧记录，或文件、超长消息等没有检索）。下面是今天重新回答的过程："
WHY_SAME = "今天重新回答：结果相同。"
WHY_CHANGED = "今天重新回答，有变化："
WHY_CARD_GONE = "今天重新回答：这张卡片已经没有了。"
SEND_ANYWAY = "仍然发送"
REVISE = "改一改"
REVISE_HOW = "好的，这条没有发出。请把改好的答复再发一遍。"
DRAFT_GONE = "这条答复已经处理过了，不会再发。"
SENT_ANYWAY = "引用有疑问，经确认仍然发送。"


def reply_held(sentences: Sequence[str]) -> str:
    """A reply is kept back: what is wrong with its citations, and what to do."""
    wrong = "\n".join(f"· {each}" for each in sentences)
    return f"先没有发给服务对象，引用的条款请再看一下：\n{wrong}\n改好再发一遍就行；确认无误，点“{SEND_ANYWAY}”。"


def draft_of_another(number: str, name: str) -> str:
    """Only its author may send a reply held back."""
    return f"{number} 由 {name} 办理，这条答复由 {name} 决定。"


def not_verified(sentences: Sequence[str]) -> str:
    """What nobody could look up; the text went out all the same."""
    return "提示：" + "".join(sentences) if sentences else ""


NO_TICKETS = "没有待办工单。"
WHICH_TICKET = "没认出是哪张工单。请在工单话题里发，或在命令后写工单号，例如 /claim GD-20261123-0001。"
NOTE_KEPT = "已记为内部备注，没有发给服务对象。"
CLAIM_FIRST = "还没有人接单，这句话没有发给服务对象，已记为内部备注。请先点“接单”。"
REPLY_EMPTY = "答复内容是空的，没有发出。"
STAFF_STALE = "这个按钮已经失效了。发送 /tickets 查看待办。"
WAS_BLOCKED = "注意：对方已停用本渠道，答复可能送不到，请改用电话联系。"


def staff_thread_title(number: str, kind: str, state: str) -> str:
    """The title of a staff thread."""
    return f"{number} {kind} {state}"


def staff_new_ticket(number: str, kind: str, due: str) -> str:
    """The head of the notice to staff."""
    return f"新工单 {number}（{kind}），请在 {due} 前答复"


def staff_question(contact_id: int, question: str, *, is_secret: bool) -> str:
    """The question, masked; the asker appears as a number only."""
    return f"{'保密服务对象' if is_secret else f'服务对象 {contact_id}'}：{question}"


def staff_history(lines: list[str]) -> str:
    """What the same person asked before."""
    return "之前问过：\n" + "\n".join(lines)


def staff_candidates(lines: list[str]) -> str:
    """What the assistant found, for the one who answers."""
    return "可参考：\n" + "\n".join(lines)


def staff_asker_wrote(text: str) -> str:
    """A message of the asker while the ticket is open."""
    return f"服务对象：{text}"


def staff_asker_unsaid(text: str) -> str:
    """The asker took a message back."""
    return f"服务对象撤回了一条消息，请不要再按它办理。原文：{text}"


def staff_asker_edited(old: str, new: str) -> str:
    """The asker changed a message."""
    return f"服务对象修改了消息。\n原文：{old}\n改为：{new}"


def staff_asker_file(names: str) -> str:
    """The asker sent files while the ticket is open."""
    return f"服务对象发来文件：{names}"


def staff_claimed(number: str, name: str) -> str:
    """Somebody took the ticket."""
    return f"{number} 已由 {name} 接单。接单人在这里直接打字，就会发给服务对象。"


def staff_sent(number: str) -> str:
    """The reply is on its way."""
    return f"已答复 {number} 的服务对象。"


def staff_closed(number: str, name: str) -> str:
    """The ticket is done."""
    return f"{number} 已由 {name} 办结。"


def staff_poll_later(due: str) -> str:
    """When the score is asked for, if not at once."""
    return f"满意度评价 {due} 发给对方。"


STAFF_NO_POLL = "对方不希望我们主动联系，不发满意度评价和回访。"


def staff_asker_done(number: str) -> str:
    """The asker ended it."""
    return f"{number} 的服务对象表示问题已解决，工单已结束。"


def staff_asker_left(number: str) -> str:
    """The asker called it off."""
    return f"{number} 已由服务对象撤回，无需再办理。"


def staff_held_by(number: str, name: str) -> str:
    """Somebody else holds it."""
    return f"{number} 已由 {name} 接单，这句话没有发给服务对象，已记为内部备注。"


def refused_move(number: str, state: str, target: str, holder: str) -> str:
    """A ticket can't become what somebody asked for."""
    if state == "archived":
        return f"{number} 已经归档，不能再办理。服务对象再来咨询时会有新的工单。"
    if target == "open" and state not in ("closed", "withdrawn"):
        return f"{number} 还没有办结，不用重新办理。"
    if target == "claimed" and holder and state in ("claimed", "replied"):
        return f"{number} 已由 {holder} 接单。"
    if state in ("open", "assigned"):
        return f"{number} 还没有人接单，请先接单。"
    if state in ("closed", "withdrawn"):
        return f"{number} 已经{'办结' if state == 'closed' else '由服务对象撤回'}，不能再办理。" + (
            f"要接着办，发送 /reopen {number}。" if state == "closed" else ""
        )
    return f"{number} 现在的状态不能这样操作。"


def staff_ticket_line(number: str, state: str, due: str, holder: str) -> str:
    """One line of /tickets."""
    return f"{number} · {state} · {due} 前" + (f" · {holder}" if holder else "")


# Follow-ups by phone or visit (staff)
NO_VISITS = "没有待办的电话或上门回访。"
VISIT_HOW = (
    "记录结果：/visit 编号 结果 方式 说明，例如 /visit 12 顺利 上门 已经拿到受理通知书。\n"
    "结果：顺利、还在办、还需要帮助、未联系上；方式：电话（不写就是它）、上门、邮件。补问评价的，结果写非常满意到很不满意。"
)
NO_SUCH_FOLLOW_UP = "没有这个编号的回访。发送 /visits 查看待办的回访。"
NOT_ASKED_FOR_SCORE = "这次回访问的不是评分。结果请写：顺利、还在办、还需要帮助、未联系上。"
RECORDED_MEANWHILE = "刚刚已有人记录了这次回访，没有重复记录。发送 /visits 查看最新的待办。"
FOLLOW_UP_NOT_DUE = "这次回访还没到时间，不用提前记录。"
FOLLOW_UP_CANCELLED = "这次回访已取消（对方不愿再被打扰、已删除信息，或已经给了评价），不用再联系，也没有记录。"
THE_ASKER = "服务对象本人"
SAID_MORE = "回访时说还需要帮助"
SAID_UNSOLVED = "没解决"
SCORE_SCRIPT = "问：对这次服务满意吗？非常满意、满意、一般、不满意还是很不满意？为什么？"


def low_score(score: int) -> str:
    """Why there is an improvement item."""
    return f"评分 {score}（{dict(SCORES)[score]}）"


def staff_task(follow_up_id: int, kind: str, cause: str) -> str:
    """The head of a task."""
    return f"{kind} {follow_up_id}：请打电话或上门（{cause}）"


def staff_task_overdue(follow_up_id: int, kind: str) -> str:
    """A task past its time."""
    return f"{kind} {follow_up_id} 已过时限，还没有记录结果，请尽快联系。"


def staff_task_for(number: str, contact_id: int, due: str, *, is_secret: bool) -> str:
    """For whom, and until when."""
    who = "保密服务对象" if is_secret else f"服务对象 {contact_id}"
    return f"{who}，工单 {number}，请在 {due} 前联系并记录结果。"


def staff_script(steps: Sequence[str]) -> str:
    """What to say."""
    return "话术：\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(steps, start=1))


def staff_task_line(follow_up_id: int, kind: str, *, number: str, cause: str, due: str) -> str:
    """One line of /visits."""
    return f"{follow_up_id} · {kind} · {number} · {cause} · {due} 前"


def staff_recorded(follow_up_id: int, result: str, number: str) -> str:
    """The result is kept; for 还需要帮助 with the ticket that takes care of it."""
    return f"已记录：回访 {follow_up_id}，{result}。" + (f"已转到工单 {number} 接着办。" if number else "")


def staff_try_again(follow_up_id: int, n_tried: int, most: int, when: str) -> str:
    """Nobody was reached."""
    return f"已记录：回访 {follow_up_id} 第 {n_tried} 次未联系上（最多 {most} 次），请在 {when} 前再联系一次。"


def recorded_before(follow_up_id: int, result: str, who: str) -> str:
    """There is a result already."""
    return f"回访 {follow_up_id} 已经有结果：{result}（{who}），没有改动。"


def asked_in_follow_up(number: str, words: str) -> str:
    """The question of a ticket that a follow-up opened."""
    return f"回访工单 {number} 时，对方说还需要帮助" + (f"：{words}" if words else "。")


# Gaps and card drafts (staff)
NO_GAPS = "最近没有未答好的问题。"
GAPS_LEAD = "未答问题，最急的在前（个人信息已遮盖）："


def secret_gaps(n_questions: int) -> str:
    """What lists of gaps say of those who ask in secret."""
    return f"另有 {n_questions} 个保密咨询的问题没答好，内容不列出。"


GAP_WANTS_WORDING = "补充问法"
GAP_WANTS_FILLING = "补齐卡片"
GAP_WANTS_CARD = "新卡片"


def staff_gap(  # noqa: PLR0913  one line, each part once
    place: int, question: str, *, n_contacts: int, n_times: int, last: str, advice: str, near: str
) -> str:
    """One line of /gaps."""
    head = f"{place}. {question[:60]}\n  {n_contacts} 人问过，共 {n_times} 次，最近 {last} · 建议：{advice}"
    return head + (f"（最近的卡片：{near}）" if near else "")


SELF_CHECK_SHOWN = 5


def staff_self_check(fresh: Sequence[str], n_all: int) -> str:
    """What the nightly check found for the first time, and how much there is in all."""
    lines = [f"{n}. {reason}" for n, reason in enumerate(fresh[:SELF_CHECK_SHOWN], start=1)]
    more = f"\n另有 {len(fresh) - SELF_CHECK_SHOWN} 处新的。" if len(fresh) > SELF_CHECK_SHOWN else ""
    others = f"（连同以前的共 {n_all} 处）" if n_all > len(fresh) else ""
    return (
        f"知识库夜间自检：新发现 {len(fresh)} 处互相矛盾{others}。\n" + "\n".join(lines) + more + "\n"
        "请核对原文后修改卡片或事实；确认没有错的，写进实例文件夹的 reviewed.toml。运行 check 可以查看全部。"
    )


_SEALED = {
    "consultation": "咨询",
    "ticket": "工单",
    "ticket_event": "工单经过",
    "ticket_message": "工单留言",
    "audit_entry": "操作留痕",
    "opinion": "意见台账",
    "opinion_event": "意见办理经过",
    "referral": "对接",
    "referral_event": "对接经过",
    "broadcast_event": "推送经过",
    "typical_case": "典型案例",
    "typical_case_event": "典型案例经过",
}
_SEAL_FAULTS = {
    "facts": "登记的内容（编号、时间、结果等）和封存时不一样",
    "words": "文字（问题、答复或留言）和封存时不一样",
    "missing": "这条记录不见了",
    "state": "现在的状态和办理经过对不上",
    "link": "这一号封存被改动过",
    "gap": "这一号封存不见了",
    "end": "链尾和登记的末号不符，末尾可能被截掉了",
    "code": "和先前记下的封存码不符，封存链被重写或截短过",
}
SEALS_FIRST_STEP = "请先保留现状（不要继续操作，复制一份实例文件夹），再与备份核对，并报告负责人。"


def unfiled(received_id: int) -> str:
    """A message that is not in the archive."""
    return f"来信 {received_id} 没有进入咨询档案或工单。"


def staff_unfiled(found: Sequence[str]) -> str:
    """Messages that came in and of which there is no record."""
    shown = "\n".join(found[:SELF_CHECK_SHOWN])
    return f"夜间核对：有 {len(found)} 条来信没有记录。\n{shown}\n{SEALS_FIRST_STEP}"


def sealed_record(kind: str, number: str, record_id: int) -> str:
    """A record as staff know it; a record that is gone has only its place in the database."""
    return f"{_SEALED[kind]} {number}" if number else f"{_SEALED[kind]}（内部编号 {record_id}）"


def seal_fault(what: str, position: int, name: str) -> str:
    """One thing that does not agree with the chain of seals."""
    if what == "unsealed":
        return f"{name}：没有封存，不是由本程序写入的。"
    place = f"第 {position} 号封存"
    return f"{place}，{name}：{_SEAL_FAULTS[what]}。" if name else f"{place}：{_SEAL_FAULTS[what]}。"


def seals_are_whole(n_seals: int, n_records: Mapping[str, int], n_erased: int) -> str:
    """Nothing was changed past the program."""
    counts = "，".join(f"{_SEALED[kind]} {count:,} 条" for kind, count in n_records.items() if count) or "还没有记录"
    erased = f"；其中 {n_erased:,} 条的文字已按规定清除，有封存为证" if n_erased else ""
    return f"档案完好：{n_seals:,} 号封存首尾相接，{counts}，都和封存时一致{erased}。"


def first_seal_fault(fault: str, n_all: int) -> str:
    """Where the archive stops being what it was."""
    more = f"一共 {n_all} 处，按先后：" if n_all > 1 else ""
    return f"档案和封存对不上。第一处：{fault}\n{SEALS_FIRST_STEP}{more}"


def no_such_consultation(number: str) -> str:
    """A sheet was asked for by a number nobody has."""
    return f"没有编号为 {number} 的咨询：用 archive 加词语可以查到编号，例如 ZX-20261123-0001。"


def days_reversed(first: date, last: date) -> str:
    """An export that ends before it begins."""
    return f"开始日期 {first} 在结束日期 {last} 之后：请把 --from 和 --to 对调。"


def nothing_to_export(first: date, last: date) -> str:
    """No consultation came on these days."""
    return f"{first} 到 {last} 没有咨询记录：请换一段日期。"


def file_exists(file: str) -> str:
    """Nothing is overwritten."""
    return f"文件 {file} 已经存在，没有覆盖：请换个名字，或先移走它。"


def no_such_folder(folder: str) -> str:
    """A file was to be written where nothing is."""
    return f"文件夹 {folder} 不存在：请先建好，或换个位置。"


def seal_code(code: str) -> str:
    """The head of the chain, to be noted elsewhere."""
    return f"封存码：{code}（抄下或打印，以后用 verify --code 核对：此前的记录有没有被整体改写）"


def staff_seals(fresh: Sequence[str]) -> str:
    """What the nightly look found changed in the archive."""
    lines = [f"{n}. {each}" for n, each in enumerate(fresh[:SELF_CHECK_SHOWN], start=1)]
    more = f"\n另有 {len(fresh) - SELF_CHECK_SHOWN} 处。" if len(fresh) > SELF_CHECK_SHOWN else ""
    return (
        "档案夜间核验：有记录和封存对不上。\n"
        + "\n".join(lines)
        + more
        + f"\n{SEALS_FIRST_STEP}运行 verify 可以查看全部。"
    )


def start_draft(place: int, advice: str) -> str:
    """The button under /gaps."""
    return f"{place}. {advice}"


MAKE_CARD = "转为知识卡片草稿"
ADD_WORDING = "加为已有卡片的问法"
NEW_CARD = "仍建新卡片"
SUBMIT = "提交审核"
PUBLISH = "发布"
GIVE_BACK = "退回修改"
REJECT = "不通过"
TAKE_DOWN = "撤下"
TELL_ASKERS = "通知提问人"
SHOW_DRAFT = "看全文"
GAP_GONE = "这个问题已经有了草稿或答案。发送 /gaps 看最新的清单。"
DRAFT_WITHOUT_QUESTION = "没有可以公开的问题文字，不能转为卡片。"
DRAFT_ANSWERED_BY_TICKET = "补上工单里的答复"
DRAFT_WIDENED = "补充问法"
DRAFT_CHANGED = "草稿在您看过之后又改了，请先看现在的样子，再接着办。"
DRAFT_CARD_GONE = "要补充问法的那张卡片已经不在，或还没有答复。"
DRAFT_PERSONAL = "个人信息（把标着〔略〕的地方改写掉）"
DRAFT_NO_SOURCE = "出处（写《…》第…条；依据是网点自己的公示牌、通知的，先导入那份文件，再写它的名称和条号）"
DRAFT_CHOOSE_IN_WORDS = "在命令后面加上“问法”（加为已有卡片的问法）或“新卡片”。"
NO_DRAFTS = "没有卡片草稿。"
WHICH_DRAFT = "没认出是哪张草稿。请写草稿编号，例如 /draft 3。"
DRAFT_HOW_TO_EDIT = (
    "修改：/draft 编号 字段 内容，例如 /draft 3 答复 可以分期。\n"
    "字段：标题、答复、补充、问法、反例、出处、事项；补充、问法、反例一行一条，出处写《…》第…条。"
)
NOT_ANSWERING_YET = f"这张卡片现在还不能作答，没有通知。请过几秒再试；仍不行，请运行 {program.name()} check。"
DRAFT_SAVED = "已保存。"
DRAFT_FIELDS: Mapping[str, str] = {
    "title": "标题",
    "variants": "问法",
    "negatives": "反例",
    "answer": "答复",
    "details": "补充",
    "citations": "出处",
    "service_item": "事项",
    "effective_from": "施行日期",
    "effective_to": "失效日期",
    "review_due": "复核日期",
    "outlet": "网点",
    "override_reason": "改写理由",
}


def draft_of_open_ticket(number: str) -> str:
    """Only what is finished becomes a card."""
    return f"工单 {number} 还没有办结，办结后再转为卡片。"


def draft_without_reply(number: str) -> str:
    """Nobody answered."""
    return f"工单 {number} 里没有工作人员的答复，不能转为卡片。"


def draft_without_words(number: str) -> str:
    """Nothing but courtesy and personal data."""
    return f"工单 {number} 的答复去掉称呼和个人信息后没有内容，不能转为卡片。"


def no_draft(draft_id: int) -> str:
    """An unknown number."""
    return f"没有编号为 {draft_id} 的草稿。"


def draft_edited(fields: list[str]) -> str:
    """One line of the history."""
    return f"修改了{'、'.join(fields)}"


def draft_lacks(fields: list[str]) -> str:
    """What must be filled in first."""
    return f"还缺：{'、'.join(fields)}。"


def draft_proof(names: Iterable[str]) -> str:
    """Sources in which nothing was found that the answer says too, and what helps."""
    return (
        f"出处关键词（{'、'.join(names)}里没有找到与答复相同的词：请核对名称、条号，以及它现在是否施行；"
        "网点自己的公示牌、通知要先导入，填好名称、施行日期和网点，答复照它的原文写；然后把出处再填一次）"
    )


def draft_unproven(reasons: Iterable[str]) -> str:
    """Why a card can't be published."""
    return "不能发布：\n" + "\n".join(f"· {each}" for each in reasons)


def draft_too_long(field: str, longest: int) -> str:
    """A field holds too much."""
    return f"{field}太长，最多 {longest} 个字。"


def cards_unwritable(reason: str) -> str:
    """The card folder can't be written."""
    return f"卡片文件写不进去（{reason}），没有发布，草稿不变。请检查实例文件夹 cards 的权限和磁盘空间后再试。"


def asked_before(question: str) -> str:
    """The asker's own words, back to them."""
    short = question if len(question) <= 100 else f"{question[:100]}……"
    return f"您之前问过：{short}"


NOW_ANSWERED = "这个问题现在有答案了："


def unknown_service(code: str) -> str:
    """No such service item."""
    return f"没有 {code or '（空）'} 这个服务事项，请写 B01–B15 或 V01–V04。"


def no_day(words: str) -> str:
    """Not a day."""
    return f"看不懂日期 {words}：请写成 2026-11-23 这样。"


def draft_head(draft_id: int, state: str, kind: str) -> str:
    """The first line of a draft."""
    return f"草稿 {draft_id} · {state} · {kind}"


DRAFT_KINDS: Mapping[str, str] = {
    "card": "新卡片",
    "filling": "补齐空卡片",
    "wording": "补充问法",
    "override": "网点改写",
    "local": "网点卡片",
}


OVERRIDE_STAYS = "改写属于它的网点，不能改成别的。请撤下这一份，再为那个网点建一份。"
OVERRIDE_STANDS = "再看过：原卡片变了，这一改写仍然适用"
OVERRIDE_STATES: Mapping[str, str] = {
    "fits": "生效中",
    "outdated": "原卡片已变，请再看",
    "held": "依据待核，转人工",
}
OVERRIDES = "改写"  # what stands behind /drafts
STILL_FITS = "仍然适用"
NO_OVERRIDES = "没有网点改写市级卡片。"
OVERRIDE_NEEDS_REASON = "请写明改写的理由。"


def no_outlet(words: str, known: Sequence[str]) -> str:
    """There is no such outlet."""
    return f"没有网点“{words[:20]}”。现有：{'、'.join(known) or '还没有设置网点，见 duty 里的 [[outlet]]'}。"


def no_common_card(card_id: str) -> str:
    """There is nothing everybody has to be overridden."""
    return f"没有编号是 {card_id[:40]} 的市级卡片。编号见 check --empty、tickets 的建议，或答复的 why。"


def is_overridden(number: int, state: str) -> str:
    """The outlet answers in its own way already."""
    return f"这个网点已经有一份改写：草稿 {number}（{state}）。要换内容，请先撤下它。"


def override_stands(number: int) -> str:
    """Somebody looked again."""
    return f"改写 {number} 已再看过，继续生效。"


def override_in_list(number: int, outlet: str, title: str, reason: str, state: str) -> str:
    """One line of /drafts 改写."""
    return f"{number} · {outlet} · {title} · {state}\n理由：{reason}"


def draft_line(field: str, value: str) -> str:
    """One field of a draft."""
    return f"{field}：{value or '（空）'}"


def draft_people(author: str, reviewer: str, n_askers: int) -> str:
    """Who wrote it, who reviewed it, how many people asked."""
    return f"编写：{author}；审核：{reviewer or '（还没有）'}；{n_askers} 位提问人"


def draft_in_list(draft_id: int, state: str, kind: str, title: str, author: str) -> str:
    """One line of /drafts."""
    return f"{draft_id} · {state} · {kind} · {title} · {author}"


def draft_made(outcome: str, draft_id: int) -> str:
    """What became of 转为知识卡片草稿."""
    return {
        "made": f"已生成草稿 {draft_id}。",
        "existing": f"这个问题已有草稿 {draft_id}。",
        "joined": f"草稿 {draft_id} 问的是同一件事，已把这次的问法和提问人加进去。",
    }[outcome]


def draft_offered(title: str) -> str:
    """An existing card probably has the answer."""
    return f"卡片“{title}”可能已经答得上这个问题。请选一个："


def draft_moved(draft_id: int, state: str) -> str:
    """A draft's new state."""
    return f"草稿 {draft_id} 现在是“{state}”。"


def draft_published(draft_id: int, card_id: str) -> str:
    """A draft became a card."""
    return f"草稿 {draft_id} 已发布，几秒内生效（卡片 {card_id}）。生效后可以通知问过的人；要反悔，点“撤下”。"


def will_tell(n_people: int, n_others: int) -> str:
    """The preview before askers are told."""
    others = f"另有 {n_others} 位的问法这张卡片还答不上，不通知，仍列在未答问题里。" if n_others else ""
    if not n_people:
        return f"没有需要通知的提问人（已由工作人员答复、不接收、已得到答案或已通知）。{others}"
    return f"有 {n_people} 位提问人还没得到答案，可以通知他们。{others}通知的样子："


def tell_button(n_people: int) -> str:
    """The button under the preview."""
    return f"通知这 {n_people} 位"


def have_told(n_people: int, after: str) -> str:
    """The messages are in the outbox."""
    when = f"静默时段，{after} 发出" if after else "正在发出"
    return f"已安排通知 {n_people} 位提问人，{when}。" if n_people else "没有要通知的人了，不会重复通知。"
