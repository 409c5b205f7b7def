"""Receiving as an office lives it: receipts for everything, late flags set once, packages that enter the next level."""

import io
import json
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
import samples_sent
from offices import form, moment, nominee, read_stand_ins

import cli
from engine import executor, report, trace
from engine.model import NotFound, Refused
from engine.workflow import collect, evidence, locking, tracing
from engine.workflow.findings import Findings
from engine.workflow.registers import Registers
from engine.workspace import Workspace
from schemas import loader
from simulate.dirt import office as forms
from workbooks import template as writer

COVER = {
    "filled_by": "钱明远",
    "checked_by": "孙立",
    "approved_by": "周正",
    "phone": "13900000001",
    "filled_on": "2026-05-18",
}


@pytest.fixture
def stand_ins(monkeypatch):
    read_stand_ins(monkeypatch)


def office(tmp_path, unit="421200"):
    collect.init(tmp_path / unit, unit, 2026, at=moment(1))
    return Workspace(tmp_path / unit)


def send(workspace, at, *datas, names=()):
    inbox = workspace.root.parent / f"in-{at:%d%H%M}-{len(list(workspace.root.parent.iterdir()))}"
    inbox.mkdir()
    for number, data in enumerate(datas):
        (inbox / (names[number] if names else f"{number}.xlsx")).write_bytes(data)
    return collect.receive(workspace, [inbox], at=at, workers=0)["files"]


def outcome(receipt):
    return receipt["verdict"], receipt["outcome"], receipt["version"]


def nominations(unit, *people, cover=COVER):
    """Return a real T06 of `unit`."""
    form_ = loader.template("T06")
    identity = writer.identity_of(form_, unit=unit, year=2026)
    return writer.write(form_, identity, unit=loader.units()[unit], year=2026, rows={"nominees": people}, cover=cover)


# ---- receipts ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("stand_ins")
def test_every_arrival_gets_a_receipt_and_a_receipt_file(tmp_path):
    with office(tmp_path) as city:
        found = send(
            city,
            moment(18),
            form("421221", nominee("1"), nominee("2")),
            form("421222", nominee("3"), bad=True),
            b"\x00",
            b"%PDF-1.4",
            names=("a.xlsx", "b.xlsx", "c.xlsx", "d.pdf"),
        )
        assert [outcome(one)[:2] for one in found] == [
            ("accepted", "new"),
            ("returned", "returned"),
            ("refused", "refused"),
            ("accepted", "stored"),
        ]
        assert len({one["number"] for one in found}) == 4
        texts = [path.read_text(encoding="utf-8-sig") for path in sorted((city.root / "回执").iterdir())]
        assert len(texts) == 4
        for receipt, text in zip(found, texts, strict=True):
            assert receipt["number"] in text
            assert receipt["sha256"] in text
        assert "嘉鱼县司法局" in texts[0]
        assert "按时" in texts[0]
        assert (city.root / found[1]["returned"]).read_bytes() == b"returned copy"


@pytest.mark.usefixtures("stand_ins")
def test_the_same_bytes_get_the_same_receipt_and_the_original_is_kept_once(tmp_path):
    with office(tmp_path) as city:
        first = send(city, moment(18), form("421221", nominee("1"), nominee("2")))[0]
        again = send(city, moment(19), form("421221", nominee("1"), nominee("2")))[0]
        assert again["number"] == first["number"]
        assert again["outcome"] == "again"
        assert len(list(city.originals.iterdir())) == 1
        assert len(city.store.submissions()) == 1


@pytest.mark.usefixtures("stand_ins")
def test_two_copies_in_one_folder_are_one_arrival(tmp_path):
    with office(tmp_path) as city:
        data = form("421221", nominee("1"), nominee("2"))
        found = send(city, moment(18), data, data)
        assert [one["outcome"] for one in found] == ["new", "again"]
        assert found[0]["number"] == found[1]["number"]


@pytest.mark.usefixtures("stand_ins")
def test_old_content_is_old_in_whichever_of_its_files_it_comes_again(tmp_path):
    """D027: the copy saved anew made no version; once a newer file counts, sending that copy again is sending the old one."""
    with office(tmp_path) as city:
        one = form("421221", nominee("1"), nominee("2"))
        resaved, late = (form("421221", nominee("1"), nominee("2"), padding=one) for one in ("另存", "又另存"))
        send(city, moment(16), one)
        send(city, moment(17), resaved)
        newest = send(city, moment(18), form("421221", nominee("1"), nominee("3")))[0]
        for day, old in ((19, one), (20, resaved), (21, late), (22, late)):
            again = send(city, moment(day), old)[0]
            assert (again["verdict"], again["outcome"]) == ("returned", "old")
            assert [one["code"] for one in again["issues"]] == ["DR-A103"]
            assert newest["number"] in again["issues"][-1]["message"]


