"""Many units become one register: identifiers for life, conflicts won by nobody, the same result in any order (X06, R52)."""

import random
from dataclasses import replace
from datetime import date

import pytest
from offices import form, moment, nominee, read_stand_ins

from engine import consolidate as merging
from engine.consolidate import Entry, identify, merge
from engine.contention import Ruling, decider, judge
from engine.outstanding import applied, unshown
from engine.report import board_text
from engine.workflow import collect
from engine.workspace import Workspace
from workbooks.container import open_book


def entry(unit, key, template="T06", **values):
    return Entry(
        template=template,
        unit=unit,
        key=key,
        values={"unit_code": unit, "certificate_no": key, **values},
        submission=1,
        sha256=f"{unit}{key}",
        file="a.xlsx",
        grid="推荐人员",
        row=5,
    )


def ruling(by, winner):
    return Ruling(request=f"Q-{by}", by=by, winner=winner, named=winner)


def keys(merged):
    return [(one.unit, one.key) for one in merged.rows]


def test_rows_come_in_order_of_key_whatever_the_order_of_arrival():
    found = [entry("421222", "3"), entry("421221", "1"), entry("421223", "2")]
    assert keys(merge("T04", "inspectors", found)) == [("421221", "1"), ("421223", "2"), ("421222", "3")]


def test_one_certificate_in_two_counties_is_won_by_nobody():
    found = merge("T04", "inspectors", [entry("421221", "1"), entry("421222", "1"), entry("421222", "2")])
    assert keys(found) == [("421222", "2")]
    assert [[one.unit for one in group] for group in found.conflicts] == [["421221", "421222"]]


def test_a_decision_gives_the_row_to_the_unit_it_names():
    found = merge(
        "T04", "inspectors", [entry("421221", "1"), entry("421222", "1")], {"1": [ruling("421200", "421222")]}
    )
    assert keys(found) == [("421222", "1")]
    assert found.conflicts == []
    assert [(len(group), one.winner) for group, one in found.decided] == [(2, "421222")]


def test_nobody_but_an_office_above_all_claimants_decides():
    counties = ["421221", "421222"]
    assert decider(counties) == decider(["421200", "421221"]) == "421200"
    assert decider(["421221", "420881"]) == "420000"
    assert judge(counties, [ruling("421200", "421221"), ruling("420000", "421222")])[0].by == "420000"
    counted, set_aside = judge(counties, [ruling("421222", "421222"), ruling("421200", "421281")])
    assert counted is None
    assert set_aside == [
        "申请 Q-421222 由通城县司法局报来，不算裁决：各方的共同上级是咸宁市司法局，应由其决定。",
        "申请 Q-421200 的“变更后”是“421281”，不是报送这个编号的单位，请写明采用哪一家。",
    ]


def test_the_same_name_with_another_certificate_is_another_person():
    found = merge("T04", "inspectors", [entry("421221", "1", name="王示例"), entry("421222", "2", name="王示例")])
    assert len(found.rows) == 2


def test_the_same_row_in_two_rosters_is_kept_once_and_noted():
    body = {"name": "某公证处", "target_type": "公证机构"}
    found = [
        Entry(template="T02", unit=unit, key="O-1", values=body, submission=1, sha256=unit, file="a", grid="g", row=5)
        for unit in ("421222", "421221")
    ]
    merged = merge("T02", "targets", found)
    assert keys(merged) == [("421221", "O-1")]
    assert len(merged.doubled) == 1


def test_nomination_and_city_roster_of_one_officer_become_one_row_field_by_field():
    nominated = entry("421221", "1", mobile="13900000001", recused_targets="县说")
    known = Entry(**{**{name: getattr(nominated, name) for name in Entry.__slots__}, "unit": "421200", "template": "T04", "values": {"unit_code": "421221", "certificate_no": "1", "mobile": "13900000002", "recused_targets": "市说", "department": "股"}})  # fmt: skip
    merged = merge("T04", "inspectors", [known, nominated])
    assert [(one.values["mobile"], one.values["recused_targets"], one.values["department"]) for one in merged.rows] == [
        ("13900000001", "市说", "股")
    ]


