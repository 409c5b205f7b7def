"""The draw as an office uses it: through the command line, from the freeze to the published folder."""

import hashlib
import io
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest

import cli
from engine import campaign, drand, pool
from engine.workflow import conduct
from tests.crosscheck import browser
from tests.engine.registers_2026 import workspace

PLAN = "421200-2026-P01"
# A published round of drand's quicknet, 2023-09-15T19:00:03+08:00.
ROUND, SIGNATURE = (
    "657413",
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
)
RANDOMNESS = "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
# The real numbers are of 2023, and a plan is approved before its draw.
APPROVED_ON, FROZEN_AT, DRAWN_AT = "2023-09-01", "2023-09-11T09:00:00+08:00", "2023-09-16T10:00:00+08:00"
SOURCES = (
    "双色球,2023107,2023-09-14T21:15",
    "大乐透,23106,2023-09-13T21:25",
    "七星彩,23107,2023-09-15T21:25",
    "排列5,23247,2023-09-14T21:00",
    "drand,2023-09-15T19:00:03",
)
NUMBERS = {
    "SSQ-RED": "3 7 12 18 25 31", "SSQ-BLUE": "09", "DLT-FRONT": "1,2,3,4,35", "DLT-BACK": "12 1", "QXC-SIX": "0 4 2 7 7 1",
    "QXC-LAST": "14", "PL5": "00042", "DRAND": json.dumps({"round": 657413, "randomness": RANDOMNESS, "signature": SIGNATURE}),
}  # fmt: skip


@pytest.fixture
def office(tmp_path):
    with workspace(tmp_path / "ws", approved_on=APPROVED_ON) as ws:
        yield ws


class Desk:
    """The command line of one office."""

    def __init__(self, folder, capsys):
        with workspace(folder / "ws", approved_on=APPROVED_ON):
            pass
        self.folder, self.capsys = folder, capsys

    def run(self, *arguments, at, code=0):
        """Run a command and return what it says as JSON, or its error text."""
        self.capsys.readouterr()
        found = cli.run([*arguments, "-C", str(self.folder / "ws"), "--at", at, "--json"])
        shown = self.capsys.readouterr()
        assert found == code, shown.err + shown.out
        return json.loads(shown.out) if code in (0, 1) else shown.err

    def told(self, *arguments, at):
        """Return what a command says to a person."""
        self.capsys.readouterr()
        assert cli.run([*arguments, "-C", str(self.folder / "ws"), "--at", at]) == 0
        return self.capsys.readouterr().out

    def freeze(self, *options, at=FROZEN_AT, code=0, name="h"):
        return self.run("freeze", PLAN, "--holders", str(self.folder / name), *options, at=at, code=code)

    def public(self, *options, sources=SOURCES, **given):
        return self.freeze("--profile", "public", *several("--source", sources), *options, **given)

    def draw(self, frozen, numbers, *options, at=DRAWN_AT, code=0):
        return self.run(*self.words(frozen, numbers), *options, at=at, code=code)

    def words(self, frozen, numbers):
        """Return the command line of a draw."""
        typed = several("--number", (f"{name}={value}" for name, value in numbers.items()))
        return ["draw", PLAN, *several("--holder", frozen["holders"]), *typed]

    def checks(self, bundle):
        """Return name -> (status, found) of `verify`, which must not fail."""
        report = self.run("verify", str(bundle), at=DRAWN_AT)
        return {one["name"]: (one["status"], one["found"]) for one in report["checks"]}


def several(option, values):
    return [part for value in values for part in (option, str(value))]


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(tmp_path, capsys)


# ---- public events --------------------------------------------------------------------------------------------------