@pytest.mark.usefixtures("stand_ins")
def test_versions_old_files_and_contests_are_answered(tmp_path):
    with office(tmp_path) as city:
        one, two = form("421221", nominee("1"), nominee("2")), form("421221", nominee("1"), nominee("3"))
        resaved = form("421221", nominee("1"), nominee("2"), padding="另存")
        assert outcome(send(city, moment(17), one)[0]) == ("accepted", "new", 1)
        assert outcome(send(city, moment(17, 10), resaved)[0]) == ("accepted", "same", 1)
        assert outcome(send(city, moment(18), two)[0]) == ("accepted", "new", 2)
        assert send(city, moment(19), one)[0]["outcome"] == "old"
        other = send(city, moment(18, 15), form("421221", nominee("1"), nominee("4")))[0]
        assert outcome(other)[:2] == ("returned", "conflict")
        assert other["issues"][-1]["code"] == "DR-A104"
        assert len(city.store.accepted("T06", "nominees")) == 0


@pytest.mark.usefixtures("stand_ins")
def test_a_file_for_another_level_is_handed_on_and_not_recorded(tmp_path):
    with office(tmp_path, "420000") as province:
        found = send(province, moment(18), form("421221", nominee("1"), nominee("2")))[0]
        assert outcome(found)[:2] == ("returned", "forwarded")
        assert found["issues"][0]["code"] == "DR-A105"
        assert [path.name for path in (province.root / "转办" / "咸宁市司法局").iterdir()] == ["0.xlsx"]
        assert province.store.submissions() == []


@pytest.mark.parametrize(
    ("at", "on_time"),
    [(moment(22, 23, 59), True), (moment(23, 0, 0), False)],
)
@pytest.mark.usefixtures("stand_ins")
def test_the_day_of_the_deadline_counts_to_its_last_minute(tmp_path, at, on_time):
    with office(tmp_path) as city:
        found = send(city, at, form("421221", nominee("1"), nominee("2")))[0]
        assert found["on_time"] is on_time
        assert ("DR-A110" in [one["code"] for one in found["issues"]]) is not on_time
        (receipt,) = (city.root / "回执").iterdir()
        words = receipt.read_text(encoding="utf-8-sig")
        assert f"收到时间　2026年5月{at.day}日 {at.hour}时{at.minute:02d}分\n" in words
        assert "T" not in words.replace("T06", "").replace("SHA-256", "").partition("需要知道的事项")[2]


@pytest.mark.usefixtures("stand_ins")
def test_returned_in_time_and_corrected_late_says_so_and_stays_late(tmp_path):
    with office(tmp_path) as city:
        send(city, moment(20), form("421221", nominee("1"), bad=True))
        send(city, moment(24), form("421221", nominee("1"), nominee("2")))
        line = next(one for one in collect.status(city, at=moment(25))["units"] if one["unit"] == "421221")
        assert (line["on_time"], line["accepted"], line["accepted_on_time"], line["returned"]) == (1, 1, 0, 1)
        assert line["state"] == "按时首报，逾期通过"
        assert [one["is_late"] for one in city.store.submissions()] == [0, 1]


@pytest.mark.usefixtures("stand_ins")
def test_a_supplement_adds_and_is_said_to(tmp_path):
    with office(tmp_path) as city:
        send(city, moment(18), form("421221", nominee("1")))
        line = next(one for one in collect.status(city, at=moment(18))["units"] if one["unit"] == "421221")
        assert line["state"] == "通过（1/2，不足额）"
        found = send(city, moment(19), form("421221", nominee("2")))[0]
        assert found["kind"] == "补报"
        assert found["issues"][-1]["code"] == "DR-A109"
        assert list(city.store.accepted("T06", "nominees")["_key"]) == ["1", "2"]


@pytest.mark.usefixtures("stand_ins")
def test_an_interrupted_receive_is_simply_done_again(tmp_path, monkeypatch):
    with office(tmp_path) as city:
        inbox = tmp_path / "in"
        inbox.mkdir()
        for number in range(120):
            (inbox / f"{number:03d}.xlsx").write_bytes(form("421221", nominee("1"), nominee("2"), padding=str(number)))

        def stop(count, total):
            raise KeyboardInterrupt(count, total)

        with pytest.raises(KeyboardInterrupt):
            collect.receive(city, [inbox], at=moment(18), workers=0, progress=stop)
        assert len(city.store.arrivals()) == executor.CHUNK
        found = collect.receive(city, [inbox], at=moment(18), workers=0)["files"]
        assert [one["outcome"] for one in found[: executor.CHUNK]] == ["again"] * executor.CHUNK
        assert len({one["number"] for one in found}) == 120
        assert evidence.audit(city)["ok"]


