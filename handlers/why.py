"""Why it was answered like that (为什么这样答): the way of any archived answer, and what would come out today.

What is told is what was written down when the answer was given: it stays true when cards and texts have changed since,
and is gone when the asker has their data erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from consultations import archive
from consultations.archive import Consultation
from consultations.masking import mask
from handlers import entry_wording, wording
from handlers.desk import Desk
from handlers.outlet_of_asker import answer_at
from handlers.record_sheet import CHANNELS
from handlers.talk import Replies, StaffTalk, office_time, say
from knowledge.explain import Trace, differences, masked
from knowledge.passages import Answer

ACTIONS: Mapping[str, str] = {
    "answer": "直接回答",
    "clarify": "反问",
    "escalate": "转人工",
    "out_of_scope": "不属于服务范围",
}
LABELS: Mapping[str, str] = {
    "question": "提问",
    "article": "引用条文",
    "out_of_scope": "不属于服务范围",
    "greeting": "问候",
    "thanks": "致谢",
    "human": "要求转人工",
    "to_person": "直接问工作人员",
    "complaint": "投诉、意见",
    "personal": "自己的个案",
    "urgent": "紧急",
    "danger": "有人身危险",
    "local": "问网点情况",
    "foreign": "问外国法律",
    "abuse": "辱骂",
    "wrongdoing": "要求协助违法",
    "injection": "试图操纵程序",
    "chitchat": "闲聊",
    "identity": "问我是谁",
    "empty": "没有文字",
}
REFUSALS: Mapping[str, str] = {
    "": "采用",
    "unsure": "把握不够，没有直接回答",
    "close": "和下一张差不多贴切，把握又不高",
    "other_matter": "问的事或方面和卡片不同，把握又不高",
    "silent": "问的是期限或金额，这张卡片没有说",
    "not_for": "卡片写明不回答这样的问题",
    "behind": "不如排在前面的贴切",
    "far": "差得太远",
}
# What each kind of evidence means (knowledge/evidence.py); a kind without a word here is shown by its name.
EVIDENCE: Mapping[str, str] = {
    "coverage": "检索覆盖",
    "rank": "检索得分占比",
    "match": "问法吻合",
    "recall": "问题被问法覆盖",
    "precision": "问法被问题覆盖",
    "fuzzy": "字面相似",
    "asked": "问法里有",
    "said": "卡片里有",
    "support": "其他问法也像",
    "negative": "像反例",
    "terms": "术语相同",
    "strange": "卡片没有的术语",
    "apart": "容易混淆的术语",
    "unasked": "卡片主题没被问到",
    "title": "标题吻合",
    "aspect": "问的方面相同",
    "other_aspect": "问的方面不同",
    "title_aspect": "标题问别的方面",
    "figure": "卡片讲期限或金额",
    "unfigured": "没有问法问期限或金额",
    "other_act": "办的事不同",
    "unasked_act": "卡片讲的事没被问到",
    "unsaid_act": "问的事卡片没讲",
    "unasked_aspect": "问的方面几乎没有问法问到",
    "exact": "与问法相同",
    "new_law": "卡片讲新法",
    "unsaid": "卡片没提到",
    "unknown": "有卡片没用过的生僻字",
    "beside": "卡片讲的没人问",
    "mute": "没有期限或金额",
    "undefined": "要解释的词不在标题",
    "condition": "条件卡片没有",
    "unconditioned": "卡片的条件没被问到",
    "realm": "同一领域",
    "other_realm": "不同领域",
}
LIMITS: Mapping[str, str] = {
    "answer_at": "直接回答",
    "plain_at": "不再多问",
    "beside_at": "不查是否答非所问",
    "close_within": "与下一张差得太近",
    "clarify_at": "反问",
    "ours_at": "属于本领域",
    "option_within": "选项差距",
    "article_at": "引用条文",
    "offer_article_at": "列出条文",
}
BRIEF_CARDS = 3
# What a message may be heard as where no pattern tells (knowledge/manner.py).
HEARD = frozenset({"complaint", "personal", "urgent"})


@dataclass(frozen=True)
class _Filed:
    """One consultation as it may be shown."""

    number: str
    created_at: datetime
    channel: str
    question: str
    raw_question: str
    trace: Trace | None
    card_id: str


def why(desk: Desk, name: str, *, is_brief: bool = False) -> str:
    """The way of one archived answer as text, masked; opens a reading session of its own.

    Args:
        desk: The office.
        name: The number of a consultation, or its id.
        is_brief: For a chat: without tokens and evidence.
    """
    with desk.reading() as session:
        found = archive.named(session, name)
        filed = _filed(found) if found else None
    if filed is None:
        return wording.WHY_UNKNOWN
    zone = office_time(desk.settings).zone
    channel = CHANNELS.get(filed.channel, filed.channel)
    head = f"{filed.number} · {filed.created_at.astimezone(zone):%Y-%m-%d %H:%M} · {channel}"
    if not filed.raw_question:
        return f"{head}\n{wording.WHY_ERASED if filed.trace == {} else wording.WHY_NO_WORDS}"
    lines = [head, f"问题：{filed.question}"]
    if entered := (filed.trace or {}).get("entry"):
        return "\n".join([*lines, entry_wording.why_recorded(entered["staff"])])
    if filed.trace and not filed.trace.keys() & {"looks", "pressed"}:  # the end of a guide (引导): nothing was searched
        filed = replace(filed, trace=None)
    lines += _told(filed.trace, is_brief=is_brief) if filed.trace else [wording.WHY_NO_TRACE]
    return "\n".join([*lines, *_again(desk, filed)])


# In a staff chat


def look_why(desk: Desk, text: str) -> str:
    """What ``/why`` shows, found before the turn's session opens."""
    return why(desk, text.split(maxsplit=1)[0], is_brief=True) if text.strip() else wording.WHY_HOW


