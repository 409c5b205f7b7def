"""Parameters per unit and year: what holds, what changed, and a log of it."""

from datetime import date
from pathlib import Path

import pytest

import cli
from engine import parameters, timeliness
from engine.model import NotFound, Refused
from engine.workflow import collect, evidence, settings
from engine.workspace import Workspace
from schemas import loader
from simulate.dirt import office as clerk
from tests.engine.registers_2026 import moment
from workbooks.container import open_book


@pytest.fixture
def office(tmp_path):
    with Workspace.create(tmp_path / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        yield ws


def changed_policy(**unit):
    base = loader._toml(loader.HOME / "policy" / "base.toml")
    return loader.read_policy(2026, base, {"unit": {"421200": unit}})


def test_the_numbers_and_days_of_one_city_hold_for_its_counties_only():
    """R01, R03: city 咸宁 asks two a county and three an association; another city may ask otherwise."""
    own = parameters.effective(changed_policy(quota_T06=4, deadline_T06="05-20"), "421200")
    assert (own["T06 嘉鱼县司法局 人数"], own["T06 嘉鱼县司法局 截止"]) == ("4", "2026-05-20")
    assert own["T06b 咸宁市公证员协会 人数"] == "3"
    other = parameters.effective(changed_policy(quota_T06=4), "420100")
    assert other["T06 江岸区司法局 人数"] == "2"


def test_a_change_is_listed_with_old_and_new_value_and_kept_in_the_log(office, monkeypatch):
    """R03: parameter diff log: who reads the store later sees both versions and the day of the change."""
    first = settings.parameters(office, at=moment("2026-01-06T09:00:00"))
    assert first["changed"] == []
    assert settings.parameters(office, at=moment("2026-01-07T09:00:00"))["changed"] == []
    changed = changed_policy(quota_T06=4, load_cap=6)
    monkeypatch.setattr(loader, "policy", lambda year: changed)
    found = {
        row["name"]: (row["before"], row["after"])
        for row in settings.parameters(office, at=moment("2026-04-01T09:00:00"))["changed"]
    }
    assert found.pop("load_cap") == ("0", "6")
    assert set(found.values()) == {("2", "4")} and len(found) == 6
    assert office.store.document("parameters", "current", 1)["load_cap"] == "0"
    assert office.store.document("parameters", "current", 2)["load_cap"] == "6"
    days = [line.at[:10] for line in office.store.lines() if line.event == "parameters"]
    assert days == ["2026-01-06", "2026-04-01"]
    assert evidence.audit(office)["ok"]


def test_a_new_year_alone_is_no_change():
    """R03, R65: the day of a deadline is compared without its year."""
    before, after = (
        parameters.effective(loader.policy(2025), "421200"),
        parameters.effective(loader.policy(2026), "421200"),
    )
    assert not [row for row in parameters.differences(before, after) if row["name"].endswith("截止")]


def test_the_command_shows_them(office, capsys):
    """R03: reachable by command."""
    office.close()
    assert cli.run(["-C", str(office.root), "parameters"]) == 0
    assert "已首次记录" in capsys.readouterr().out


# ---- what an office sets of its own ----------------------------------------------------------------------------------

ORDER = "咸司发〔2026〕3号"


def opened(home, unit, **given):
    """Return the workspace of an office that set `given` (name with spaces as _) in January."""
    ws = Workspace.create(home / unit, unit, 2026, at=moment("2026-01-05T09:00:00"))
    chosen = {name.replace("_", " "): value for name, value in given.items()}
    settings.parameters(ws, at=moment("2026-01-06T09:00:00"), given=chosen, basis=ORDER)
    return ws


def nominate(ws, unit, count):
    """Let a county below send so many nominees; return the receipt."""
    base = clerk.rows("T06")["nominees"][0]
    people = [
        {**base, "name": name, "certificate_no": f"{unit}{n:05d}"} for n, name in enumerate("甲乙丙丁"[:count], 1)
    ]
    people = [{**one, "name": f"欧阳{one['name']}"} for one in people]
    path = ws.root.parent / f"{unit}_{count}.xlsx"
    path.write_bytes(clerk.filled("T06", {"nominees": people}, sender=unit))
    return collect.receive(ws, [path], at=moment("2026-05-21T09:00:00"), workers=0)["files"][0]


def asked(receipt):
    return [one["code"] for one in receipt["issues"] if one["code"].startswith("DR-Q")]


def test_one_city_asks_three_and_another_names_no_number_and_both_merge(tmp_path):
    """R01, R04: city 咸宁 asks three a county, 黄石 no number; the province's two hold for whoever set nothing."""
    with opened(tmp_path, "421200", T06_人数="3") as own, opened(tmp_path, "420200", T06_人数="0") as free:
        assert {one["quota"] for one in collect.status(own, at=moment("2026-05-01T09:00:00"))["units"] if one["template"] == "T06"} == {3}  # fmt: skip
        assert {one["quota"] for one in collect.status(free, at=moment("2026-05-01T09:00:00"))["units"] if one["template"] == "T06"} == {None}  # fmt: skip
        two, three = nominate(own, "421221", 2), nominate(own, "421222", 3)
        assert (two["verdict"], asked(two)) == ("returned", ["DR-Q001"])
        assert (three["verdict"], asked(three)) == ("accepted", [])
        one, four = nominate(free, "420222", 1), nominate(free, "420281", 4)
        assert [(got["verdict"], asked(got)) for got in (one, four)] == [("accepted", [])] * 2
        merged = [collect.consolidate(ws, at=moment("2026-05-23T09:00:00"))["registers"] for ws in (own, free)]
        assert [sum(row["rows"] for row in found if row["template"] == "T04") for found in merged] == [3, 5]
    with opened(tmp_path, "420300") as plain:
        assert asked(nominate(plain, "420302", 3)) == ["DR-Q002"]


def test_the_form_an_office_hands_out_says_its_own_number_and_day(tmp_path):
    """R01: what a city set is printed on the form of its counties and decides who is late."""
    with opened(tmp_path, "421200", T06_截止="5月15日", T06_嘉鱼县_人数="1") as ws:
        policy, county = ws.policy, loader.units()["421221"]
        assert (timeliness.deadline(policy, county, "T06"), timeliness.quota(policy, county, "T06")) == (
            date(2026, 5, 15),
            1,
        )
        assert timeliness.quota(policy, loader.units()["421222"], "T06") == 2
        (form,) = collect.templates(["T06"], ws.root.parent / "下发", year=2026, workspace=ws, units=["421221"])[
            "written"
        ]
        shown = [
            cell.text
            for grid in open_book(Path(form).read_bytes(), form, skip=()).grids
            for row in grid.rows.values()
            for cell in row.values()
        ]
        assert any("2026-05-15" in text for text in shown)
        late = nominate(ws, "421221", 1)
        (line,) = (
            one for one in collect.status(ws, at=moment("2026-05-22T09:00:00"))["units"] if one["unit"] == "421221"
        )
        assert (late["verdict"], line["state"]) == ("accepted", "逾期通过")


def test_what_an_office_sets_is_logged_with_its_basis_and_can_be_taken_back(tmp_path):
    """R03: parameter diff log; the next year's and the other offices' policy stay as they are."""
    with opened(tmp_path, "421200", 抽查比例下限="10%") as ws:
        assert ws.policy.value("ratio") == "1/10"
        again = settings.parameters(ws, at=moment("2026-02-01T09:00:00"), given={"ratio": "8/100"}, basis="会议纪要")
        assert again["changed"] == [{"name": "ratio", "before": "1/10", "after": "2/25"}]
        assert again["own"]["ratio@"] == {"unit": "", "name": "ratio", "value": "2/25", "basis": "会议纪要", "on": "2026-02-01"}  # fmt: skip
        back = settings.parameters(ws, at=moment("2026-03-01T09:00:00"), given={"抽查比例下限": ""}, basis="会议纪要")
        assert [(one["before"], one["after"]) for one in back["changed"]] == [("2/25", "5/100")]
        assert back["own"] == {}
        assert ws.store.document("parameters", "own", 1)["ratio@"]["basis"] == ORDER
        days = [line.at[:10] for line in ws.store.lines() if line.event == "parameters"]
        assert days == ["2026-01-06", "2026-01-06", "2026-02-01", "2026-03-01"]
        assert evidence.audit(ws)["ok"]
    assert loader.policy(2026).value("ratio") == "5/100"


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("抽查比例下限", "4%", "不能低于 5%"),
        ("每组执法人员人数", "1", "不能低于 2"),
        ("结果公示期限（工作日）", "30", "不能高于 20"),
        ("抽查比例下限", "很多", "不是比例"),
        ("抽查比例的基数", "全部", "没有“全部”这个选项"),
        ("名录公示执法证号", "也许", "“是”或“否”"),
        ("检查结束日", "12-31", "统一规定"),
        ("weights", "1", "统一规定"),
        ("T06 人数", "两名", "不是整数"),
        ("T06 截止", "02-30", "不是月和日"),
        ("T01 人数", "3", "报送 T01"),
        ("T06 武昌区 人数", "3", "唯一叫“武昌区”"),
        ("没有这一项", "3", "没有叫“没有这一项”的参数"),
    ],
)
def test_a_city_is_stricter_than_the_province_and_never_laxer(name, value, word):
    """R01, R03, R13: local parameters complete the provincial ones; what is no value is refused with the way out."""
    with pytest.raises((Refused, NotFound), match=word):
        parameters.setting(name, value, loader.units()["421200"], 2026)