def test_nothing_to_receive_is_said(tmp_path):
    with office(tmp_path) as city:
        (tmp_path / "空").mkdir()
        for path in (tmp_path / "空", tmp_path / "没有"):
            with pytest.raises(NotFound):
                collect.receive(city, [path], at=moment(18), workers=0)


# ---- with real workbooks ---------------------------------------------------------------------------------------------


def people(unit, *names):
    return [nominee(f"{unit}{number:05d}", name) for number, name in enumerate(names, 1)]


def test_the_same_bytes_again_are_told_once_under_the_name_they_came_with(tmp_path):
    """D026: nothing is said twice, and who sent it finds his own file name."""
    table = "姓名,职务,人员类别,执法资质,执法证号,业务专长,可检查领域\n吴敏,股长,行政执法类公务员,持有行政执法证,42122100001,公证管理,公证\n"
    with office(tmp_path) as city:
        (first,) = send(city, moment(18), table.encode("gbk"), names=("甲.csv",))
        (again,) = send(city, moment(19, 15, 30), table.encode("gbk"), names=("乙.csv",))
    codes = [one["code"] for one in first["issues"]]
    assert codes[0] == "DR-T001" and len(set(codes)) == len(codes)
    assert [one["code"] for one in again["issues"]] == [*codes, "DR-A101"]
    assert "已于 2026年5月18日 9时00分 收过" in again["issues"][-1]["message"]
    assert (again["outcome"], again["number"]) == ("again", first["number"])
    assert f"{first['number']} 乙.csv（与 甲.csv 是同一文件）：" in report.text({"files": [again]})


def test_two_counties_become_a_package_that_the_province_accepts(tmp_path):
    with office(tmp_path) as city, office(tmp_path, "420000") as province:
        found = send(
            city,
            moment(18),
            nominations("421221", *people("421221", "吴敏", "郑洁")),
            nominations("421222", *people("421222", "冯涛", "陈静")),
        )
        assert [outcome(one) for one in found] == [("accepted", "new", 1)] * 2, found
        signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
        made = collect.submit(city, tmp_path / "包.zip", at=moment(23), signers=signers)
        assert made["templates"] == ["T04"]
        assert made["missing"] == ["421202", "421223", "421224", "421281"]
        assert {"报送函.docx", "汇总表.xlsx", "报送/2026_NOM_421200_T04_v1.xlsx"} <= set(made["files"])
        with zipfile.ZipFile(tmp_path / "包.zip") as archive:
            manifest = json.loads(archive.read("清单.json"))
        assert manifest["rows"]["T04"]["42122100001"]["cells"]["certificate_no"] == "F5"
        received = collect.receive(province, [tmp_path / "包.zip"], at=moment(24), workers=0)["files"]
        assert outcome(received[0]) == ("accepted", "new", 1), received[0]["issues"]
        assert "DR-A112" in [one["code"] for one in received[0]["issues"]]
        assert [one["outcome"] for one in received[1:]] == ["stored", "stored"]
        collect.consolidate(province, at=moment(25))
        rows = province.store.register("T04", "inspectors").to_dict("records")
        assert [(row["inspector_id"], row["name"], row["unit_name"]) for row in rows] == [
            ("I-421221-001", "吴敏", "嘉鱼县司法局"),
            ("I-421221-002", "郑洁", "嘉鱼县司法局"),
            ("I-421222-001", "冯涛", "通城县司法局"),
            ("I-421222-002", "陈静", "通城县司法局"),
        ]
        from engine.consolidate import provenance

        upper, lower = provenance(province.store, "T04", "inspectors", "42122200002")
        assert (upper["unit"], lower["unit"], lower["template"], lower["row"]) == ("421200", "421222", "T06", 6)
        assert province.original(lower["sha256"]) == nominations("421222", *people("421222", "冯涛", "陈静"))
        assert evidence.audit(province)["ok"]
        board = collect.status(province, at=moment(25))
        assert sum(one["accepted"] for one in board["units"] if one["template"] == "T04") == 1


