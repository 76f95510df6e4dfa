"""What an outlet compiled and wrote leaves whole, in open formats, without askers, and makes the same elsewhere."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot import interpretations, policies
from bot.application import Office, open_office
from bot.export import Wanted, export
from bot.restore import restore
from bot.settings import load_settings
from consultations import audit, card_drafts
from consultations.card_drafts import CardDraft
from consultations.messages import Address, Inbound
from consultations.tickets import Staff, Ticket
from handlers.import_policy import import_paths
from handlers.turn import take_turn
from policies import originals
from policies.compilation import Policy, Revision
from policies.interpretations import Interpretation
from policies.review import history_of
from tests.bot.test_command_line import zhixun
from tests.conftest import ADMIN, Begin

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE = "13800138000"
OLD = "# 样灯条例\n2020年3月1日公布\n第一条 灯要亮，每月巡检两次。\n第二条 本条例自2020年5月1日起施行。"
NEW = "# 样灯条例\n2026年3月1日修订\n第一条 灯要亮，每月巡检四次。\n第二条 本条例自2026年5月1日起施行。"
NOTICE = "# 示例站样灯申领须知\n2026年6月1日\n一、在本站登记后领取。\n二、每户一盏。"


def opened(home: Path) -> Office:
    return open_office(load_settings(home, environment={}), now=lambda: NOW)


@pytest.fixture(scope="module")
def office(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Two versions, one reviewed, one an outlet's own; an interpretation; a published card and one on its way."""
    folder = tmp_path_factory.mktemp("content")
    home = begin(folder / "home")
    (home / "duty").mkdir(exist_ok=True)
    (home / "duty" / "outlets.toml").write_text('[[outlet]]\nid = "shili"\nname = "示例站"\n', "utf-8")
    files = {
        "样灯条例(2020-03-01).md": OLD,
        "样灯条例(2026-03-01).md": NEW,
        "示例站样灯申领须知(2026-06-01).md": NOTICE,
    }
    for name, words in files.items():
        (folder / name).write_text(words, "utf-8")
    old, new, notice = (folder / name for name in files)
    made = opened(home)
    import_paths([old], writing=made.writing, index=made.index, home=home, by=ADMIN)
    for number, file in enumerate((new, notice), start=2):
        policies.add(made, file, "示例甲")
        extra = (
            {"level": "网点", "outlet": "示例站", "outlet_reason": "样灯有限"} if file is notice else {"topics": "专利"}
        )
        policies.edit(made, number, extra, [old], "示例甲")
        policies.submit(made, number, "示例甲")
        policies.publish(made, number, "示例乙", is_confirmed=True, ask=lambda _: True)
    interpretations.add(made, (2, "1"), "示例专家", f"四次就是每周一次，热线{PHONE[:3]}。", "示例甲", "", "")
    interpretations.move(made, 1, "published", "示例乙")
    asker = Address("telegram", "778899001122")
    for n, words in enumerate(("同意", f"样灯坏了找谁，我的电话{PHONE}", "转人工")):
        take_turn(Inbound(asker, f"m:{n}", "778899001122", NOW, text=words), made.desk)
    _draft_cards(made)
    yield made
    made.close()


def _draft_cards(made: Office) -> None:
    with made.writing() as session:
        ticket = session.exec(select(Ticket)).first()
        assert ticket is not None
        for number, title in enumerate(("样灯怎么领？", f"样灯坏了找谁{PHONE}？")):
            draft = CardDraft(
                source=f"ticket:{number}",
                kind="card",
                title=title,
                answer="到示例站登记后领取。",
                titled_by=1,
                ticket_id=ticket.id,
                author="terminal:甲",
                author_name="示例甲",
                created_at=NOW,
                changed_at=NOW,
            )
            stored, _ = card_drafts.create(session, draft, (), NOW)
            if number == 0:
                card_drafts.move(session, stored.key, "in_review", Staff("terminal:甲", "示例甲"), NOW)
                card_drafts.move(session, stored.key, "published", Staff("terminal:乙", "示例乙"), NOW)


def exported(office: Office, file: Path) -> dict[str, bytes]:
    export(office, file, Wanted("jsonl", actor="terminal:甲", is_content=True))
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_content_makes_the_same_of_an_empty_instance_and_leaves_again_with_equal_hashes(
    office: Office, tmp_path: Path
) -> None:
    first = exported(office, tmp_path / "first.zip")
    restore(tmp_path / "first.zip", tmp_path / "new", None, NOW + timedelta(days=1))
    new = opened(tmp_path / "new")
    try:
        again = exported(new, tmp_path / "again.zip")
        told, said = (json.loads(each["manifest.json"]) for each in (first, again))
        assert told["tables"] == said["tables"]
        assert told["tables"]["card_draft"]["rows"] == 1
        # The file of published cards is made by a running service; the others came along.
        assert told["files"].items() <= said["files"].items()
        with office.reading() as theirs, new.reading() as ours:
            before, after = (
                [(title, each.version, each.content_hash, each.outlet, each.topics) for title, each in found]
                for found in (
                    session.exec(
                        select(Policy.title, Revision).where(Policy.id == Revision.policy_id).order_by(Revision.id)  # type: ignore[arg-type]
                    ).all()
                    for session in (theirs, ours)
                )
            )
            assert before == after
            assert len(after) == 3
            assert [each.to_state for each in history_of(ours, 2)][-1] == "published"
            assert ours.exec(select(Interpretation)).one().expert == "示例专家"
            for revision in ours.exec(select(Revision)):
                assert originals.original_of(tmp_path / "new", revision.sha256) is not None
    finally:
        new.close()


def test_nobody_who_asked_is_in_it(office: Office, tmp_path: Path) -> None:
    everything = b"".join(exported(office, tmp_path / "t.zip").values()).decode("utf-8", "replace")
    assert PHONE not in everything
    assert "778899001122" not in everything
    assert "样灯怎么领" in everything
    with office.reading() as session:
        last = audit.newest(session, 1)[0]
        assert (last.verb, last.actor) == ("content", "terminal:甲")


def test_an_export_of_everything_brings_the_originals_along(office: Office, tmp_path: Path) -> None:
    export(office, tmp_path / "t.zip", Wanted("jsonl", is_personal=True, actor="terminal:甲"))
    restored = restore(tmp_path / "t.zip", tmp_path / "new", None, NOW)
    assert sum(name.startswith("originals/") for name in restored.manifest.files) == 3
    assert not any(name.startswith(("duty/", "config")) for name in restored.manifest.files)


def test_whoever_exports_content_says_so_and_nothing_else_with_it(office: Office, tmp_path: Path) -> None:
    home = office.settings.home
    nameless = zhixun(home, "export", str(tmp_path / "t.zip"), "--content")
    assert (nameless.returncode, "--name" in nameless.stderr) == (2, True)
    both = zhixun(home, "export", str(tmp_path / "t.zip"), "--content", "--personal", "--name", "甲")
    assert (both.returncode, "--content" in both.stderr) == (2, True)
    done = zhixun(home, "export", str(tmp_path / "t.zip"), "--content", "--name", "甲")
    assert "没有服务对象的信息" in done.stdout.replace("\n", "")
    wrong = zhixun(home, "import", "--dry-run", str(tmp_path / "t.zip"))
    assert "请用 restore 恢复到空的实例" in wrong.stdout.replace("\n", "")