def test_a_draw_by_lottery_and_drand_goes_through_the_command_line(desk):
    frozen = desk.public()
    told = (desk.folder / "ws" / "抽取" / frozen["draw"] / "锁定名单公告.txt").read_text()
    for word in (
        "双色球红球第 2023107 期",
        f"drand quicknet第 {ROUND} 轮",
        "2023年9月15日 19时00分03秒",
        frozen["commitment"],
    ):
        assert word in told
    assert frozen["verifier"] in told
    drawn = desk.draw(frozen, NUMBERS)
    assert len(drawn["drawn"]) == sum(frozen["sizes"].values())
    entropy = json.loads(Path(drawn["bundle"], "entropy.json").read_bytes())
    assert entropy["strings"]["draw"] == f"3.7.12.18.25.31./9./1.2.3.4.35./1.12./42771./14./42./{RANDOMNESS}./"
    checks = desk.checks(drawn["bundle"])
    assert checks["entropy.beacon"][0] == "pass"
    assert checks["entropy.fallbacks"] == ("pass", "none was used")


def test_without_the_extra_the_signature_is_skipped_and_never_passed(desk, monkeypatch):
    monkeypatch.setattr(drand, "checker", lambda: None)
    frozen = desk.public()
    folder = Path(frozen["bundle"])
    assert "签名未核对" in desk.told(*desk.words(frozen, NUMBERS | {"DRAND": SIGNATURE}), at=DRAWN_AT)
    assert desk.checks(folder)["entropy.beacon"][0] == "skipped"
    (page,) = browser.reports([{}], {path.name: path.read_bytes() for path in folder.iterdir()}, None)
    assert page["entropy.beacon"] == "skipped"
    assert "fail" not in page.values()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"DRAND": json.dumps({"round": 657414, "signature": SIGNATURE})}, "不能用第 657414 期"),
        ({"DRAND": json.dumps({"round": 657413, "randomness": "00" * 32, "signature": SIGNATURE})}, "随机数与它的签名对不上"),
        ({"DRAND": SIGNATURE[:-2]}, "签名长度或写法不对"),
        ({"DRAND": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"},
         "不是该网络的签名"),
        ({"DRAND": "无法取得"}, "24 小时"),
        ({"SSQ-RED": "3 7 12 18 25"}, "SSQ-RED 不符合公布"),
        ({"SSQ-RED": "3 7 12 18 25 34"}, "SSQ-RED 不符合公布"),
        ({"SSQ-BLUE": "1.5"}, "SSQ-BLUE 不符合公布"),
        ({"SSQ-BLUE": "９"}, "SSQ-BLUE 不符合公布"),
        ({"PL5": "123456"}, "PL5 不符合公布"),
        ({"PL5": ""}, "缺少现场号码 PL5"),
    ],
)  # fmt: skip
def test_a_number_that_is_not_the_committed_one_is_refused(desk, change, told):
    assert told in desk.draw(desk.public(), NUMBERS | change, code=3)


def test_an_event_before_the_commitment_and_a_number_before_its_event_are_refused(desk):
    assert "早于锁定名单" in desk.public(at="2023-09-14T22:00:00+08:00", code=3)
    frozen = desk.public()
    assert "QXC-SIX 要到 2023-09-15T21:25:00+08:00 才产生" in desk.draw(
        frozen, NUMBERS, at="2023-09-15T20:00:00+08:00", code=3
    )


def test_a_source_nobody_knows_or_a_weak_set_is_refused(desk):
    assert "看不懂号码来源" in desk.public(sources=("彩虹球,2023107,2023-09-14T21:15",), code=3)
    assert "看不懂时间" in desk.public(sources=("双色球,2023107,明天",), code=3)
    assert "独立来源" in desk.public(sources=SOURCES[:4], code=3)
    assert "号码来源与方式不一致" in desk.freeze("--profile", "public", code=3)
    assert "号码来源与方式不一致" in desk.public("--witness", "张三", code=3)
    assert "没有写 drand" in desk.public("--reserve", "现场,赵某,2023-09-18T10:00", sources=SOURCES[:4], code=3)
    # A reserve that could not carry the draw alone is no reserve.
    assert "不足 128 位" in desk.public(
        "--reserve", "3D,2023247,2023-09-14T21:15", "--reserve", "现场,赵某,2023-09-17T10:00", sources=(*SOURCES[:2], SOURCES[4]), code=3
    )  # fmt: skip