def test_the_letter_says_how_many_of_each_class_and_asks_whether_that_is_all(tmp_path):
    """R21: who signs says whether the roster holds everybody of the three classes; the program cannot know."""
    with office(tmp_path) as city:
        send(city, moment(18), nominations("421221", *people("421221", "吴敏", "郑洁")))
        signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
        collect.submit(city, tmp_path / "包.zip", at=moment(23), signers=signers)
    with zipfile.ZipFile(tmp_path / "包.zip") as archive:
        letter = docx.Document(io.BytesIO(archive.read("报送函.docx")))
    said = [one.text for one in letter.paragraphs]
    assert (
        "执法检查人员名录库共 2 人（行政执法类公务员 2 人；持证 2 人）。只有推荐人员的单位 1 个：嘉鱼县司法局。" in said
    )
    (asked,) = [one for one in said if "是否已全部入库" in one]
    assert asked.count("□") == 2
    assert all(one.label in asked for one in loader.code_lists()["C07"].entries)


def test_a_package_made_twice_is_the_same_bytes(tmp_path):
    with office(tmp_path) as city:
        send(city, moment(18), nominations("421221", *people("421221", "吴敏", "郑洁")))
        signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
        one = collect.submit(city, tmp_path / "一.zip", at=moment(23), signers=signers)
        two = collect.submit(city, tmp_path / "二.zip", at=moment(23))
        assert one["sha256"] == two["sha256"]


def test_a_plain_roster_from_a_city_without_the_program_is_accepted_and_marked(tmp_path):
    with office(tmp_path) as city, office(tmp_path, "420000") as province:
        send(city, moment(18), nominations("421221", *people("421221", "吴敏", "郑洁")))
        signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
        collect.submit(city, tmp_path / "包.zip", at=moment(23), signers=signers)
        with zipfile.ZipFile(tmp_path / "包.zip") as archive:
            found = send(province, moment(24), archive.read("报送/2026_NOM_421200_T04_v1.xlsx"))[0]
        assert outcome(found) == ("accepted", "new", 1), found["issues"]
        assert "DR-A108" in [one["code"] for one in found["issues"]]
        collect.consolidate(province, at=moment(25))
        book = province.root / "汇总" / "T04_执法检查人员名录库.xlsx"
        (head,) = [
            row
            for row in openpyxl.load_workbook(book).worksheets[0].iter_rows()
            if "姓名" in {one.value for one in row}
        ]
        name = next(one for one in head if one.value == "姓名")
        told = tracing.trace(province, book, f"{name.column_letter}{name.row + 1}")
        assert [line for line in told["lines"] if "无下级原件" in line] == [told["lines"][-1]]
        own = tracing.trace(
            city, city.root / "汇总" / "T04_执法检查人员名录库.xlsx", f"{name.column_letter}{name.row + 1}"
        )
        assert "无下级原件" not in "".join(own["lines"])


@pytest.mark.parametrize("other", ["钱 明远", "钱明远。", "钱\u3000明远", "钱\u200b明远", "＿ "])
def test_who_checks_is_another_person_than_who_filled_in_however_the_name_is_typed(tmp_path, other):
    with office(tmp_path) as city:
        send(city, moment(18), nominations("421221", *people("421221", "吴敏", "郑洁")))
        signers = {"filled_by": "钱明远", "checked_by": other, "approved_by": "周正", "phone": "13900000001"}
        with pytest.raises(Refused, match="审核人"):
            collect.submit(city, tmp_path / "包.zip", at=moment(23), signers=signers)


def leave(city, unit, at, *, by="421200", until="2026-05-28"):
    """Send a request 解锁更正 for `unit`, filed by `by`."""
    asked = {
        "request_id": f"Q-{at:%d}-{by}", "request_type": "解锁更正", "reference": f"{unit}-T06", "new_value": until,
        "decided_on": at.date().isoformat(), "is_approved": True,
    }  # fmt: skip
    send(city, at, form(by, asked, template="T16", sheet="requests", key="request_id", period="CHANGE"))