def test_what_the_program_filled_in_gives_way_to_what_the_roster_says():
    nominated = entry("421221", "1", availability="在岗可用", mobile="13900000001")
    known = replace(
        nominated,
        unit="421200",
        template="T04",
        values={"unit_code": "421221", "certificate_no": "1", "availability": "退休", "mobile": "13900000001"},
    )
    (row,) = merge("T04", "inspectors", [known, nominated]).rows
    assert row.values["availability"] == "退休"


def numbers(merged):
    return {one.key: one.values["inspector_id"] for one in merged.rows}


def test_identifiers_are_given_by_division_in_order_of_key():
    merged, fresh = identify(
        merge("T04", "inspectors", [entry("421221", "b"), entry("421221", "a"), entry("421222", "c")]), {}
    )
    assert numbers(merged) == fresh == {"a": "I-421221-001", "b": "I-421221-002", "c": "I-421222-001"}


def test_an_identifier_is_for_life_and_never_given_again():
    known = {"b": "I-421221-001", "gone": "I-421221-002"}
    merged, fresh = identify(merge("T04", "inspectors", [entry("421221", "a"), entry("421221", "b")]), known)
    assert numbers(merged) == {"a": "I-421221-003", "b": "I-421221-001"}
    assert fresh == {"a": "I-421221-003"}


def test_an_identifier_that_came_from_below_is_kept_unless_taken():
    brought = [entry("421221", "a", inspector_id="I-421221-007"), entry("421221", "b", inspector_id="I-421221-007")]
    merged, _ = identify(merge("T04", "inspectors", brought), {})
    assert numbers(merged) == {"a": "I-421221-007", "b": "I-421221-001"}


def test_an_expert_is_numbered_by_the_association():
    one = Entry(
        template="T06b",
        unit="421200-NA",
        key="9",
        values={"licence_no": "9"},
        submission=1,
        sha256="x",
        file="a",
        grid="g",
        row=5,
    )
    merged, fresh = identify(merge("T05", "experts", [one]), {})
    assert fresh == {"9": "E-421200-NA-001"}
    assert merged.rows[0].values["expert_id"] == "E-421200-NA-001"


@pytest.fixture
def city(tmp_path, monkeypatch):
    read_stand_ins(monkeypatch)
    collect.init(tmp_path / "city", "421200", 2026, at=moment(1))
    with Workspace(tmp_path / "city") as workspace:
        yield workspace


def send(city, day, data, hour=9):
    path = city.root.parent / "来件.xlsx"
    path.write_bytes(data)
    return collect.receive(city, [path], at=moment(day, hour), workers=0)["files"][0]


