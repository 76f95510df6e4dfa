"""A desk over a real database with a small answerer of our own, and an asker at every channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from sqlalchemy import Engine

from bot.database import sessions
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from consultations.questionnaires import SurveyBook, parse_questionnaire
from handlers.desk import Desk, OfficeSettings
from handlers.vouch import vouch
from knowledge.articles import articles_of
from knowledge.authored import CardCitation
from knowledge.guide import Guide, Leaf, Option, Step
from knowledge.guide_walk import book_of
from knowledge.guides import Guides
from knowledge.lawbook import Edition, LawBook, law_book
from knowledge.passages import Answer, Citation, Hit, Passage
from knowledge.proofread import Flaw, flaws
from tests.conftest import Clock
from tests.drivers import DRIVERS, STAFF_ROOM, CoreDriver, Driver, StaffRoom

ADMINISTRATOR = Address("core", "administrator")
OPPOSE, RENEW = "商标公告后多久内可以提异议？", "商标续展多少钱？"


def miniature(question: str, card_id: str, lead: str, **parts: object) -> Answer:
    """An answer from a miniature law of our own."""
    citation = Citation("示例商标条例", "20-2", "2020-01-31", "示例：三个月内可以提出。", "art:1:20-2")
    passage = Passage(f"card:{card_id}", "cards", "card", question, lead)
    values: dict[str, object] = {
        "citations": (citation,),
        "service_item": "B08",
        "confidence": 0.9,
        "card_id": card_id,
        "card_version": "2026-11-23",
        "terms": ("商标",),
        "hits": (Hit(passage, 7.5, 0.8),),
    }
    return Answer("answer", "question", question, lead, **(values | parts))  # type: ignore[arg-type]


ANSWERS = {
    OPPOSE: miniature(OPPOSE, "oppose", "三个月内。", related=(("renew", RENEW),), notice="2027年起改为两个月。"),
    RENEW: miniature(RENEW, "renew", "示例：五百元。"),
    "我的灯用不用登记呢": miniature("我的灯用不用登记呢", "oppose", "示例：看情况。"),
    "那费用呢": miniature("那费用呢", "fee", "示例：七百元。"),
    "那外观呢": miniature("那外观呢", "look", "示例：九百元。", trace={"completed": "外观续展多少钱？"}),
    "商标": Answer("clarify", "question", "商标", "您想问哪一个？", options=(("oppose", OPPOSE), ("renew", RENEW))),
    "注册": Answer("clarify", "question", "注册", "您想问哪一个？", options=(("renew", RENEW),)),
    "商标\n续展": Answer("clarify", "question", "商标\n续展", "您想问续展的什么？", options=(("renew", RENEW),)),
    "商标\n续展\n多少钱": miniature("商标\n续展\n多少钱", "renew", "示例：五百元。"),
    "商标\n商标续展多少钱？": miniature("商标\n商标续展多少钱？", "renew", "示例：五百元。"),
    "外观登记": miniature("外观登记", "design", "示例：外观可以登记。"),
    "外观登记\n要几天": miniature("外观登记\n要几天", "days", "示例：九天。"),
    "我是做餐饮的": Answer("out_of_scope", "out_of_scope", "我是做餐饮的", ""),
    "我是做餐饮的\n商标续展多少钱？": Answer("clarify", "question", "我是做餐饮的\n商标续展多少钱？", "您想问哪一个？"),
    "商标\n你们态度太差": Answer("clarify", "question", "商标\n你们态度太差", "您想问哪一个？"),
    "续展怎么收": Answer(
        "clarify",
        "question",
        "续展怎么收",
        "您想问的可能是：",
        options=(("renew", RENEW),),
        offers=(miniature(RENEW, "renew", "示例：五百元。"),),
    ),
    "灯会电话是多少": Answer(
        "escalate",
        "question",
        "灯会电话是多少",
        "由工作人员查实后答复。",
        details=("等候时可以先把灯的编号写下来。",),
        card_id="phone",
        related=(("renew", RENEW),),
    ),
    "你好": Answer("out_of_scope", "greeting", "你好", "您好！请直接说说您的问题。"),
    "今天天气": Answer("out_of_scope", "chitchat", "今天天气", ""),
    "你们态度太差": Answer("escalate", "complaint", "你们态度太差", ""),
    "明早就开庭": Answer("escalate", "urgent", "明早就开庭", "情况紧急。"),
    "我能打赢吗": Answer("escalate", "personal", "我能打赢吗", "这要看您的具体情况。"),
}


# A law of two articles that ends with the year, one that has ended, and one whose text nobody imported.
LAWS = law_book(
    articles_of(
        Passage(
            f"art:1:{n}", "revision:1", "article", "", "灯要亮。", law="样灯法", article=str(n), version="2020-01-31"
        )
        for n in (1, 2, 3)
    ),
    (
        Edition("样灯法", "2026-06-26", date(2027, 1, 1)),
        Edition("样灯旧法", "", None, date(2020, 12, 31), "自2021年1月1日起由样灯法取代"),
        Edition("样灯规则", "2022-01-01"),
    ),
)


@dataclass
class MiniatureAnswerer:
    """Answers what stands in `ANSWERS`; everything else has too weak evidence. Pure, as the real one."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    book: LawBook = LAWS

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        self.asked.append((question, previous))
        found = ANSWERS.get(question) or Answer("escalate", "question", question, service_item="B01", confidence=0.1)
        return self._dated(found, on)

    def card(self, card_id: str, on: date, *, day: date | None = None, outlet: str = "") -> Answer | None:
        found = next((each for each in ANSWERS.values() if card_id and each.card_id == card_id), None)
        return self._dated(found, day or on) if found else None

    def flaws(self, text: str, on: date) -> tuple[Flaw, ...]:
        return flaws(text, self.book, on)

    def _dated(self, found: Answer, on: date) -> Answer:
        return replace(found, holds_on=on, last_reviewed=on)