@pytest.mark.usefixtures("stand_ins")
def test_what_is_locked_changes_by_leave_only_and_leave_has_an_end(tmp_path):
    """R56, intake 5.9: after the lock a file gets its receipt and counts for nothing, but for the unit that has leave, until its day."""
    with office(tmp_path) as city:
        send(city, moment(18), form("421221", nominee("1"), nominee("2")))
        with pytest.raises(Refused, match="已接收而没有汇总"):
            locking.lock(city, "T06", at=moment(19), by="周正")
        collect.consolidate(city, at=moment(19))
        locking.lock(city, "T06", at=moment(24), by="周正")
        changed = [form("421221", nominee("1"), nominee(str(number))) for number in (3, 4, 5)]
        (shut,) = send(city, moment(25), changed[0])
        assert (outcome(shut), [one["code"] for one in shut["issues"]]) == (("returned", "returned", None), ["DR-A116"])
        assert "421221-T06" in shut["issues"][0]["fix"] and "2026年5月24日" in shut["issues"][0]["message"]
        (other,) = send(city, moment(25, 10), form("421222", nominee("8"), nominee("9")))
        assert other["issues"][0]["code"] == "DR-A116"
        leave(city, "421221", moment(26), by="421221")  # nobody gives leave to himself
        assert send(city, moment(26, 10), changed[0])[0]["verdict"] == "returned"
        leave(city, "421221", moment(27))
        assert send(city, moment(27, 10), changed[0])[0]["verdict"] == "accepted"  # the very file that was shut out
        assert send(city, moment(28), changed[1])[0]["verdict"] == "accepted"
        assert send(city, moment(29), changed[2])[0]["verdict"] == "returned"
        assert send(city, moment(28, 11), form("421222", nominee("8"), nominee("9")))[0]["verdict"] == "returned"
        collect.consolidate(city, at=moment(29, 10))
        assert list(city.store.register("T04", "inspectors")["_key"]) == ["1", "4"]
        assert collect.status(city, at=moment(29, 11))["locked"] == {"T06": "2026-05-24T09:00:00+08:00"}
        locking.lock(city, "T06", at=moment(30), by="周正", reopen="省厅要求补充")
        assert send(city, moment(30, 10), form("421222", nominee("8"), nominee("7")))[0]["verdict"] == "accepted"
        assert evidence.audit(city)["ok"]


@pytest.mark.usefixtures("stand_ins")
def test_only_a_form_from_below_is_locked_and_only_once(tmp_path, capsys):
    with office(tmp_path) as city:
        for template in ("T16", "T09", "T99"):
            with pytest.raises(NotFound, match="不能锁定"):
                locking.lock(city, template, at=moment(24), by="周正")
        with pytest.raises(Refused, match="没有锁定，不用解除"):
            locking.lock(city, "T06", at=moment(24), by="周正", reopen="误锁")
        root = city.root
    home, at = ["-C", str(root)], ["--at", "2026-05-24T09:00:00+08:00"]
    assert cli.run([*home, "lock", "T06", "--by", "周正", *at]) == 0
    assert "自 2026年5月24日 9时00分 起锁定（周正）" in capsys.readouterr().out
    assert cli.run([*home, "lock", "T06", "--by", "周正", *at]) == 3
    cli.run([*home, "status", *at])
    assert "T06 已于 2026年5月24日 9时00分 锁定" in capsys.readouterr().out


@pytest.mark.usefixtures("stand_ins")
def test_a_report_is_taken_back_by_its_receipt_number_and_owed_again(tmp_path):
    """R56: the receiver consents (T16 报送撤回); the rows leave the register, the board asks again, a new report is the next version."""

    def request(city, unit, number, name, at):
        asked = {"request_id": name, "request_type": "报送撤回", "reference": number, "is_approved": True}
        send(city, at, form(unit, asked, template="T16", sheet="requests", key="request_id", period="CHANGE"))
        return collect.consolidate(city, at=at)["registers"]

    def line(city, at):
        found = next(one for one in collect.status(city, at=at)["units"] if one["unit"] == "421221")
        return found["accepted"], found["state"]

    with office(tmp_path) as city:
        (sent,) = send(city, moment(18), form("421221", nominee("1"), nominee("2")))
        collect.consolidate(city, at=moment(18, 10))
        request(city, "421221", sent["number"], "Q1", moment(19))  # its own wish is no consent
        assert line(city, moment(19, 10)) == (1, "通过")
        registers = request(city, "421200", sent["number"], "Q2", moment(20))
        assert next(one["removed"] for one in registers if one["template"] == "T04") == ["1", "2"]
        assert line(city, moment(20, 10)) == (0, "已撤回，待重报")
        (same,) = send(
            city, moment(20, 12), form("421221", nominee("1"), nominee("2"))
        )  # thought over: it was right after all
        assert (same["verdict"], same["issues"][-1]["code"]) == ("accepted", "DR-A114")
        assert line(city, moment(20, 13)) == (1, "通过")
        (again,) = send(city, moment(21), form("421221", nominee("1"), nominee("3")))
        assert outcome(again) == ("accepted", "new", 3)
        assert line(city, moment(21, 10)) == (1, "通过")
        collect.consolidate(city, at=moment(21, 11))
        assert list(city.store.register("T04", "inspectors")["_key"]) == ["1", "3"]
        assert evidence.audit(city)["ok"]