def test_nothing_is_set_without_a_basis_nor_half_of_a_list(office):
    """R03: who set it by which document is part of the log."""
    with pytest.raises(Refused, match="没有写明依据"):
        settings.parameters(office, at=moment("2026-01-06T09:00:00"), given={"T06 人数": "3"})
    with pytest.raises(Refused, match="不能低于"):
        settings.parameters(office, at=moment("2026-01-06T09:00:00"), given={"T06 人数": "3", "ratio": "1%"}, basis="x")
    assert office.own == ()


def test_a_deadline_on_a_rest_day_moves_only_where_the_office_says_so(tmp_path):
    """R03, R61 (Q3): 24 May 2026 is a Sunday; it stays the day unless the province decides for the working day after."""
    city = loader.units()["421200"]
    assert timeliness.deadline(loader.policy(2026), city, "T04") == date(2026, 5, 24)
    with opened(tmp_path, "420000", 截止日遇休息日顺延="是") as ws:
        assert timeliness.deadline(ws.policy, city, "T04") == date(2026, 5, 25)
        assert timeliness.deadline(ws.policy, city, "T07") == date(2026, 3, 31)


def test_the_command_shows_every_parameter_by_its_title_and_sets_one(office, capsys):
    """R03: reachable by command, with names that the list shows."""
    office.close()
    where = ["-C", str(office.root), "parameters"]
    assert cli.run([*where, "--set", "T06 人数=3", "--basis", ORDER]) == 0
    said = capsys.readouterr().out
    assert "抽查比例下限：5%" in said
    assert "T06 人数：3（6 个单位）" in said
    assert f"依据：{ORDER}" in said
    assert cli.run([*where, "--set", "抽查比例下限=1%", "--basis", ORDER]) == 3


def test_the_next_year_is_told_what_was_set_and_begins_with_the_year_s_own(tmp_path):
    """R03, R65: what a city set rests on its document of one year; the new year names it and does not take it over."""
    opened(tmp_path, "421200", T06_人数="3", 抽查比例下限="10%").close()
    new = tmp_path / "2027"
    told = collect.init(new, "421200", 2027, at=moment("2027-01-05T09:00:00"), carry_from=tmp_path / "421200", open_year="试用")  # fmt: skip
    assert sorted(told["carried"]["own_parameters"]) == ["T06 各单位 人数：3", "抽查比例下限：10%"]
    assert any("parameters --set" in line for line in told["lines"])
    with Workspace(new) as ws:
        assert (ws.own, ws.policy.value("ratio")) == ((), "5/100")