def test_a_register_is_a_new_edition_only_when_something_changed(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    first = collect.consolidate(city, at=moment(23))["registers"][0]
    again = collect.consolidate(city, at=moment(24))["registers"][0]
    assert (first["version"], first["is_new"], first["added"]) == (1, True, ["1", "2"])
    assert (again["version"], again["is_new"], again["added"]) == (1, False, [])
    send(city, 25, form("421221", nominee("1"), nominee("3")))
    third = collect.consolidate(city, at=moment(26))["registers"][0]
    assert (third["version"], third["added"], third["removed"]) == (2, ["3"], ["2"])


def test_a_new_version_makes_the_merge_stale_and_says_whose(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    collect.consolidate(city, at=moment(19))
    assert collect.status(city, at=moment(19))["stale"] == []
    send(city, 20, form("421222", nominee("3"), nominee("4")))
    assert collect.status(city, at=moment(20))["stale"] == ["421222"]


def test_a_stale_merge_shows_its_effect_before_it_is_used(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    collect.consolidate(city, at=moment(19))
    send(city, 20, form("421221", nominee("1", name="改名"), nominee("3")))
    board = collect.status(city, at=moment(20), with_effect=True)
    assert board["effect"] == [
        {
            "template": "T04",
            "sheet": "inspectors",
            "title": "执法检查人员名录库",
            "added": ["3"],
            "removed": ["2"],
            "changed": ["1"],
        }
    ]
    shown = board_text(board)
    assert "有新内容的单位：嘉鱼" in shown
    assert "T04 执法检查人员名录库：新增 1（3）；减少 1（2）；修改 1（1）" in shown
    assert city.store.edition("T04", "inspectors")["version"] == 1
    assert collect.consolidate(city, at=moment(21))["registers"][0]["added"] == ["3"]
    assert collect.status(city, at=moment(21), with_effect=True)["effect"] == []


def test_a_conflict_is_told_to_both_units_and_decided_by_a_request(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    send(city, 18, form("421222", nominee("2"), nominee("3")))
    found = collect.consolidate(city, at=moment(19))
    assert found["must_act"]
    assert [(one["key"], [claim["unit"] for claim in one["claims"]]) for one in found["conflicts"]] == [
        ("2", ["421221", "421222"])
    ]
    assert list(city.store.register("T04", "inspectors")["_key"]) == ["1", "3"]
    assert (city.root / "汇总" / "冲突表.xlsx").is_file()
    for unit in ("421221", "421222"):
        assert "“2”同时出现在嘉鱼县司法局、通城县司法局" in (city.root / "退回" / f"冲突_{unit}.txt").read_text(
            encoding="utf-8-sig"
        )
    request = {
        "request_id": "Q1",
        "request_type": "冲突裁决",
        "subject_id": "2",
        "new_value": "嘉鱼县司法局",
        "is_approved": True,
    }
    send(city, 20, form("421200", request, template="T16", sheet="requests", key="request_id", period="CHANGE"))
    decided = collect.consolidate(city, at=moment(21))
    assert decided["conflicts"] == []
    rows = city.store.register("T04", "inspectors").to_dict("records")
    assert [(row["_key"], row["_unit"]) for row in rows] == [("1", "421221"), ("2", "421221"), ("3", "421222")]


def deciding(unit, number, key, winner):
    request = {
        "request_id": f"{unit}-2026-Q{number}",
        "request_type": "冲突裁决",
        "subject_id": key,
        "new_value": winner,
        "explanation": "经核实",
        "decided_by": "王示例",
        "decided_on": f"2026-05-{20 + number}",
        "is_approved": True,
    }
    return form(unit, request, template="T16", sheet="requests", key="request_id", period="CHANGE")


def notice(city, unit):
    return (city.root / "退回" / f"冲突_{unit}.txt").read_text(encoding="utf-8-sig")


def conflict_sheet(city):
    grid = open_book((city.root / "汇总" / "冲突表.xlsx").read_bytes(), "冲突表.xlsx", skip=()).grids[0]
    return [[cell.text for _, cell in sorted(row.items())] for _, row in sorted(grid.rows.items())]


def test_a_county_does_not_decide_about_its_own_row(city):
    send(city, 18, form("421221", nominee("1"), nominee("2", post="科员")))
    send(city, 18, form("421222", nominee("2", post="主任"), nominee("3")))
    send(city, 20, deciding("421222", 1, "2", "通城县司法局"))
    found = collect.consolidate(city, at=moment(21))
    assert [(one["key"], one["decider"]) for one in found["conflicts"]] == [("2", "421200")]
    assert (
        "  申请 421222-2026-Q1 由通城县司法局报来，不算裁决：各方的共同上级是咸宁市司法局，应由其决定。"
        in found["lines"]
    )
    rows = [row for row in conflict_sheet(city) if row[:1] == ["待裁决"]]
    assert [row[4] for row in rows] == ["嘉鱼县司法局", "通城县司法局"]
    assert ["职务：科员" in row[7] for row in rows] == [True, False]
    assert all(row[8].startswith("咸宁市司法局。申请 421222-2026-Q1") for row in rows)
    assert "科员" not in str(city.store.document("conflicts", "current"))


def test_what_was_decided_is_told_and_no_sheet_says_open_any_more(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    send(city, 18, form("421222", nominee("2"), nominee("3")))
    collect.consolidate(city, at=moment(19))
    send(city, 20, deciding("421200", 1, "2", "嘉鱼县司法局"))
    found = collect.consolidate(city, at=moment(21))
    told = "“2”由咸宁市司法局裁决，采用嘉鱼县司法局报送的（申请 421200-2026-Q1，王示例，2026-05-21）。"
    assert f"裁决：{told}" in found["lines"]
    assert [row[0] for row in conflict_sheet(city)[4:]] == ["已裁决", "已裁决"]
    for unit in ("421221", "421222"):
        assert notice(city, unit).startswith("咸宁市司法局冲突处理结果") and told in notice(city, unit)
    assert f"裁决：{told}" not in collect.consolidate(city, at=moment(22))["lines"]


def test_a_conflict_that_a_unit_ended_itself_is_told_to_both(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    send(city, 18, form("421222", nominee("2"), nominee("3")))
    collect.consolidate(city, at=moment(19))
    send(city, 20, form("421222", nominee("4"), nominee("3")))
    assert collect.consolidate(city, at=moment(21))["conflicts"] == []
    assert "待裁决 0 件" in str(conflict_sheet(city))
    for unit in ("421221", "421222"):
        assert "“2”现在只有一家报送，冲突已经消除，不用再办。" in notice(city, unit)


def test_of_two_files_of_one_day_no_neighbour_chooses(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    chosen = send(city, 18, form("421221", nominee("1"), nominee("3")), hour=10)
    send(city, 20, deciding("421222", 1, chosen["digest"][:8], ""))
    assert collect.consolidate(city, at=moment(21))["registers"][0]["template"] == "T16"
    send(city, 21, deciding("421221", 2, chosen["digest"][:8], ""))
    collect.consolidate(city, at=moment(22))
    assert list(city.store.register("T04", "inspectors")["_key"]) == ["1", "3"]


def test_a_decision_about_two_files_of_one_day_names_a_digest(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    chosen = send(city, 18, form("421221", nominee("1"), nominee("3")), hour=10)
    assert collect.consolidate(city, at=moment(19))["registers"] == []
    request = {"request_id": "Q1", "request_type": "冲突裁决", "subject_id": chosen["digest"][:8], "is_approved": True}
    send(city, 20, form("421200", request, template="T16", sheet="requests", key="request_id", period="CHANGE"))
    collect.consolidate(city, at=moment(21))
    assert list(city.store.register("T04", "inspectors")["_key"]) == ["1", "3"]


def test_a_row_leads_back_to_file_sheet_row_and_cell(city):
    receipt = send(city, 18, form("421221", nominee("1"), nominee("2")))
    collect.consolidate(city, at=moment(19))
    (step,) = merging.provenance(city.store, "T04", "inspectors", "2")
    assert (step["unit"], step["sha256"], step["grid"], step["row"]) == ("421221", receipt["sha256"], "推荐人员", 6)
    assert step["cells"]["certificate_no"] == "F6"
    assert merging.provenance(city.store, "T04", "inspectors", "nobody") == []


def test_any_order_of_work_gives_the_same_register(tmp_path, monkeypatch):
    read_stand_ins(monkeypatch)
    arrivals = [
        (18, form("421221", nominee("1"), nominee("2"))),
        (19, form("421222", nominee("3"), nominee("4"))),
        (19, form("421222", nominee("3"), nominee("4"), padding="另存")),
        (20, form("421223", nominee("4"), nominee("6"))),
        (21, form("421221", nominee("1"), nominee("7"))),
        (22, form("421221", nominee("1"), nominee("2"))),
        (22, form("421224", nominee("8"))),
        (23, form("421224", nominee("9"))),
        (18, form("421200-NA", nominee("n1"), template="T06b", key="certificate_no")),
        (21, form("421200-NA", nominee("n1"), template="T06b", key="certificate_no")),
    ]
    chance, seen = random.Random(5), set()
    for number in range(12):
        collect.init(tmp_path / str(number), "421200", 2026, at=moment(1))
        with Workspace(tmp_path / str(number)) as workspace:
            for day, data in arrivals:
                path = tmp_path / "来件.xlsx"
                path.write_bytes(data)
                collect.receive(workspace, [path], at=moment(day), workers=0)
            found = collect.consolidate(workspace, at=moment(28))
            assert [one["template"] for one in found["registers"]] == ["T04", "T05"]
            digests = tuple(one["digest"] for one in found["registers"])
            seen.add((digests, str([one["key"] for one in found["conflicts"]])))
        chance.shuffle(arrivals)
    assert len(seen) == 1


def change(subject, field, new, on="2026-06-01", number=1, **more):
    return {
        "request_id": f"421221-2026-Q{number}",
        "request_type": "名录变更",
        "register": "执法检查人员",
        "subject_id": subject,
        "changed_field": field,
        "new_value": new,
        "effective_on": on,
        "is_approved": True,
        **more,
    }


OFFICER = {
    "inspector_id": "I-421221-001", "_key": "1", "certificate_no": "1", "name": "王示例", "availability": "在岗可用",
    "specialities": "公证管理；案卷评查",
}  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (change("1", "可用状态", "退休"), "王示例（1）的“可用状态”自 2026-06-01 起应为“退休”，名录里是“在岗可用”。"),
        (change("I-421221-001", "可用状态", "在岗可用"), ""),
        (change("1", "业务专长", "案卷评查；公证管理"), ""),
        (change("1", "可用状态", "退休", is_approved=False), ""),
        (change("1", "可用状态", "退休", on="2026-06-11"), ""),
        (change("1", "级别", "二级"), "没有“级别”这一栏"),
        (
            change("王示例", "可用状态", "退休"),
            "“王示例”在《执法检查人员名录库》里找不到。请填编号，没有编号的填证号。",
        ),
        (change("2", "新增", None), "“2”在《执法检查人员名录库》里找不到。请改好后用 T04 再报一次"),
        (change("1", "停用或移出", None), "名录里还在"),
        (change("2", "停用或移出", None), ""),
        (change("1", "可用状态", "退休", register="对象机构"), ""),
    ],
)
def test_an_approved_change_that_no_register_shows_is_told(request_, said):
    found = unshown([request_], {"T04": [OFFICER]}, date(2026, 6, 10))
    assert len(found) == bool(said)
    assert all(said in one["told"] for one in found)


def test_of_two_changes_of_one_column_the_newest_counts():
    two = [change("1", "可用状态", "在岗可用", on="2026-06-02", number=2), change("1", "可用状态", "临时不可用")]
    assert unshown(two, {"T04": [OFFICER]}, date(2026, 6, 10)) == []


@pytest.mark.parametrize(("by", "counts"), [("421221", True), ("421200", True), ("421222", False), ("420100", False)])
def test_a_roster_is_changed_by_who_reported_the_row_or_one_above_and_nobody_else(by, counts):
    """A county that strikes the officer of its neighbour from the roster strikes nobody, and is told so."""
    request, row = change("1", "停用或移出", None, _unit=by), {**OFFICER, "_unit": "421221"}
    kept, done = applied("T04", [row], [request], date(2026, 6, 10))
    assert (len(kept), len(done)) == ((0, 1) if counts else (1, 0))
    (told,) = unshown([request], {"T04": [row]}, date(2026, 6, 10))
    assert ("由别的单位报送" in told["told"]) is not counts


def test_a_merge_names_the_changes_it_does_not_show(city):
    send(city, 18, form("421221", nominee("1"), nominee("2")))
    request = change("1", "可用状态", "退休", on="2026-05-20")
    send(city, 20, form("421221", request, template="T16", sheet="requests", key="request_id", period="CHANGE"))
    found = collect.consolidate(city, at=moment(21))
    assert found["must_act"]
    assert any(line.startswith("名录变更 421221-2026-Q1：王示例（1）的“可用状态”") for line in found["lines"])
    early = change("1", "可用状态", "在岗可用", on="2026-05-21", number=2)
    send(city, 22, form("421221", early, template="T16", sheet="requests", key="request_id", period="CHANGE"))
    assert not collect.consolidate(city, at=moment(23))["must_act"]