def test_a_package_needs_signatures_content_and_somebody_above(tmp_path):
    signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
    with office(tmp_path) as city, office(tmp_path, "420000") as province:
        with pytest.raises(Refused, match="填报人"):
            collect.submit(city, tmp_path / "包.zip", at=moment(23))
        with pytest.raises(Refused, match="同一人"):
            collect.submit(city, tmp_path / "包.zip", at=moment(23), signers={**signers, "checked_by": "钱明远"})
        with pytest.raises(Refused, match="没有"):
            collect.submit(city, tmp_path / "包.zip", at=moment(23), signers=signers)
        with pytest.raises(Refused, match="上级"):
            collect.submit(province, tmp_path / "包.zip", at=moment(23), signers=signers)
        assert not (tmp_path / "包.zip").exists()


def test_templates_go_to_the_units_that_owe_them(tmp_path):
    with office(tmp_path) as city:
        made = collect.templates(["T06", "T06b"], tmp_path / "下发", year=2026, workspace=city)
    assert len(made["written"]) == 8
    described = made["templates"][0]
    assert (described["template"], described["sheet"], described["key_row"]) == ("T06", "推荐人员", 4)
    assert described["fields"][0] == {"key": "name", "title": "姓名", "type": "text", "required": True, "codes": None}


def test_check_needs_no_workspace_and_returns_marked_copies(tmp_path):
    broken = [nominee("", "吴敏"), nominee("42122100002", "郑洁")]
    (tmp_path / "表.xlsx").write_bytes(nominations("421221", *broken))
    found = collect.check([tmp_path / "表.xlsx"], year=2026, at=moment(18), return_to=tmp_path / "退", workers=0)[
        "files"
    ][0]
    assert (found["verdict"], found["template"], found["unit"], found["rows"]) == ("returned", "T06", "421221", 2)
    assert "F5" in [one["cell"] for one in found["issues"]]
    assert [str(path) for path in (tmp_path / "退").iterdir()] == [found["returned"]]


def test_two_files_of_one_name_get_a_copy_each(tmp_path):
    places = [tmp_path / folder / "表.xlsx" for folder in ("嘉鱼", "赤壁")]
    for place, unit in zip(places, ("421221", "421281"), strict=True):
        place.parent.mkdir()
        place.write_bytes(nominations(unit, nominee("", "吴敏"), nominee("42122100002", "郑洁")))
    found = collect.check(places, year=2026, at=moment(18), return_to=tmp_path / "退", workers=0)["files"]
    assert [Path(one["returned"]).name for one in found] == ["退回_表.xlsx", "退回_表_2.xlsx"]
    again = collect.check([one["returned"] for one in found], year=2026, at=moment(18), workers=0)["files"]
    assert [one["unit"] for one in again] == ["421221", "421281"]


def test_two_names_for_the_same_bytes_are_both_told_what_was_found(tmp_path):
    data = nominations("421221", nominee("", "吴敏"), nominee("42122100002", "郑洁"))
    for name in ("甲.xlsx", "乙.xlsx"):
        (tmp_path / name).write_bytes(data)
    found = collect.check([tmp_path / "甲.xlsx", tmp_path / "乙.xlsx"], year=2026, at=moment(18), workers=0)["files"]
    assert [one["file"] for one in found] == ["甲.xlsx", "乙.xlsx"]
    assert found[0]["issues"] == found[1]["issues"]
    assert found[0]["issues"]


def test_equal_bytes_under_two_names_are_each_described_by_their_own(tmp_path):
    """D001: the suffix that does not fit is a fact about one file, not about all that hold the same bytes."""
    (tmp_path / "甲.xlsx").write_bytes(nominations("421221", nominee("42122100001"), nominee("42122100002", "郑洁")))
    (tmp_path / "乙.xls").write_bytes((tmp_path / "甲.xlsx").read_bytes())
    for order in (["甲.xlsx", "乙.xls"], ["乙.xls", "甲.xlsx"]):
        found = collect.check([tmp_path / name for name in order], year=2026, at=moment(18), workers=0)["files"]
        told = {one["file"]: {issue["code"] for issue in one["issues"]} for one in found}
        assert "DR-F111" in told["乙.xls"]
        assert "DR-F111" not in told["甲.xlsx"]


