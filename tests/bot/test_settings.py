"""Broken configurations are told by line and cure; the example file is whole."""

from __future__ import annotations

import dataclasses
import itertools
import sys
import tomllib
from pathlib import Path

import pytest

from bot.application import console_address
from bot.settings import BESIDE, Settings, SettingsError, load_settings
from handlers.show_settings import NAMES, SECTIONS

ROOT = Path(__file__).resolve().parents[2]

BROKEN = [
    ('[outlet]\nname = ""', "第 2 行", "网点名称"),
    ("[outlet]\nname = 3.5", "第 2 行", "带引号的文字"),
    ('[outlet]\nnmae = "甲"', "第 2 行", "name"),
    ('[outlett]\nname = "甲"', "第 1 行", "outlet"),
    ('[outlet]\nworking_hours = ["9点", "17:30"]', "第 2 行", "09:00"),
    ('[outlet]\nworking_hours = ["09:00"]', "第 2 行", "两个时刻"),
    ('[outlet]\nworking_hours = "09:00-17:30"', "第 2 行", "列表"),
    ('[outlet]\nworking_hours = ["25:00", "17:30"]', "第 2 行", "两个时刻"),
    ('[outlet]\ntime_zone = "北京"', "第 2 行", "Asia/Shanghai"),
    ('[outlet]\ntime_zone = "Asia"', "第 2 行", "Asia/Shanghai"),
    ('[outlet]\npublic_url = "www.example.com"', "第 2 行", "完整的网址"),
    ("[outlet]\nreply_minutes = 0", "第 2 行", "1 到 100000"),
    ("[outlet]\nopinion_days = 0", "第 2 行", "1 到 60"),
    ("[outlet]\nvisit_days = 3", "第 2 行", "7 到 1095"),
    ('[outlet]\nreply_minutes = "480"', "第 2 行", "整数"),
    ('outlet = "甲"', "第 1 行", "单独一行"),
    ("[outlet\nname = 1", "第 1 行", "TOML"),
    ('[outlet]\nname = "甲', "第 2 行", "引号"),
    ("[retention]\nconsultation_days = 365", "第 2 行", "366 到 36500"),
    ("[retention]\nmessage_days = 0", "第 2 行", "7 到 36500"),
    ('[retention]\nticket_days = "三年"', "第 2 行", "整数"),
    ('[database]\nurl = "mysql://x"', "第 2 行", "postgresql://"),
    ('[search]\nengine = "lucene"', "第 2 行", '"whoosh"'),
    ('[web]\nport = "8765"', "第 2 行", "整数"),
    ("[web]\nport = 70000", "第 2 行", "65535"),
    ("[web]\nrequests_per_minute = 1", "第 2 行", "30 到"),
    ("[web]\nbody_kilobytes = 0", "第 2 行", "64 到"),
    ('[web]\ntrusted_proxies = ["proxy"]', "第 2 行", "IP 地址"),
    ('[api]\nwebhook_networks = ["内网"]', "第 2 行", "网段"),
    ('[imports]\nnetworks = ["内网"]', "第 2 行", "网段"),
    ("[api]\nrequests_per_minute = 0", "第 2 行", "1 到"),
    ("[web]\nenabled = 1", "第 2 行", "true 或 false"),
    ('[web]\nallowed_origins = "https://www.example.com"', "第 2 行", "列表"),
    ('[web]\nallowed_origins = ["https://示例.example"]', "第 2 行", "来源"),  # no header holds it
    ('[web]\nallowed_origins = ["https://x.example; script-src *"]', "第 2 行", "来源"),
    ('[telegram]\ntoken = "abc"', "第 2 行", "BotFather"),
    ('[telegram]\nmode = "push"', "第 2 行", '"polling"'),
    ('[telegram]\nmode = "webhook"\nwebhook_url = "http://x"', "第 3 行", "https://"),
    ('[telegram]\nmode = "webhook"\nwebhook_secret = "短"', "第 3 行", "16–256"),
    ('[telegram]\nstaff_chat_id = "工作群"', "第 2 行", "数字编号"),
    ('[telegram]\nadministrators = ["a"]', "第 2 行", "数字编号"),
    ('[telegram]\nbase_url = "api"', "第 2 行", "http"),
    ("[conversation]\nquestion_characters = 5", "第 2 行", "50 到 4000"),
    ('[conversation]\nquiet_hours = ["20:00", "20:00"]', "第 2 行", "两个时刻"),
    ("[conversation]\nfollow_up_days = 0", "第 2 行", "1 到 365"),
    ("[conversation]\nmessages_per_minute = true", "第 2 行", "整数"),
    ("[conversation]\npushes_per_week = -1", "第 2 行", "1 到 100"),
    ('[conversation]\nconsent_version = ""', "第 2 行", "版本号"),
]


@pytest.mark.parametrize(("text", "line", "cure"), BROKEN)
def test_a_broken_configuration_names_the_line_and_the_cure(tmp_path: Path, text: str, line: str, cure: str) -> None:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environment={})
    assert any(line in each and cure in each for each in caught.value.problems), caught.value.problems


def test_an_engine_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('[search]\nengine = "tantivy"', encoding="utf-8")
    load_settings(tmp_path)
    monkeypatch.setitem(sys.modules, "tantivy", None)
    with pytest.raises(SettingsError, match=r"第 2 行.*没有安装"):
        load_settings(tmp_path)


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[web]\nport = "x"\n[search]\nengine = "y"\n', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environment={})
    assert len(caught.value.problems) == 2


def test_a_file_in_another_encoding_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes('[outlet]\nname = "网点"'.encode("gb18030"))
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(tmp_path, environment={})


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={})
    assert settings == Settings(home=tmp_path)
    assert not settings.is_telegram_on


def test_a_secret_may_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    told = load_settings(tmp_path, environment={"ZHIXUN_TELEGRAM_TOKEN": "123456:abcdefgh"})
    assert told.is_telegram_on
    (tmp_path / "token").write_text("123456:fromfile\n", encoding="utf-8")
    (tmp_path / "config.toml").write_text('[telegram]\ntoken_file = "token"', encoding="utf-8")
    assert load_settings(tmp_path, environment={}).telegram.token == "123456:fromfile"


def test_a_missing_token_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[telegram]\ntoken_file = "nowhere"', encoding="utf-8")
    with pytest.raises(SettingsError, match="token_file"):
        load_settings(tmp_path, environment={})


def test_the_example_documents_every_setting_and_can_be_used(tmp_path: Path) -> None:
    source = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    document = tomllib.loads(source)
    for section in dataclasses.fields(Settings):
        if section.name in BESIDE:
            continue
        keys = {each.name for each in dataclasses.fields(getattr(Settings(home=tmp_path), section.name))}
        assert set(document[section.name]) == keys
    (tmp_path / "config.toml").write_text(source, encoding="utf-8")
    load_settings(tmp_path, environment={})


def test_every_key_of_the_example_has_a_sentence_above_it() -> None:
    lines = (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert above.startswith("#"), line


def test_a_port_of_the_command_line_is_used_and_is_no_setting_that_waits(tmp_path: Path) -> None:
    started = dataclasses.replace(load_settings(tmp_path, environment={}), port=9001)
    assert (started.listening_port, console_address(started)) == (9001, "http://127.0.0.1:9001")
    assert started.web.port == load_settings(tmp_path, environment={}).listening_port == 8765


def test_every_setting_has_a_name_staff_know() -> None:
    every = {
        (name, each.name) for name in SECTIONS for each in dataclasses.fields(type(getattr(Settings(Path()), name)))
    }
    assert set(NAMES) == every