def test_a_cancelled_issue_moves_on_by_one_with_its_reason_and_is_shown(desk):
    frozen = desk.public()
    moved = ("--postponed", "SSQ,2023108,第2023107期停开")
    assert "不能用第 2023109 期" in desk.draw(frozen, NUMBERS, "--postponed", "SSQ,2023109,停开", code=3)
    assert "没有在锁定名单时公布" in desk.draw(frozen, NUMBERS, "--postponed", "KL8,2023108,停开", code=3)
    assert "不能用第 2023108 期" in desk.draw(frozen, NUMBERS, "--postponed", "SSQ,2023108,", code=3)
    drawn = desk.draw(frozen, NUMBERS, *moved)
    assert drawn["fallbacks"] == [f"{name} 2023107 became 2023108: 第2023107期停开" for name in ("SSQ-RED", "SSQ-BLUE")]
    shown = desk.told("verify", drawn["bundle"], at=DRAWN_AT)
    assert "动用后备" in shown
    assert "SSQ-RED 2023107 became 2023108: 第2023107期停开" in shown


def test_a_lost_beacon_calls_its_reserve_after_a_day_and_not_earlier(desk):
    frozen = desk.public("--reserve", "现场,公证员赵某,2023-09-16T19:30")
    reserve = next(name for name in frozen["sources"] if name.startswith("RESERVE"))
    lost = NUMBERS | {"DRAND": "无法取得", reserve: "012345678901234"}
    assert "后备来源" in desk.draw(frozen, NUMBERS | {reserve: "1"}, at="2023-09-16T20:00:00+08:00", code=3)
    assert "24 小时" in desk.draw(frozen, NUMBERS | {"DRAND": "无法取得"}, code=3)
    drawn = desk.draw(frozen, lost, at="2023-09-16T20:00:00+08:00")
    assert drawn["fallbacks"] == [f"DRAND {ROUND} was unavailable", f"{reserve} stood in for DRAND"]
    assert desk.checks(drawn["bundle"])["entropy.beacon"][0] == "skipped"


def test_on_a_terminal_public_numbers_are_asked_for_by_name(desk, monkeypatch):
    frozen = desk.public()
    answers = ["郑示例", "冯示例", *NUMBERS.values(), *frozen["holders"]]
    stream = io.StringIO("\n".join(answers) + "\n")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream)
    assert cli.run(["draw", PLAN, "-C", str(desk.folder / "ws"), "--at", DRAWN_AT]) == 0
    shown = desk.capsys.readouterr().err
    for word in (
        "公开号码",
        "双色球红球第 2023107 期",
        "6 个 1 到 33 的号码",
        "0 到 14 的一个数",
        "粘贴网站给出的 JSON",
    ):
        assert word in shown


# ---- the record, the void draw, the thousand tables ------------------------------------------------------------------

WITNESSES = ("见证人甲", "见证人乙", "见证人丙", "见证人丁")
ONSITE = {f"WITNESS-{k}": f"{k}234567890" for k in range(1, 5)}
MAY, LATER = "2026-05-26T09:00:00+08:00", "2026-05-28T10:00:00+08:00"


def onsite(desk, *options, at=MAY, name="h", **given):
    return desk.freeze(*several("--witness", WITNESSES), *options, at=at, name=name, **given)


def test_who_conducted_the_draw_stands_in_the_record_and_in_nothing_public(desk):
    people = ("--operator", "郑示例", "--supervisor", "冯示例", "--attendee", "褚示例", "--place", "三楼会议室")
    frozen = onsite(desk)
    drawn = desk.draw(frozen, ONSITE, *people, at=LATER)
    desk.run("assign", PLAN, *several("--holder", frozen["holders"]), at="2026-05-28T10:30:00+08:00")
    sheet = openpyxl.load_workbook(drawn["record"])["抽取参数"]
    cells = [str(cell.value) for row in sheet for cell in row if cell.value]
    assert {"郑示例", "冯示例", "三楼会议室", "；".join((*WITNESSES, "褚示例"))} <= set(cells)
    public = b"".join(path.read_bytes() for path in Path(drawn["bundle"]).iterdir()).decode()
    assert not [name for name in ("郑示例", "冯示例", "褚示例") if name in public]