def show_why(talk: StaffTalk) -> Replies:
    """``/why 咨询编号``, or the button under a ticket."""
    return (say(talk, talk.found or wording.WHY_HOW),)


def _filed(consultation: Consultation) -> _Filed:
    return _Filed(
        number=consultation.number,
        created_at=consultation.created_at,
        channel=consultation.channel,
        question=mask(consultation.question),
        raw_question=consultation.question,
        trace=consultation.trace,
        card_id=consultation.card_id,
    )


# --- what was written down ---


def _told(trace: Trace, *, is_brief: bool) -> list[str]:
    if pressed := trace.get("pressed"):
        return [f"按钮：直接打开卡片 {pressed}" + _of_day(trace), *_outcome(trace)]
    looks = [line for n, look in enumerate(trace["looks"], start=1) for line in _look(n, look, is_brief=is_brief)]
    return [*_reading(trace), *looks, *_measures(trace, is_brief=is_brief), *_outcome(trace)]


def _reading(trace: Trace) -> Iterable[str]:
    fired = f"（命中“{trace['fired']}”）" if trace["fired"] else ""
    yield f"读作：{trace['text']}"
    yield f"分类：{_label(trace['label'])}{fired}"
    if trace["label"] == "question" and trace["answer_label"] in HEARD:
        yield f"从整句话判断：{_label(trace['answer_label'])}"
    if trace["completed"]:
        yield f"承接上一问“{trace.get('previous', '')}”，补全为：{trace['completed']}"
    if len(trace["parts"]) > 1 or trace["parts"] != [trace["completed"] or trace["text"]]:
        yield "拆出的问题：" + "；".join(trace["parts"])
    if trace["day"]:
        yield f"问的日期：{trace['day']}"
    if trace["addresses"]:
        yield "问的条款：" + "、".join(trace["addresses"])
    if trace["terms"]:
        names = (text if text == official else f"{text}＝{official}" for text, official in trace["terms"])
        yield "术语：" + "、".join(names)
    if trace["repaired"]:
        yield f"按谐音改读为：{trace['repaired']}"