def test_check_names_every_file_a_scan_as_an_attachment_and_a_false_workbook_as_a_picture(tmp_path):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(40)
    names = ("表.xlsx", "盖章.png", "推荐表.xlsx")
    for name in names:
        (tmp_path / name).write_bytes(picture)
    (tmp_path / "表.xlsx").write_bytes(nominations("421221", nominee("42122100001"), nominee("42122100002", "郑洁")))
    found = collect.check([tmp_path / name for name in names], year=2026, at=moment(18), workers=0)["files"]
    assert [(one["file"], one["verdict"]) for one in found] == [
        ("表.xlsx", "accepted"),
        ("盖章.png", "accepted"),
        ("推荐表.xlsx", "refused"),
    ]
    assert [[one["code"] for one in found[at]["issues"]] for at in (1, 2)] == [["DR-A107"], ["DR-F006"]]
    alone = collect.check([tmp_path / "推荐表.xlsx"], year=2026, at=moment(18), workers=0)["files"]
    assert [one["verdict"] for one in alone] == ["refused"]


def test_the_list_of_contacts_says_whom_to_ring(tmp_path):
    (tmp_path / "通讯录.csv").write_bytes(
        "单位,联系人,电话\n嘉鱼县司法局,吴敏,13900000002\n421222,郑洁,13900000003\n".encode("gbk")
    )
    with office(tmp_path) as city:
        calls = collect.status(city, at=moment(20), contacts=tmp_path / "通讯录.csv")["calls"]
        known = {one["unit"]: (one["person"], one["phone"]) for one in calls}
        assert known["421221"] == ("吴敏", "13900000002")
        assert known["421222"] == ("郑洁", "13900000003")
        assert known["421223"] == ("", "")
        (tmp_path / "错.csv").write_text("单位,联系人,电话\n火星司法局,吴敏,1\n", encoding="utf-8")
        with pytest.raises(Refused, match="火星司法局"):
            collect.status(city, at=moment(20), contacts=tmp_path / "错.csv")


def test_a_returned_copy_names_whom_to_ask(tmp_path):
    """Intake §5.5: the receiver's own line in its list of contacts stands at the head of every copy it returns."""
    (tmp_path / "通讯录.csv").write_text("单位,联系人,电话\n咸宁市司法局,孙立,13900000009\n", encoding="utf-8")
    broken = nominee("", "吴敏"), nominee("42122100002", "郑洁")

    def asked(city, at, unit):
        found = send(city, at, nominations(unit, *broken))[0]
        first = openpyxl.load_workbook(city.root / found["returned"]).worksheets[0]
        cells = [str(cell.value) for row in first.iter_rows() for cell in row if cell.value]
        return [text for text in cells if "有疑问请联系" in text]

    with office(tmp_path) as city:
        (unnamed,) = asked(city, moment(18), "421221")
        assert unnamed.endswith("有疑问请联系：咸宁市司法局")
        collect.status(city, at=moment(18), contacts=tmp_path / "通讯录.csv")
        (named,) = asked(city, moment(19), "421281")
        assert named.endswith("有疑问请联系：咸宁市司法局 孙立 13900000009")


def test_a_code_stored_as_a_number_leaves_its_cell_empty_and_is_listed(tmp_path):
    """D073: 18 digits in a number are 15 digits and a guess; the office looks the code up."""
    book = openpyxl.Workbook()
    book.active.append(["机构名称", "统一社会信用代码", "执业证号"])
    book.active.append(["赤壁市公证处", 124212000000385123, "42128101"])
    book.save(tmp_path / "外来.xlsx")
    made = collect.adopt(tmp_path / "外来.xlsx", "T02", tmp_path / "转换", year=2026, unit="421281")
    assert [one["cell"] for one in made["unmapped"]] == ["B2"]
    grid = openpyxl.load_workbook(made["written"])[loader.template("T02").sheets[0].title]
    values = {key.value: cell.value for key, cell in zip(grid[4], grid[5], strict=True)}
    assert (values["#name"], values["#uscc"], values["#licence_no"]) == ("赤壁市公证处", None, "42128101")
    leftovers = openpyxl.load_workbook(made["leftovers"])["未对应内容"]
    assert any("124212000000385" in str(cell.value) for row in leftovers for cell in row)


def test_rows_are_examined_before_anybody_has_said_whose_they_are(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["机构名称", "统一社会信用代码", "执业证号"])
    for number in (1, 2, 3):
        book.active.append([f"赤壁市第{number}公证处", None, f"4212810{number}"])
    book.save(tmp_path / "外来.xlsx")
    made = [
        collect.adopt(tmp_path / "外来.xlsx", "T02", tmp_path / unit, year=2026, unit=unit) for unit in ("", "421281")
    ]
    told = [[(one["code"], one["cell"]) for one in found["issues"]] for found in made]
    assert told[0] == told[1]
    assert {("DR-R001", "C5"), ("DR-R001", "C6"), ("DR-R001", "C7")} <= set(told[0])
    assert "需要补正的 0 处" not in "".join(made[0]["lines"])
    form = openpyxl.load_workbook(made[0]["written"])
    assert "420000" not in [cell.value for row in form["封面"] for cell in row], "the stand-in is not written down"


