from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from bot.database import SessionMaker, sessions
from handlers.import_policy import import_paths
from handlers.imported_files import ImportReport
from handlers.publish_policy import heal_index, passages_of, reindex
from knowledge.index import Index, fingerprint
from knowledge.passages import Passage
from policies.compilation import Article, Policy, Revision, articles_of, is_below, policy_titled, revisions_of, words_of
from policies.validity import in_force
from tests.conftest import ADMIN
from tests.policies.test_readers import HOSTILE as HOSTILE_FILES

Store = tuple[SessionMaker, SessionMaker]
HOSTILE = {
    name: HOSTILE_FILES[name]
    for name in ("empty.txt", "cut.pdf", "locked.pdf", "liar.docx", "bomb.docx", "outside.docx")
}
ROOT = Path(__file__).resolve().parents[2]
OLD = "# 中华人民共和国示例法\n2010年3月1日第一届大会通过\n第一条 旧的第一条。\n第二条 本法自2010年5月1日起施行。"
NEW = "# 中华人民共和国示例法\n2020年3月1日第二届大会修订\n第一条 新的第一条。\n第二条 本法自2020年5月1日起施行。"
REPEALING = "# 关于示例的新规定\n第一条 甲。\n第二条 本规定自2022年3月20日起施行。《关于示例的规定》同时废止。"


class NoCards:
    def sources(self) -> Mapping[str, Sequence[Passage]]:
        return {}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "index")


def bring(
    tmp_path: Path, store: Store, index: Index, files: Mapping[str, str], *, dry_run: bool = False
) -> ImportReport:
    """Import these texts under these names (without ending) as a folder."""
    folder = tmp_path / f"incoming{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    return import_paths([folder], writing=store[0], index=index, home=tmp_path / "home", by=ADMIN, dry_run=dry_run)


def only(session: Session, title: str) -> Revision:
    policy = policy_titled(session, title)
    assert policy is not None
    (revision,) = revisions_of(session, policy.id or 0)
    return revision


def quotable(store: Store, title: str, on: date) -> list[str]:
    """Versions of a title in force on a day."""
    with store[1]() as session:
        policy = policy_titled(session, title)
        return [each.version for each in in_force(revisions_of(session, policy.id or 0), on)] if policy else []


def test_a_law_is_stored_with_articles_and_can_be_found(tmp_path: Path, store: Store, index: Index) -> None:
    report = bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD})
    assert [(each.outcome, each.title, each.n_articles) for each in report.files] == [("new", "示例法", 2)]
    with store[1]() as session:
        revision = only(session, "示例法")
        passages, number = passages_of(session, revision), revision.id
    assert passages[0] == Passage(
        passage_id=f"art:{number}:1",
        source_id=f"revision:{number}",
        kind="article",
        title="示例法 第一条",
        text="旧的第一条。",
        law="示例法",
        article="1",
        version="2010-03-01",
        effective_from=date(2010, 5, 1),
    )
    assert index.sources() == {f"revision:{number}": fingerprint(passages)}


def test_texts_that_rest_on_one_another_are_told(tmp_path: Path, store: Store, index: Index) -> None:
    first, second = "示例甲条例", "示例乙条例"
    texts = {
        f"{name}(2020-03-01)": f"# {name}\n第一条 根据《{other}》，制定本条例。"
        for name, other in ((first, second), (second, first))
    }
    report = bring(tmp_path, store, index, texts)
    told = [each.message for file in report.files for each in file.conflicts]
    assert len(told) == 1
    assert first in told[0]


def test_a_pipe_is_refused_at_once(tmp_path: Path, store: Store, index: Index) -> None:
    pipe = tmp_path / "管道.md"
    os.mkfifo(pipe)
    (refused,) = import_paths([pipe], writing=store[0], index=index, home=tmp_path, by=ADMIN).files
    assert (refused.outcome, "不是普通文件" in refused.reason) == ("refused", True)


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_two_versions_live_side_by_side_whatever_comes_first(
    tmp_path: Path, store: Store, index: Index, order: tuple[str, str]
) -> None:
    for text in order:
        bring(tmp_path, store, index, {f"示例法({'2010' if text is OLD else '2020'}-03-01)": text})
    assert quotable(store, "示例法", date(2020, 4, 30)) == ["2010-03-01"]
    assert quotable(store, "示例法", date(2020, 5, 1)) == ["2020-03-01"]
    days = {each.version: (each.effective_from, each.effective_to) for each in index.passages()}
    assert days == {
        "2010-03-01": (date(2010, 5, 1), date(2020, 4, 30)),
        "2020-03-01": (date(2020, 5, 1), None),
    }