def test_a_draw_without_names_says_that_the_record_lacks_them(desk):
    assert "操作人、监督人没有登记" in desk.told(*desk.words(onsite(desk), ONSITE), at=LATER)


def test_a_draw_given_up_before_its_first_code_stays_visible_by_itself(desk, tmp_path):
    first = onsite(desk, "--batch", "1/4")
    gone = desk.run("void", PLAN, "--reason", "保管人文件遗失", "--approver", "吴示例", at="2026-05-28T09:10:00+08:00")
    lines = Path(gone["bundle"], "replacements.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["void"]
    report = desk.run("verify", gone["bundle"], at=LATER)
    assert report["void"]
    assert "已被宣布作废" in desk.told("verify", gone["bundle"], at=LATER)
    again = onsite(desk, "--batch", "1/4", at="2026-05-28T09:20:00+08:00", name="h2")
    commit = json.loads(Path(again["bundle"], "commit.json").read_bytes())
    assert commit["supersedes"] == {"commitment": first["commitment"], "draw": first["draw"]}
    assert commit["plan"]["batch"] == "1/4"
    told = desk.told("verify", again["bundle"], at=LATER)
    assert "重新抽取" in told
    assert first["commitment"] in told
    announced = Path(again["bundle"]).parent.joinpath("锁定名单公告.txt").read_text()
    assert f"前一次 {first['draw']} 已作废，其锁定名单校验码 {first['commitment']}" in announced
    assert "锁定时间：2026年5月28日 9时20分\n" in announced
    assert "WITNESS" not in announced
    drawn = desk.draw(again, ONSITE, at=LATER)
    assert drawn["draw"] == again["draw"]
    site = tmp_path / "公示"
    desk.run("publish", "-o", str(site), "--reviewer", "李示例", at="2026-12-05T09:00:00+08:00")
    (log,) = [path for path in site.rglob("replacements.jsonl") if first["draw"] in str(path)]
    assert "保管人文件遗失" in log.read_text()


def test_a_thousand_tables_are_published_before_three_balls_choose_one(desk):
    frozen = onsite(desk, "--mode", "ceremony")
    drawn = desk.draw(frozen, ONSITE, at=LATER)
    held = several("--holder", frozen["holders"])
    assert "千组抽一" in desk.run("assign", PLAN, "--balls", "042", at=LATER, code=3)
    tables = desk.run("assign", PLAN, *held, at="2026-05-28T10:30:00+08:00", code=1)
    bundle = Path(drawn["bundle"])
    before = bundle.joinpath("ceremony.json").read_bytes()
    assert not bundle.joinpath("assign.json").exists()
    rows = Path(tables["tables"]).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1001
    assert "三个球" in desk.run("assign", PLAN, *held, at="2026-05-28T10:40:00+08:00", code=3)
    assert "三个球" in desk.run("dispatch", PLAN, "-o", str(desk.folder / "t"), at="2026-05-28T10:40:00+08:00", code=3)
    assert "三个 0 到 9 的数字" in desk.run("assign", PLAN, "--balls", "04", at="2026-05-28T10:50:00+08:00", code=3)
    chosen = desk.run("assign", PLAN, "--balls", "042", at="2026-05-28T10:50:00+08:00")
    assert "已经选定分组表" in desk.run("assign", PLAN, "--balls", "043", at="2026-05-28T10:55:00+08:00", code=3)
    assert bundle.joinpath("ceremony.json").read_bytes() == before
    row = json.loads(before)["tables"][42]
    assert [line.split("/")[0].split() for line in row] == [team["inspectors"] for team in chosen["teams"]]
    assert desk.checks(bundle)["assign.tables"][0] == "pass"


def test_a_verifier_that_was_tampered_with_is_not_published_again(desk):
    frozen = onsite(desk)
    page = Path(frozen["bundle"], "verify.html")
    honest = page.read_bytes()
    page.write_bytes(honest.replace("复核不通过".encode(), "复核通过".encode()))
    drawn = desk.draw(frozen, ONSITE, at=LATER)
    assert Path(drawn["bundle"], "verify.html").read_bytes() == honest
    assert desk.checks(drawn["bundle"])["file.verify.html"][0] == "pass"


def test_the_announced_code_and_root_are_compared_on_the_command_line(desk):
    frozen = onsite(desk)
    drawn = desk.draw(frozen, ONSITE, at=LATER)
    known = ("--commitment", frozen["commitment"], "--root", drawn["root"])
    report = desk.run("verify", drawn["bundle"], *known, at=LATER)
    assert {one["status"] for one in report["checks"] if one["name"] in ("commit.hash", "root")} == {"pass"}
    wrong = desk.run("verify", drawn["bundle"], "--commitment", "0" * 64, at=LATER, code=1)
    assert [one["name"] for one in wrong["checks"] if one["status"] == "fail"] == ["commit.hash"]


def test_the_share_of_second_visits_is_a_value_of_the_policy(office):
    plan = conduct.Registers(office).plan(PLAN)
    code = pool.type_code(plan.target_types[0])
    targets = [{"county": "421202", "id": f"T-{k:02d}", "type": code} for k in range(20)]
    frozen = pool.Frozen(targets=targets, inspectors=[], experts=[], recusals=[])
    visits = {f"T-{k:02d}": 1 for k in range(10)}
    sizes = {}
    for share in ("0", "1/10", "1/2"):
        policy = replace(office.policy, values={**office.policy.values, "repeat_visit_share": share})
        batch = campaign.batch_of(plan, frozen, (), policy, visits, 2, 2)
        sizes[share] = {one["type"].removeprefix(code): one["size"] for one in batch.types}
    assert sizes == {"0": {"": 10}, "1/10": {"": 10, "-AGAIN": 1}, "1/2": {"": 10, "-AGAIN": 5}}


def test_sealed_slips_carry_a_draw_without_the_holders_files(desk, monkeypatch):
    frozen = onsite(desk, "--hash", "sm3")
    slips = {}
    for holder, path in zip("AB", frozen["slips"], strict=True):
        lines = [one.text for one in docx.Document(path).paragraphs]
        slips[holder] = {
            int(found[1]): found[2]
            for line in lines
            if (found := re.match(r"第 (\d+) 步　.*：((?:[0-9a-f]{4} ?){16})$", line))
        }
        assert sorted(slips[holder]) == list(range(1, 9))
    typed = several("--number", (f"{name}={value}" for name, value in ONSITE.items()))
    wrong = several("--code", (f"{holder}={codes[2]}" for holder, codes in slips.items()))
    assert "与公布的锚点不符" in desk.run("draw", PLAN, *typed, *wrong, at=LATER, code=3)
    assert "没有保管人“C”" in desk.run("draw", PLAN, *typed, "--code", "C=1", at=LATER, code=3)
    short = ["--code", f"A={slips['A'][1]}", "--code", "B=12"]
    assert "密封条" in desk.run("draw", PLAN, *typed, *short, at=LATER, code=3)
    # One holder reads a slip aloud, the other has the file; then both slips.
    answers = ["郑示例", "冯示例", *ONSITE.values(), slips["A"][1].upper(), frozen["holders"][1]]
    stream = io.StringIO("\n".join(answers) + "\n")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream)
    assert cli.run(["draw", PLAN, "-C", str(desk.folder / "ws"), "--at", LATER]) == 0
    second = several("--code", (f"{holder}={codes[2]}" for holder, codes in slips.items()))
    teams = desk.run("assign", PLAN, *second, at="2026-05-28T10:30:00+08:00")
    ill = ("--person", teams["teams"][0]["inspectors"][0], "--reason", "住院", "--approver", "吴示例")
    third = several("--code", (f"{holder}={codes[3]}" for holder, codes in slips.items()))
    desk.run("replace", PLAN, *ill, *third, at="2026-06-03T09:00:00+08:00")
    commit = json.loads(Path(teams["bundle"], "commit.json").read_bytes())
    assert commit["hash"] == "sm3"
    assert "fail" not in {status for status, _ in desk.checks(teams["bundle"]).values()}


