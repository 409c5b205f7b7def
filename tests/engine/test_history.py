"""Registers through time: an edition for every day, the life of one entry, nothing made up before the first (R24)."""

from datetime import date

import pytest
from offices import form, moment, nominee, read_stand_ins

from engine import history
from engine.model import NotFound, Refused
from engine.workflow import collect, recalling
from engine.workspace import Workspace


@pytest.fixture
def city(tmp_path, monkeypatch):
    """A city whose register of officers has three editions: of 19 May, of 23 May (one leaves, one comes) and of 26 May."""
    read_stand_ins(monkeypatch)
    collect.init(tmp_path / "city", "421200", 2026, at=moment(1))
    with Workspace(tmp_path / "city") as workspace:
        for day, people in (
            (19, [nominee("1", "甲"), nominee("2", "乙")]),
            (23, [nominee("1", "甲", post="副局长"), nominee("3", "丙")]),
            (26, [nominee("1", "甲", post="副局长"), nominee("2", "乙")]),
        ):
            path = tmp_path / "来件.xlsx"
            path.write_bytes(form("421221", *people))
            collect.receive(workspace, [path], at=moment(day), workers=0)
            collect.consolidate(workspace, at=moment(day, 18))
        yield workspace


def officers(city, day):
    on = date(2026, 5, day)
    found = recalling.registers(city, at=moment(30), on=on, out=city.root.parent / f"{day}.xlsx")
    (one,) = found["registers"]
    return one["version"], one["rows"]


def read(path):
    import openpyxl

    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if "姓名" in row)
    place = rows.index(head)
    return {row[head.index("姓名")]: row[head.index("职务")] for row in rows[place + 1 :] if row[head.index("姓名")]}


def test_a_register_is_written_as_it_stood_at_the_end_of_a_day(city):
    stood = {}
    for day in (19, 22, 23, 25, 26, 29):
        officers(city, day)
        stood[day] = read(city.root.parent / f"{day}.xlsx")
    first, second, third = {"甲": "股长", "乙": "股长"}, {"甲": "副局长", "丙": "股长"}, {"甲": "副局长", "乙": "股长"}
    assert stood == {19: first, 22: first, 23: second, 25: second, 26: third, 29: third}


def test_before_the_first_edition_nothing_is_made_up(city):
    with pytest.raises(NotFound, match="2026-05-18 还没有名录，最早的一版从 2026-05-19 起"):
        recalling.registers(city, at=moment(30), on=date(2026, 5, 18))


def test_a_day_to_come_has_no_register(city):
    with pytest.raises(Refused, match="2026-05-31 还没有到"):
        recalling.registers(city, at=moment(30), on=date(2026, 5, 31))


def test_every_edition_says_from_when_until_when_and_what_changed(city):
    found = recalling.registers(city, at=moment(30))["registers"]
    assert [(one["version"], one["since"], one["until"]) for one in found] == [
        (1, "2026-05-19", "2026-05-23"),
        (2, "2026-05-23", "2026-05-26"),
        (3, "2026-05-26", None),
    ]
    assert [(one["added"], one["removed"], one["changed"]) for one in found] == [
        (["1", "2"], [], []),
        (["3"], ["2"], ["1"]),
        (["2"], ["3"], []),
    ]


def test_the_life_of_an_officer_names_each_change_and_each_absence(city):
    (kept,) = recalling.registers(city, at=moment(30), who="甲")["entries"]
    assert [(one["since"], one["until"], one["changes"]) for one in kept["stays"]] == [
        ("2026-05-19", "2026-05-23", []),
        ("2026-05-23", None, [{"field": "职务", "old": "股长", "new": "副局长"}]),
    ]
    (left,) = recalling.registers(city, at=moment(30), who="I-421221-002")["entries"]
    assert (left["name"], [(one["since"], one["is_in"]) for one in left["stays"]]) == (
        "乙",
        [("2026-05-19", True), ("2026-05-23", False), ("2026-05-26", True)],
    )


def test_several_of_one_name_are_all_told_and_a_stranger_is_nobody(city):
    path = city.root.parent / "来件.xlsx"
    path.write_bytes(form("421222", nominee("8", "甲"), nominee("9", "丁")))
    collect.receive(city, [path], at=moment(27), workers=0)
    collect.consolidate(city, at=moment(27, 18))
    found = recalling.registers(city, at=moment(30), who="甲")["entries"]
    assert [one["id"] for one in found] == ["I-421221-001", "I-421222-001"]
    with pytest.raises(NotFound, match="没有“戊”"):
        recalling.registers(city, at=moment(30), who="戊")


def kept(version, at, **people):
    rows = [
        {"key": key, "unit": "421221", "values": {"certificate_no": key, "inspector_id": who, "name": "甲"}}
        for key, who in people.items()
    ]
    return {"version": version, "at": f"2026-05-{at}T10:00:00+08:00", "digest": f"{version}" * 64, "rows": rows}


def test_a_new_certificate_is_a_change_of_the_same_officer():
    editions = history.editions("T04", "inspectors", [kept(1, "19", a="I-1"), kept(2, "20", b="I-1")])
    assert history.called(editions, "a") == history.called(editions, "b") == {"I-1": "甲"}
    first, second = history.life(editions, "I-1")
    assert (first.until, second.changes) == (date(2026, 5, 20), (("执法证号", "a", "b"),))


def test_of_two_editions_of_one_day_the_last_one_held():
    editions = history.editions("T04", "inspectors", [kept(1, "19", a="I-1"), kept(2, "19", a="I-1", b="I-2")])
    assert history.on_day(editions, date(2026, 5, 19)).version == 2
    assert [one.version for one in history.life(editions, "I-1")] == [2]