@pytest.mark.parametrize("whole_first", [True, False])
def test_an_excerpt_never_hides_the_whole_text(tmp_path: Path, store: Store, index: Index, whole_first: bool) -> None:
    excerpt = "# 示例法（摘录）\n第一条 旧的第一条。"
    both = [{"示例法(2010-03-01)": OLD}, {"示例法摘录(2010-03-01)": excerpt}]
    for files in both if whole_first else reversed(both):
        bring(tmp_path, store, index, files)
    with store[1]() as session:
        policy = policy_titled(session, "示例法")
        assert policy is not None
        chosen = [each.is_excerpt for each in in_force(revisions_of(session, policy.id or 0), date(2026, 11, 23))]
    assert chosen == [False]
    assert sorted(each.article for each in index.passages()) == ["1", "2"]


def test_an_excerpt_of_a_newer_version_ends_the_old_text(tmp_path: Path, store: Store, index: Index) -> None:
    excerpt = "# 示例法（2026年修订，摘录）\n<!-- effective: 2026-10-15 -->\n第一条 新。"
    bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD, "示例法(2026-07-23)": excerpt})
    assert quotable(store, "示例法", date(2026, 10, 14)) == ["2010-03-01"]
    assert quotable(store, "示例法", date(2026, 10, 15)) == ["2026-07-23"]


@pytest.mark.parametrize("repealing_first", [True, False])
def test_a_repealed_text_under_another_title_ends(
    tmp_path: Path, store: Store, index: Index, repealing_first: bool
) -> None:
    old = {"关于示例的规定(2007-01-12)": "# 关于示例的规定\n第一条 旧。\n第二条 本规定自2007年2月1日起施行。"}
    new = {"关于示例的新规定(2022-03-16)": REPEALING}
    for files in (new, old) if repealing_first else (old, new):
        bring(tmp_path, store, index, files)
    assert quotable(store, "关于示例的规定", date(2022, 3, 19)) == ["2007-01-12"]
    assert quotable(store, "关于示例的规定", date(2022, 3, 20)) == []


def test_an_unknown_start_is_told_and_waited_for(tmp_path: Path, store: Store, index: Index) -> None:
    amended = NEW.replace("2020年5月1日", "2010年5月1日")
    report = bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD, "示例法(2020-03-01)": amended})
    assert [problem.kind for each in report.files for problem in each.problems] == ["effective"]
    assert quotable(store, "示例法", date(2020, 2, 29)) == ["2010-03-01"]
    assert quotable(store, "示例法", date(2020, 3, 1)) == []  # the old one may have ended, the new one not begun
    assert quotable(store, "示例法", date(2021, 3, 2)) == ["2020-03-01"]


def test_a_text_without_any_date_is_held_back(tmp_path: Path, store: Store, index: Index) -> None:
    report = bring(tmp_path, store, index, {"示例通知": "# 关于示例的通知\n第一条 甲。"})
    assert "[2026-11-01施行]" in report.files[0].problems[-1].message
    assert quotable(store, "关于示例的通知", date(2026, 11, 23)) == []
    assert [each.is_in_force(date(2026, 11, 23)) for each in index.passages()] == [False]


def test_a_notice_starts_on_the_day_under_it(tmp_path: Path, store: Store, index: Index) -> None:
    notice = "关于示例工作的通知\n各网点：\n一、做好示例。\n二、及时报送。\n示例局\n2026年10月8日"
    report = bring(tmp_path, store, index, {"通知": notice})
    assert [(each.title, each.version, each.problems) for each in report.files] == [
        ("关于示例工作的通知", "2026-10-08", ())
    ]
    assert quotable(store, "关于示例工作的通知", date(2026, 10, 7)) == []
    assert quotable(store, "关于示例工作的通知", date(2026, 10, 8)) == ["2026-10-08"]


def test_a_text_calling_itself_superseded_is_held_back(tmp_path: Path, store: Store, index: Index) -> None:
    bring(tmp_path, store, index, {"示例法(2010-03-01)": f"<!-- status: SUPERSEDED -->\n{OLD}"})
    assert quotable(store, "示例法", date(2026, 11, 23)) == []


def test_known_newer_versions_end_a_text_that_was_never_updated(tmp_path: Path, store: Store, index: Index) -> None:
    old = "# 商标法\n2013年8月30日大会修正\n第一条 旧。"
    bring(tmp_path, store, index, {"商标法(2013-08-30)": old})
    assert quotable(store, "商标法", date(2019, 10, 31)) == ["2013-08-30"]
    assert quotable(store, "商标法", date(2019, 11, 1)) == []


