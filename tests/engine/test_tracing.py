"""From a register cell back to the cell somebody typed, and from an original forward to all that rests on it (R60)."""

import shutil
from datetime import date

import openpyxl
import pytest
from offices import moment
from test_collect import nominations, office, people, send

import cli
from engine.model import NotFound, Refused
from engine.workflow import collect, recalling, tracing

REGISTER = "汇总/T04_执法检查人员名录库.xlsx"


@pytest.fixture(scope="module")
def offices(tmp_path_factory):
    """A city with two counties and the province that took its package."""
    home = tmp_path_factory.mktemp("trace")
    with office(home) as city, office(home, "420000") as province:
        sent = send(
            city,
            moment(18),
            nominations("421221", *people("421221", "吴敏", "郑洁")),
            nominations("421222", *people("421222", "冯涛", "陈静")),
            names=("嘉鱼.xlsx", "通城.xlsx"),
        )
        signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
        collect.submit(city, home / "包.zip", at=moment(23), signers=signers)
        collect.receive(province, [home / "包.zip"], at=moment(24), workers=0)
        collect.consolidate(province, at=moment(24, 10))
        yield city, province, sent, home


def cells(path):
    """Return heading -> (column letter, values from the first data row on) of a register workbook."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    head = next(row for row in sheet.iter_rows() if "姓名" in [cell.value for cell in row])
    return {
        one.value: [sheet.cell(number, one.column) for number in range(one.row + 1, sheet.max_row + 1)] for one in head
    }


def test_every_cell_of_a_register_leads_to_the_cell_it_was_typed_into(offices):
    """Both levels: at the province through the city's package to the county's own file."""
    city, province, _, _ = offices
    for ws, files in ((city, ["嘉鱼.xlsx", "通城.xlsx"]), (province, ["2026_NOM_421200_T04_v1.xlsx"])):
        columns = cells(ws.root / REGISTER)
        for title, kind in (("姓名", "B"), ("执法证号", "F")):
            for place, cell in enumerate(columns[title]):
                found = tracing.trace(ws, ws.root / REGISTER, cell.coordinate)
                assert (found["title"], found["value"]) == (title, cell.value)
                assert found["sources"][0]["file"] in files
                last = found["sources"][-1]
                assert last["file"] == ("嘉鱼.xlsx", "通城.xlsx")[place // 2]
                assert (last["sheet"], last["cell"]) == ("推荐人员", f"{kind}{5 + place % 2}")


def test_a_register_as_of_a_day_is_traced_like_the_newest(offices, tmp_path):
    city, _, _, _ = offices
    recalling.registers(city, at=moment(30), on=date(2026, 5, 25), out=tmp_path / "旧.xlsx")
    cell = cells(tmp_path / "旧.xlsx")["姓名"][1]
    assert tracing.trace(city, tmp_path / "旧.xlsx", cell.coordinate)["sources"][0]["cell"] == "B6"


def test_a_cell_somebody_changed_is_not_traced_and_says_what_the_register_holds(offices, tmp_path):
    city, _, _, _ = offices
    book = openpyxl.load_workbook(city.root / REGISTER)
    cell = cells(city.root / REGISTER)["姓名"][0].coordinate
    book.worksheets[0][cell].value = "别人"
    book.save(tmp_path / "改.xlsx")
    with pytest.raises(Refused, match="现在是“别人”，第 1 版名录里是“吴敏”"):
        tracing.trace(city, tmp_path / "改.xlsx", cell)


def test_a_register_of_another_office_is_not_traced(offices, tmp_path):
    city, province, _, _ = offices
    shutil.copy(province.root / REGISTER, tmp_path / "省.xlsx")
    with pytest.raises(NotFound, match="不是本工作文件夹生成的台账或名录"):
        tracing.trace(city, tmp_path / "省.xlsx", "B6")


@pytest.mark.parametrize("cell", ["B1", "B9999", "ZZ5"])
def test_a_cell_outside_the_rows_is_refused(offices, cell):
    city, _, _, _ = offices
    with pytest.raises(NotFound, match="不在数据区内"):
        tracing.trace(city, city.root / REGISTER, cell)


def test_an_original_tells_which_rows_rest_on_it_whole_or_one_line_of_it(offices):
    city, _, sent, _ = offices
    whole = tracing.used(city, sent[0]["number"])
    assert [(one["template"], one["key"], one["row"]) for one in whole["registers"]] == [
        ("T04", "42122100001", 1),
        ("T04", "42122100002", 2),
    ]
    one = tracing.used(city, sent[0]["sha256"], "推荐人员!F6")
    assert [row["key"] for row in one["registers"]] == ["42122100002"]
    assert tracing.used(city, sent[0]["number"], "封面!B5")["registers"] == []


def test_the_province_knows_what_rests_on_a_file_of_a_county_it_never_got_by_itself(offices):
    _, province, sent, _ = offices
    found = tracing.used(province, sent[1]["sha256"])
    assert (found["file"], [row["key"] for row in found["registers"]]) == ("通城.xlsx", ["42122200001", "42122200002"])


def test_what_was_not_taken_says_why(tmp_path):
    with office(tmp_path) as city:
        (one,) = send(city, moment(18), nominations("421221", *people("421221", "吴敏")), names=("少.xlsx",))
        assert one["verdict"] == "returned"
        assert tracing.used(city, one["number"])["lines"][-1] == "  没有用到：没有已采用的行来自这里（这一件已退回）。"
        with pytest.raises(NotFound, match=r"没有收过“别的[.]xlsx”"):
            tracing.used(city, "别的.xlsx")


def test_the_command_traces_both_ways(offices, capsys):
    city, _, sent, _ = offices
    cell = cells(city.root / REGISTER)["姓名"][0].coordinate
    home = ["-C", str(city.root), "trace"]
    city.close()
    assert cli.run([*home, str(city.root / REGISTER), cell]) == 0
    assert "← 嘉鱼.xlsx｜推荐人员｜B5" in capsys.readouterr().out
    assert cli.run([*home, REGISTER, cell]) == 0
    assert cli.run([*home, "--used", sent[0]["number"], "B5"]) == 0
    assert "→ 名录 T04 执法检查人员名录 第 1 版 第 1 条：42122100001" in capsys.readouterr().out
    assert cli.run([*home, str(city.root / REGISTER)]) == 3
    assert "没有写明单元格" in capsys.readouterr().err
