"""Many units become one register: identifiers for life, conflicts won by nobody, the same result in any order (X06, R52)."""

import random

import pytest
from offices import form, moment, nominee, read_stand_ins

from engine import consolidate as merging
from engine.consolidate import Entry, identify, merge
from engine.workflow import collect
from engine.workspace import Workspace


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
    found = merge("T04", "inspectors", [entry("421221", "1"), entry("421222", "1")], {"1": "421222"})
    assert keys(found) == [("421222", "1")]
    assert found.conflicts == []


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