def test_the_same_text_is_not_taken_twice(tmp_path: Path, store: Store, index: Index) -> None:
    files = {"示例法(2010-03-01)": OLD}
    bring(tmp_path, store, index, files)
    again = bring(tmp_path, store, index, files)
    other_name = bring(tmp_path, store, index, {"复印件": OLD.replace("第一条 旧的", "第一条　　旧 的")})
    assert [each.outcome for each in (*again.files, *other_name.files)] == ["duplicate", "duplicate"]
    assert "示例法(2010-03-01).md" in again.files[0].reason


def test_a_corrected_file_replaces_its_revision_and_the_old_words_stay_on_record(
    tmp_path: Path, store: Store, index: Index
) -> None:
    bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD})
    report = bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD.replace("旧的第一条", "更正的第一条")})
    assert report.files[0].outcome == "changed"
    assert sorted(each.text for each in index.passages()) == ["更正的第一条。", "本法自2010年5月1日起施行。"]
    with store[1]() as session:
        assert session.exec(select(func.count()).select_from(Article)).one() == 4
        assert {each.state for each in session.exec(select(Revision)).all()} == {"published", "replaced"}


def test_the_same_words_under_a_better_name_date_the_text_and_keep_what_was_known(
    tmp_path: Path, store: Store, index: Index
) -> None:
    words = "示例专利通知\n一、灯要亮。\n二、灯要擦。"
    bring(tmp_path, store, index, {"示例专利通知": words})
    with store[0]() as session:
        assert session.get_one(Revision, 1).topics == ["专利"]
        session.get_one(Revision, 1).topics = ["照明"]  # what somebody filled in is not proposed away
    report = bring(tmp_path, store, index, {"示例专利通知(2026-10-08)": words})
    assert report.files[0].outcome == "changed"
    assert "补上版本、" in report.files[0].conflicts[0].message
    with store[1]() as session:
        old, new = session.exec(select(Revision).order_by(col(Revision.id))).all()
        assert (old.state, new.state, new.version, new.topics) == ("replaced", "published", "2026-10-08", ["照明"])
        assert new.effective_from == date(2026, 10, 8)
    again = bring(tmp_path, store, index, {"示例专利通知": words, "示例专利通知(2026-10-08)": words})
    assert {each.outcome for each in again.files} == {"duplicate"}


def test_a_dry_run_writes_nothing(tmp_path: Path, store: Store, index: Index) -> None:
    report = bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD, "又": OLD, "空": ""}, dry_run=True)
    assert sorted((each.path.stem, each.outcome) for each in report.files) == [
        ("又", "new"), ("示例法(2010-03-01)", "duplicate"), ("空", "refused"),
    ]  # fmt: skip
    with store[1]() as session:
        assert session.exec(select(Policy)).all() == []
    assert index.sources() == {}
    assert not (tmp_path / "home").exists()


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path, store: Store, index: Index) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.docx").write_bytes(b"broken")
    (folder / "b(2026-01-02).md").write_text("# 示例办法\n第一条 甲。\n第二条 本办法自2026年2月1日起施行。", "utf-8")
    (folder / "index.tsv").write_text("x", "utf-8")
    seen: list[tuple[int, int]] = []
    report = import_paths(
        [folder, tmp_path / "missing.md"],
        writing=store[0],
        index=index,
        home=tmp_path / "home",
        by=ADMIN,
        progress=lambda done, total, _: seen.append((done, total)),
    )
    assert [each.outcome for each in report.files] == ["refused", "new", "refused"]
    assert [path.name for path in report.skipped] == ["index.tsv"]
    assert seen == [(0, 3), (1, 3), (2, 3)]


def test_hostile_files_leave_nothing_behind(tmp_path: Path, store: Store, index: Index) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name, (content, _) in HOSTILE.items():
        (folder / name).write_bytes(content)
    report = import_paths(sorted(folder.iterdir()), writing=store[0], index=index, home=tmp_path / "home", by=ADMIN)
    assert report.count("refused") == len(HOSTILE)
    assert not (tmp_path / "home").exists()
    with store[1]() as session:
        assert session.exec(select(Policy)).all() == []


def test_the_original_is_kept(tmp_path: Path, store: Store, index: Index) -> None:
    bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD})
    with store[1]() as session:
        digest = only(session, "示例法").sha256
    assert (tmp_path / "home" / "originals" / digest[:2] / f"{digest}.md").read_text("utf-8") == OLD