def test_the_probabilities_of_all_pairs_are_published_before_the_code(desk):
    frozen = onsite(desk, "--mode", "bounded")
    drawn = desk.draw(frozen, ONSITE, at=LATER)
    bundle = Path(drawn["bundle"])
    told = desk.run("assign", PLAN, at="2026-05-28T10:30:00+08:00", code=1)
    published = bundle.joinpath("marginals.json").read_bytes()
    assert not bundle.joinpath("assign.json").exists()
    assert "fail" not in {status for status, _ in desk.checks(bundle).values()}
    assert "对象" in Path(told["shares"]).read_text(encoding="utf-8-sig")
    held = several("--holder", frozen["holders"])
    teams = desk.run("assign", PLAN, *held, at="2026-05-28T10:40:00+08:00")
    assert all(len(team["inspectors"]) == 2 for team in teams["teams"])
    assert bundle.joinpath("marginals.json").read_bytes() == published
    assert json.loads(bundle.joinpath("assign.json").read_bytes())["choice"] == json.loads(published)
    assert "fail" not in {status for status, _ in desk.checks(bundle).values()}


def test_photos_of_the_papers_are_published_as_hashes_alone(desk, tmp_path):
    photo = tmp_path / "见证人甲.jpg"
    photo.write_bytes(b"a sheet with a number")
    frozen = onsite(desk)
    assert "没有在锁定名单时公布" in desk.draw(frozen, ONSITE, "--evidence", f"WITNESS-9={photo}", at=LATER, code=3)
    assert "文件操作失败" in desk.draw(frozen, ONSITE, "--evidence", "WITNESS-1=没有.jpg", at=LATER, code=3)
    drawn = desk.draw(frozen, ONSITE, "--evidence", f"WITNESS-1={photo}", at=LATER)
    teams = desk.run("assign", PLAN, *several("--holder", frozen["holders"]), at="2026-05-28T10:30:00+08:00")
    ill = (
        "--person",
        teams["teams"][0]["inspectors"][0],
        "--reason",
        "住院",
        "--approver",
        "吴示例",
        "--evidence",
        str(photo),
    )
    desk.run("replace", PLAN, *ill, *several("--holder", frozen["holders"]), at="2026-06-03T09:00:00+08:00")
    bundle, hashed = Path(drawn["bundle"]), hashlib.sha256(photo.read_bytes()).hexdigest()
    values = json.loads(bundle.joinpath("entropy.json").read_bytes())["values"]
    assert [value.get("evidence") for value in values] == [hashed, None, None, None]
    assert f'"evidence":"{hashed}"' in bundle.joinpath("replacements.jsonl").read_text()
    assert "fail" not in {status for status, _ in desk.checks(bundle).values()}


def test_a_time_stamp_laid_beside_the_bundle_is_published_with_it(desk):
    frozen = onsite(desk)
    Path(frozen["bundle"]).parent.joinpath("commit.tsr").write_bytes(b"\x30\x82token")
    drawn = desk.draw(frozen, ONSITE, at=LATER)
    assert Path(drawn["bundle"], "commit.tsr").read_bytes() == b"\x30\x82token"
    checks = desk.checks(drawn["bundle"])
    assert checks["file.commit.tsr"][0] == "pass"
    assert checks["commit.timestamp"][0] == "skipped"