def test_a_foreign_list_becomes_a_template_and_what_has_no_place_is_listed(tmp_path, request):
    source = request.path.parents[1] / "data" / "item-list-hainan-2020.xlsx"
    made = collect.adopt(source, "T01", tmp_path, year=2026, unit="420000")
    assert made["rows"] > 200
    assert made["columns"]["抽查项目/抽查事项"] == "item_name"
    assert all(one["cell"] and one["reason"] for one in made["unmapped"])
    again = collect.adopt(source, "T01", tmp_path / "二", year=2026, unit="420000", mapping=tmp_path / made["mapping"])
    assert (again["rows"], again["columns"]) == (made["rows"], made["columns"])


def test_a_supplement_of_real_files_is_not_told_to_bring_more(tmp_path):
    with office(tmp_path) as city:
        first = send(city, moment(20), samples_sent.one_row(0))[0]
        second = send(city, moment(23), samples_sent.one_row(1))[0]
    assert [one["code"] for one in first["issues"]] == ["DR-Q003"]
    assert [one["code"] for one in second["issues"]] == ["DR-A110", "DR-A109"]
    assert "合计 2 人" in second["issues"][1]["message"]
    assert "已写原因的，不用再办" in second["issues"][0]["fix"]
    assert "补报" in loader.issue_texts()["DR-Q001"].fix


@pytest.mark.parametrize("chosen", [0, 1])
def test_the_file_that_is_sent_again_of_two_is_told_to_count(tmp_path, chosen):
    with office(tmp_path) as city:
        two = [samples_sent.office.workbook("T06"), samples_sent.one_row(0)]
        first = [send(city, moment(20, 9 + number), data)[0] for number, data in enumerate(two)]
        again = send(city, moment(21), two[chosen])[0]
        board = collect.status(city, at=moment(21))["units"]
    assert first[1]["outcome"] == "conflict"
    assert (again["verdict"], again["number"]) == ("accepted", first[chosen]["number"])
    assert "DR-A104" not in [one["code"] for one in again["issues"]]
    assert next(one["state"] for one in board if one["unit"] == "421221").startswith("通过")
    assert "DR-A113" in [one["code"] for one in again["issues"]]


def test_the_list_of_the_province_reaches_the_city_and_takes_the_place_of_the_one_that_comes_with_the_program(tmp_path):
    """R16-R18: whoever inspects by the list has the list in force; it is read, and not reported back up."""
    rows = [{**row, "item_name": row["item_name"] + "（新）"} for row in loader.provincial_items(2026)[:-1]]
    left_out = loader.provincial_items(2026)[-1]["item_code"]
    data = forms.filled("T01", {"items": rows}, sender="420000")
    for unit in ("420000", "421200"):
        collect.init(tmp_path / unit, unit, 2026, at=moment(1))
        path = tmp_path / f"{unit}.xlsx"
        path.write_bytes(data)
        with Workspace(tmp_path / unit) as ws:
            found = collect.receive(ws, [path], at=moment(25), workers=0)["files"]
            assert found[0]["verdict"] == "accepted", found[0]["issues"]
            collect.consolidate(ws, at=moment(26))
            items = Registers(ws).items()
            assert all(one["item_name"].endswith("（新）") for one in items)
            assert left_out not in {one["item_code"] for one in items}
            kept = ws.store.edition("T01", "items")
            assert bool(kept and kept["rows"]) is (unit == "420000")
            refs = Findings(ws).items()
            assert trace.resolve(ws.store, refs[0]["_ref"], "item_name")[0]["file"] == path.name


def test_another_form_of_an_office_above_is_still_refused(tmp_path):
    collect.init(tmp_path / "421200", "421200", 2026, at=moment(1))
    path = tmp_path / "T18.xlsx"
    path.write_bytes(
        forms.filled("T18", {}, sender="420000", cover={**forms.COVER, "is_zero_report": "是", "explanation": "没有"})
    )
    with Workspace(tmp_path / "421200") as ws:
        (found,) = collect.receive(ws, [path], at=moment(25), workers=0)["files"]
    assert [one["code"] for one in found["issues"]][-1] == "DR-A106"