def test_words_below_an_item_belong_to_it(tmp_path: Path, store: Store, index: Index) -> None:
    guide = "# 示例指南\n一、总则\n（一）甲\n（二）乙\n二、费用的减缴\n丙。"
    bring(tmp_path, store, index, {"示例指南(2026-01-02)": guide})
    with store[1]() as session:
        articles = articles_of(session, only(session, "示例指南").id or 0)
        words = {key: words_of(articles, key) for key in ("一", "二", "", "减缴")}
    assert words["一"] == "总则\n甲\n乙"
    assert words["二"] == "费用的减缴\n丙。"
    assert words[""] == words["减缴"] == "总则\n甲\n乙\n费用的减缴\n丙。"


@pytest.mark.parametrize(
    ("key", "above", "below"),
    [
        ("四(一)1", "四", True),
        ("四(一)1", "四(一)", True),
        ("附件2一", "附件2", True),
        ("附件2一(一)", "附件2", True),
        ("四(一)10", "四(一)1", False),
        ("十一", "十", False),
        ("附件10", "附件1", False),
        ("四", "四", False),
    ],
)
def test_what_lies_below_an_item(key: str, above: str, below: bool) -> None:
    assert is_below(key, above) is below


def test_a_lost_stale_or_orphaned_source_is_healed(tmp_path: Path, store: Store, index: Index) -> None:
    three = {"示例法(2010-03-01)": OLD, "示例法(2020-03-01)": NEW, "b(2022-03-16)": REPEALING}
    bring(tmp_path, store, index, three)
    good = index.sources()
    lost, stale, _ = sorted(good)
    changed = [each for each in index.passages() if each.source_id == stale][:1]
    orphan = Passage("art:99:1", "revision:99", "article", "没有了", "没有了")
    index.replace({lost: (), stale: changed, "revision:99": [orphan]})
    assert heal_index(store[1], index, NoCards()) == 3
    assert index.sources() == good
    assert heal_index(store[1], index, NoCards()) == 0


def test_reindexing_an_empty_index_brings_everything_back(tmp_path: Path, store: Store, index: Index) -> None:
    bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD, "示例法(2020-03-01)": NEW})
    fresh = Index.open(tmp_path / "fresh")
    assert reindex(store[1], fresh, NoCards()) == 4
    assert fresh.sources() == index.sources()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform cannot kill -9")
def test_killed_at_any_moment_the_next_start_heals(tmp_path: Path) -> None:
    from bot.database import open_engine

    folder = tmp_path / "incoming"
    folder.mkdir()
    for number in range(40):
        body = "\n".join(f"第{n}条 示例{number}的内容。" for n in ("一", "二", "三", "四", "五"))
        (folder / f"示例{number}办法(2020-01-02)[2020-02-01施行].md").write_text(f"# 示例{number}办法\n{body}", "utf-8")
    for pause in (0.0, 0.1, 0.3, 0.6):
        _import_and_kill(tmp_path, pause)
    engine = open_engine(f"sqlite:///{tmp_path / 'zhixun.sqlite3'}")
    writing, reading = sessions(engine)
    index = Index.open(tmp_path / "index")
    heal_index(reading, index, NoCards())
    report = import_paths([folder], writing=writing, index=index, home=tmp_path, by=ADMIN)
    with reading() as session:
        counts = session.exec(select(func.count()).select_from(Article).group_by(col(Article.revision_id))).all()
    engine.dispose()
    assert counts == [5] * 40
    assert len(list(index.passages())) == 200
    assert report.count("new") + report.count("duplicate") == 40


_KILLED = """
import sys
from pathlib import Path
from sqlmodel import SQLModel
import bot.tables
from bot.database import open_engine, sessions
from handlers.import_policy import import_paths
from knowledge.index import Index
from tests.conftest import ADMIN
home = Path(sys.argv[1])
engine = open_engine(f"sqlite:///{home / 'zhixun.sqlite3'}")
SQLModel.metadata.create_all(engine)
index = Index.open(home / "index")
print("ready", flush=True)
import_paths([home / "incoming"], writing=sessions(engine)[0], index=index, home=home, by=ADMIN)
"""


def _import_and_kill(home: Path, pause: float) -> None:
    command = [sys.executable, "-c", _KILLED, str(home)]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.kill()


def test_the_day_before_ends_include_both_days(tmp_path: Path, store: Store, index: Index) -> None:
    bring(tmp_path, store, index, {"示例法(2010-03-01)": OLD, "示例法(2020-03-01)": NEW})
    day, found = date(2020, 4, 28), []
    for _ in range(6):
        found.append(quotable(store, "示例法", day))
        day += timedelta(days=1)
    assert found == [["2010-03-01"]] * 3 + [["2020-03-01"]] * 3