@pytest.fixture
def answerer() -> MiniatureAnswerer:
    return MiniatureAnswerer()


def miniature_guide() -> Guide:
    """A guide over a miniature law of our own: two questions, an ending that tells and one that hands over."""
    cited = (CardCitation("示例商标条例", "2020-01-31", "3", ("示例",)),)
    told = Leaf("told", "可以登记", "示例：可以登记。", ("示例：带上样品。",), cited, cards=("renew",))
    person = Leaf("person", "本地规定", "示例：看本地规定。", (), cited, hand_over="示例：本地规定由工作人员核对。")
    steps = (
        Step("kind", "是哪种灯？", (Option("台灯", "size"), Option("吊灯", "person")), "示例：看灯座。"),
        Step("size", "有几盏？", (Option("三盏以上", "told"), Option("不到三盏", "person"))),
    )
    return Guide(
        guide_id="lamp",
        title="灯要不要登记？",
        intro="示例引导。",
        asks=("我的灯用不用登记",),
        service_items=("B07",),
        last_reviewed=date(2026, 11, 1),
        review_due=date(2027, 11, 1),
        steps={each.step_id: each for each in steps},
        leaves={each.leaf_id: (each,) for each in (told, person)},
        gaps={},
    )


SURVEYS = {
    # Branching, several options, words, and one anybody may begin.
    "lamps": """
name = "灯具调查"
intro = "示例：说说您的灯。"
thanks = "示例：谢谢您说灯。"
listed = true
closes = 2026-12-24
remind_after_hours = 24
[[question]]
id = "kind"
kind = "single"
text = "您用什么灯？"
options = ["台灯", "吊灯"]
[[question]]
id = "rooms"
kind = "multi"
text = "放在哪里？"
options = ["书房", "客厅", "卧室"]
only_if = { question = "kind", answers = ["台灯"] }
[[question]]
id = "bright"
kind = "scale"
text = "够亮吗？"
options = ["很亮", "一般", "太暗"]
[[question]]
id = "words"
kind = "text"
text = "还想说什么？"
required = false
""",
    "quiet": """
name = "匿名调查"
thanks = "示例：匿名收到。"
anonymous = true
listed = true
remind_after_hours = 24
[[question]]
id = "fair"
kind = "single"
text = "公平吗？"
options = ["公平", "不公平"]
[[question]]
id = "why"
kind = "text"
text = "为什么不公平？"
only_if = { question = "fair", answers = ["不公平"] }
""",
    "single": """
name = "一题调查"
thanks = "示例：一题收到。"
open_from = 2026-11-24
[[question]]
id = "again"
kind = "single"
text = "还来吗？"
options = ["来", "不来"]
""",
}


def miniature_surveys() -> SurveyBook:
    """The shipped questionnaires and three of our own."""
    book = SurveyBook()
    for survey_id, text in SURVEYS.items():
        book.by_id[survey_id] = parse_questionnaire({f"{survey_id}.toml": text})
    return book


# Chance draws no reply for a second check (二次复核) where that is not the point.
EVERYDAY = {"example.toml": '[[risk]]\nid = "other"\nname = "其他"\nshare = 0\n'}

MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(clock: Clock, answerer: MiniatureAnswerer) -> Callable[[Engine], Desk]:
    def make(engine: Engine) -> Desk:
        writing, reading = sessions(engine)
        settings = OfficeSettings(
            staff_rooms=(STAFF_ROOM,),
            administrators=(ADMINISTRATOR,),
            surveys=miniature_surveys(),
            survey_key=b"example" * 5,
        )
        guides = book_of(Guides({"lamp": miniature_guide()}))
        return Desk(
            writing, reading, answerer, clock.now, settings, guides=guides, duty=Duty(book=parse_book(EVERYDAY))
        )

    return make


@pytest.fixture
def desk(sqlite_engine: Engine, make_desk: Callable[[Engine], Desk]) -> Iterator[Desk]:
    """A desk on SQLite; whatever a test did there is sealed (封存) in the end."""
    made = make_desk(sqlite_engine)
    yield made
    assert vouch(made).faults == ()


@pytest.fixture
def desk_on_both(engine: Engine, make_desk: Callable[[Engine], Desk]) -> Iterator[Desk]:
    """A desk on SQLite, then on PostgreSQL; whatever a test did there is sealed in the end."""
    made = make_desk(engine)
    yield made
    assert vouch(made).faults == ()


@pytest.fixture
def asker(desk: Desk) -> CoreDriver:
    """An asker at the core, who can send any event."""
    return CoreDriver(desk)


@pytest.fixture
def room(desk: Desk) -> StaffRoom:
    return StaffRoom(desk)


@pytest.fixture(params=list(DRIVERS))
def driver(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Driver]:
    """An asker at every channel there is."""
    with DRIVERS[request.param](desk) as made:
        yield made
