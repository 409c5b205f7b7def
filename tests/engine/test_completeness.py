"""R19: every institution and person of the published yearly roster is in the library, and nobody else is said to be."""

import csv
import io

import openpyxl
import pytest

import cli
from engine import completeness
from engine.model import NotFound, Refused
from engine.workflow import comparing
from tests.engine.registers_2026 import put_register, registers
from tests.engine.registers_2026 import workspace as city

OFFICES, PEOPLE = ("机构名称", "许可证号", "统一社会信用代码"), ("序号", "姓名", "执业机构", "执业证号")


def book(*sheets):
    """Return a workbook as a department publishes it: a title, a blank line, the heading, the rows."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, heading, rows in sheets:
        sheet = made.create_sheet(title)
        for line in ([f"湖北省{title}（2026年度）"], [], heading, *rows):
            sheet.append(list(line))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def office(tmp_path):
    with city(tmp_path / "ws") as ws:
        yield ws


def listed_bodies(kind="公证机构"):
    return [one for one in registers()["T02"] if one["target_type"] == kind]


def as_published(rows):
    return [(one["name"], one.get("licence_no"), one["uscc"]) for one in rows]


def roster(tmp_path, *sheets):
    path = tmp_path / "年度名册.xlsx"
    path.write_bytes(book(*sheets))
    return path


def kinds(found):
    return sorted((one["kind"][:6], one["name"]) for register in found["registers"] for one in register["findings"])


def test_a_library_that_holds_the_whole_roster_is_complete(office, tmp_path):
    people = [("1", one["name"], "某公证处", one["licence_no"]) for one in registers()["T03"]]
    bodies = [*listed_bodies(), *listed_bodies("司法鉴定机构")]
    found = comparing.against(
        office, roster(tmp_path, ("机构名册", OFFICES, as_published(bodies)), ("人员名册", PEOPLE, people))
    )
    assert [(one["template"], one["listed"], one["agreed"]) for one in found["registers"]] == [
        ("T03", len(people), len(people)),
        ("T02", len(bodies), len(bodies)),
    ]
    assert (kinds(found), found["must_act"]) == ([], False)


def test_planted_missing_and_extra_rows_are_found_in_both_directions(office, tmp_path):
    """The first of the roster is not in the library, the last of the library is not in the roster; the rest agree."""
    bodies = listed_bodies()
    rows = [("咸宁市示例新设公证处", "4212029999", "32421200000009999X"), *as_published(bodies[:-1])]
    found = comparing.against(office, roster(tmp_path, ("公证机构名册", OFFICES, rows)))
    assert kinds(found) == sorted([("名册有而名录", "咸宁市示例新设公证处"), ("名录库写明在", bodies[-1]["name"])])
    assert found["must_act"]
    (one,) = found["registers"]
    assert (one["types"], one["agreed"]) == (["公证机构"], len(bodies) - 1)
    assert [row["place"] for row in one["findings"] if row["place"]] == ["公证机构名册第4行"]
    assert next(row["id"] for row in one["findings"] if row["id"]) == bodies[-1]["target_id"]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"is_in_roster": "否"}, "在册而名录库"),
        ({"name": "另一名称公证处"}, "名称或号码不"),
        ({"uscc": "32421200000009999X", "licence_no": "99"}, "名称或号码不"),
    ],
)
def test_one_entry_said_differently_is_told_once(office, tmp_path, changes, kind):
    published = as_published(listed_bodies())
    rows = registers()["T02"]
    at = next(n for n, one in enumerate(rows) if one["target_type"] == "公证机构")
    rows[at] = {**rows[at], **changes}
    put_register(office, "T02", "targets", rows, version=7)
    found = comparing.against(office, roster(tmp_path, ("公证机构名册", OFFICES, published)))
    assert [one[0] for one in kinds(found)] == [kind]


def test_types_without_a_roster_and_trades_the_file_does_not_list_are_not_asked_about(office, tmp_path):
    """A roster of notaries says nothing of forensic bodies; legal aid has no yearly roster at all."""
    assert {one["target_type"] for one in registers()["T02"]} > {"公证机构"}
    found = comparing.against(office, roster(tmp_path, ("名册", OFFICES, as_published(listed_bodies()))))
    assert kinds(found) == []


def test_numbers_are_the_same_however_they_are_typed(tmp_path):
    text = io.StringIO()
    csv.writer(text).writerows([["姓名", "执业证号"], ["王示例", " 1421 2001０1a "]])
    path = tmp_path / "名册.csv"
    path.write_text(text.getvalue(), encoding="utf-8-sig")
    (one,) = completeness.read(path)
    assert (one.template, one.name, one.numbers) == ("T03", "王示例", {"1421200101A"})


def test_what_is_no_roster_is_refused_with_the_columns_it_needs(office, tmp_path):
    with pytest.raises(Refused, match="没有名册"):
        comparing.against(office, roster(tmp_path, ("表", ("甲", "乙"), [("1", "2")])))
    with pytest.raises(NotFound, match="没有文件"):
        comparing.against(office, tmp_path / "无.xlsx")


def test_the_command_names_the_gap_and_writes_it_down(office, tmp_path, capsys):
    path = roster(tmp_path, ("公证机构名册", OFFICES, [*as_published(listed_bodies()), ("新设公证处", "1", "2")]))
    office.close()
    out = tmp_path / "核对.xlsx"
    assert cli.run(["-C", str(office.root), "registers", "--against", str(path), "-o", str(out)]) == 1
    assert "名册有而名录库没有：新设公证处" in capsys.readouterr().out
    cells = [cell for row in openpyxl.load_workbook(out).active.iter_rows(values_only=True) for cell in row]
    assert "新设公证处" in cells