def _look(number: int, look: Mapping[str, object], *, is_brief: bool) -> Iterable[str]:
    yield f"检索 {number}：“{look['text']}”（{look['day']}）"
    if not is_brief and look["tokens"]:
        yield "  词：" + " ".join(_texts(look["tokens"]))
    if not is_brief and look["synonyms"]:
        yield "  同义词补充：" + " ".join(_texts(look["synonyms"]))
    action = ACTIONS.get(str(look["action"]), str(look["action"]))
    yield f"  判断：{action}，把握 {look['confidence']}，属于本领域 {look['scope']}"
    cards = look["cards"]
    assert isinstance(cards, list)
    for place, card in enumerate(cards[: BRIEF_CARDS if is_brief else None], start=1):
        yield from _card(place, card, is_offered=look["action"] == "clarify", is_brief=is_brief)
    if not cards:
        yield "  没有候选卡片"
    if not is_brief:
        yield from _hits(look["hits"])


def _card(place: int, card: Mapping[str, object], *, is_offered: bool, is_brief: bool) -> Iterable[str]:
    refusal = str(card["refusal"])
    reason = REFUSALS[refusal] + ("，列为选项" if is_offered and refusal != "far" else "")
    yield f"  {place}. {card['id']} {card['title']} 概率 {card['probability']}（{reason}）"
    if missing := card.get("missing"):
        yield f"     这张卡片还没有答复，要补：{missing}"
    evidence = card["evidence"]
    if not is_brief and isinstance(evidence, Mapping) and evidence:
        yield "     " + "，".join(f"{EVIDENCE.get(name, name)} {value}" for name, value in evidence.items())


def _hits(hits: object) -> Iterable[str]:
    assert isinstance(hits, list)
    if hits:
        yield "  命中：" + "；".join(f"{name} 得分 {score} 覆盖 {coverage}" for name, score, coverage in hits)


def _measures(trace: Trace, *, is_brief: bool) -> Iterable[str]:
    limits = "，".join(f"{LIMITS.get(name, name)} {value}" for name, value in trace["limits"].items())
    yield f"门槛：{limits}；校准于 {trace['calibrated_on'][:10]}"
    if not is_brief:
        yield f"索引：{trace['generation']}"


def _outcome(trace: Trace) -> Iterable[str]:
    card = f"，卡片 {trace['card']}（{trace['card_version']}）" if trace["card"] else ""
    action = ACTIONS.get(trace["action"], trace["action"])
    yield f"结果：{action}{card}，把握 {trace['confidence']}"
    if trace["card"] and trace.get("outlet"):
        yield wording.layer_of(trace["outlet_name"], is_own=bool(trace.get("layer")))
    if trace["sources"]:
        yield "依据：" + "；".join(wording.basis(*each) for each in trace["sources"])


def _label(name: str) -> str:
    return LABELS.get(name, name)


def _of_day(trace: Trace) -> str:
    return f"（按 {trace['day']} 的规定）" if trace.get("day") else ""


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


# --- the same question today ---


def _again(desk: Desk, filed: _Filed) -> list[str]:
    answer = _asked_again(desk, filed)
    if answer is None:
        return [wording.WHY_CARD_GONE]
    if not filed.trace:
        return _told(dict(answer.trace), is_brief=True) if answer.trace else []
    changed = differences(filed.trace, masked(dict(answer.trace), mask), names=ACTIONS)
    return [wording.WHY_SAME] if not changed else [wording.WHY_CHANGED, *(f"· {each}" for each in changed)]


def _asked_again(desk: Desk, filed: _Filed) -> Answer | None:
    today = office_time(desk.settings).day(desk.now())
    trace = filed.trace or {}
    outlet = trace.get("outlet", "")
    if pressed := trace.get("pressed"):
        day = date.fromisoformat(trace["day"]) if trace["day"] else None
        return desk.answerer.card(pressed, today, day=day, outlet=outlet)
    return answer_at(desk, filed.raw_question, today, previous=trace.get("previous", ""), outlet=outlet)
