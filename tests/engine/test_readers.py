"""An edition for each reader: exactly his rows and cells, and nothing private for the public (R63, R55)."""

import csv
import io

import openpyxl
import pytest

import cli
from engine import readers
from engine.model import NotFound, Refused
from engine.workflow import handing
from schemas import readers as declared
from schemas.declare import SchemaError
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, workspace

NOTARY, LAB = "O-NOT-421221-001", "O-FOR-421202-001"
TEAM = "王示例（42122100101）；李示例（42122200102）"
MASTER = {
    ("T01", "items"): [
        {"item_code": "A", "item_name": "甲", "is_public": True, "office": "法制科"},
        {"item_code": "B", "item_name": "乙", "is_public": False},
    ],
    ("T02", "targets"): [
        {
            "target_id": NOTARY,
            "target_type": "公证机构",
            "name": "嘉鱼处",
            "division": "421221",
            "complaints_last_year": 2,
            "contact_phone": "13900000001",
            "is_key_target": True,
        },
        {
            "target_id": LAB,
            "target_type": "司法鉴定机构",
            "name": "咸安所",
            "division": "421202",
            "complaints_last_year": 0,
            "contact_phone": "13900000002",
            "is_key_target": False,
        },
    ],
    ("T04", "inspectors"): [
        {
            "name": "王示例",
            "certificate_no": "42122100101",
            "unit_code": "421221",
            "mobile": "13900000003",
            "recusal_reasons": "近亲属任职",
            "is_public": True,
        },
        {
            "name": "李示例",
            "certificate_no": "42122200102",
            "unit_code": "421222",
            "mobile": "13900000004",
            "is_public": False,
        },
    ],
    ("T05", "experts"): [
        {
            "expert_id": "E-1",
            "name": "赵示例",
            "licence_no": "L1",
            "field": "公证",
            "mobile": "13900000005",
            "_unit": "421200-NA",
        },
        {
            "expert_id": "E-2",
            "name": "钱示例",
            "licence_no": "L2",
            "field": "司法鉴定",
            "consents_publication": True,
            "mobile": "13900000006",
            "_unit": "421200-FA",
        },
    ],
    ("T09", "tasks"): [
        {
            "task_id": "T-1",
            "target_id": NOTARY,
            "unit": "421200",
            "inspectors": TEAM,
            "experts": "赵示例",
            "expert_ids": ["E-1"],
        },
        {
            "task_id": "T-2",
            "target_id": LAB,
            "unit": "421200",
            "inspectors": "周示例（42128100103）",
            "expert_ids": ["E-2"],
        },
    ],
    ("T10", "results"): [
        {
            "task_id": "T-1",
            "target_id": NOTARY,
            "inspecting_unit": "421200",
            "inspectors": TEAM,
            "result": "未发现问题",
            "_unit": "421200",
        },
        {
            "task_id": "T-2",
            "target_id": LAB,
            "inspecting_unit": "421200",
            "inspectors": "周示例（42128100103）",
            "result": "未发现问题",
            "_unit": "421200",
        },
    ],
    ("T12", "rectifications"): [
        {"problem_id": "P-1", "task_id": "T-1", "problem": "漏登", "rectify_by": "2026-08-01"},
        {"problem_id": "P-2", "task_id": "T-2", "problem": "超期", "rectify_by": "2026-08-02"},
    ],
    ("T13", "transfers"): [
        {
            "transfer_id": "Y1",
            "task_id": "T-1",
            "subject_id": NOTARY,
            "from_unit": "421200",
            "to_unit": "421200",
            "violation": "甲",
            "decided_on": "2026-11-01",
        },
        {
            "transfer_id": "Y2",
            "task_id": "T-2",
            "subject_id": LAB,
            "from_unit": "421200",
            "to_unit": "420000",
            "violation": "乙",
        },
    ],
}
EDITIONS = readers.Editions(MASTER)


def cells(who, template):
    """Return {first cell of a row: granted keys with a value} of one table in the edition of `who`."""
    found = EDITIONS.of(EDITIONS.reader(who))
    return {
        next(iter(row.values())): {key for key, value in row.items() if value is not None}
        for key, rows in found.items()
        if key[0] == template
        for row in rows
    }


@pytest.mark.parametrize(
    ("who", "mobiles"),
    [
        ("420000", {"王示例", "李示例"}),
        ("421200", {"王示例", "李示例"}),
        ("421221", {"王示例"}),
        ("42122200102", {"李示例"}),
        ("421200-NA", set()),
        (NOTARY, set()),
        ("监督", set()),
        ("公众", set()),
    ],
)
def test_a_telephone_number_reaches_only_whom_it_concerns(who, mobiles):
    """R63, domain 4.6: nominations with contact data go up and to the own unit, to nobody else."""
    assert {name for name, keys in cells(who, "T04").items() if "mobile" in keys} == mobiles


@pytest.mark.parametrize(
    ("who", "tasks"),
    [
        ("420000", {"T-1", "T-2"}),
        ("421200", {"T-1", "T-2"}),
        ("421221", {"T-1"}),
        ("421222", {"T-1"}),
        ("421202", {"T-2"}),
        ("421224", set()),
        ("42122100101", {"T-1"}),
        ("E-2", {"T-2"}),
        (NOTARY, {"T-1"}),
        ("420000-NA", set()),
        ("421200-FA", set()),
        ("监督", {"T-1", "T-2"}),
        ("公众", set()),
    ],
)
def test_a_task_is_seen_by_those_who_go_and_those_who_are_visited(who, tasks):
    """R63: a county sees its own targets and its own people, an officer or expert the own tasks, a body its own visit."""
    assert set(cells(who, "T09")) == tasks


@pytest.mark.parametrize(
    ("who", "results"),
    [
        ("421200", {"T-1", "T-2"}),
        ("421222", {"T-1"}),
        ("421202", set()),
        (LAB, {"T-2"}),
        ("E-1", {"T-1"}),
        ("421200-NA", set()),
        ("公众", set()),
    ],
)
def test_results_before_publication_stay_with_who_inspected_and_who_was_inspected(who, results):
    """R63: not even the county a body lies in reads a result it did not take part in before it is published."""
    assert set(cells(who, "T10")) == results


@pytest.mark.parametrize(
    ("who", "problems"),
    [("421202", {"P-2"}), ("421221", {"P-1"}), ("421222", {"P-1"}), ("421281", set()), ("421200", {"P-1", "P-2"})],
)
def test_who_answers_for_a_target_sees_what_it_must_put_right_whoever_inspected_it(who, problems):
    """R38, domain 4.6: 咸安 answers for the body that others inspected; before publication it does not see their result."""
    assert set(cells(who, "T12")) == problems
    assert "T-2" not in cells("421202", "T10")


def test_an_association_reads_only_decided_cases_of_its_own_trade():
    """R55, R63: case files go to an association only about its own members and only after the decision."""
    assert set(cells("421200-NA", "T13")) == {"Y1"}
    assert "violation" not in cells("421200-NA", "T13")["Y1"]
    assert cells("420000-FA", "T13") == {}


def test_an_association_reads_the_experts_it_named_and_no_others():
    """R55, R53: each association gets its own share."""
    assert set(cells("421200-NA", "T05")) == {"E-1"}
    assert set(cells("421200-FA", "T05")) == {"E-2"}


def test_complaints_are_read_by_the_supervising_offices_and_the_body_itself_only():
    """R63, domain 7: complaints, penalties and satisfaction are never public."""

    def knows(who):
        return {name for name, keys in cells(who, "T02").items() if "complaints_last_year" in keys}

    assert knows("421221") == {NOTARY}
    assert knows("421200") == {NOTARY, LAB}
    assert knows(NOTARY) == {NOTARY}
    assert knows("421200-NA") == knows("公众") == knows("42122100101") == set()
    assert "is_key_target" not in cells(NOTARY, "T02")[NOTARY]


def test_the_province_learns_that_somebody_is_recused_and_not_why():
    """R58, domain 7: the reason of a recusal stays with the deciding unit."""
    assert all("recusal_reasons" not in keys for keys in cells("420000", "T04").values())
    assert "recusal_reasons" in cells("421200", "T04")["王示例"]


def test_the_public_reads_public_rows_only():
    """R18, R21, R63: no internal item, no officer who is not to be shown, no expert without consent."""
    assert set(cells("公众", "T01")) == {"A"}
    assert set(cells("公众", "T04")) == {"王示例"}
    assert cells("公众", "T05") == {"钱示例": {"name", "field"}}
    assert "office" not in cells("公众", "T01")["A"]


def test_a_policy_holds_certificate_numbers_back_from_everybody_outside():
    """R63, Q12: many organs publish the number, some do not."""
    public, office = EDITIONS.reader("公众"), EDITIONS.reader("421200")
    hidden = readers.masked(public, EDITIONS.of(public), with_certificates=False)
    assert {row["certificate_no"] for row in hidden["T04", "inspectors"]} == {None}
    kept = readers.masked(office, EDITIONS.of(office), with_certificates=False)
    assert "42122100101" in {row["certificate_no"] for row in kept["T04", "inspectors"]}


def test_nobody_reads_a_private_column_that_no_line_of_the_table_grants():
    """R63: every granted private column is written down, and it is granted to no one outside the offices but oneself."""
    for one in declared.rules():
        private = {"mobile", "contact_phone", "contact_name"} & one.keys
        if private:
            outside = one.reader not in ("province", "city", "county")
            assert not outside or one.share in ("self", "own"), one


@pytest.mark.parametrize(
    "line",
    [
        {"template": "T99", "sheet": "items", "reader": "city", "rows": "all", "columns": "public"},
        {"template": "T01", "sheet": "items", "reader": "press", "rows": "all", "columns": "public"},
        {"template": "T01", "sheet": "items", "reader": "city", "rows": "some", "columns": "public"},
        {"template": "T01", "sheet": "items", "reader": "city", "rows": "all", "columns": "secret"},
        {"template": "T01", "sheet": "items", "reader": "city", "rows": "all", "columns": "public +nothing"},
    ],
)
def test_a_typo_in_the_table_of_readers_is_refused(line):
    with pytest.raises(SchemaError, match=r"readers\.csv:2"):
        declared.read([line])


# ---- as files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        yield ws


def text_of(path):
    book = openpyxl.load_workbook(path)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def test_every_reader_gets_a_workbook_and_no_telephone_that_is_not_his(office, tmp_path):
    """R63: the files that leave the office hold what the table grants, read back from the files."""
    people = [
        {**row, "is_public": True, "mobile": f"1390000000{place % 6}-{place}"}
        for place, row in enumerate(registers()["T04"])
    ]
    put_register(office, "T04", "inspectors", people, version=2)
    own = {one["mobile"] for one in people if one["unit_code"] == "421221"}
    other = {one["mobile"] for one in people} - own
    at = moment("2026-06-01T09:00:00")
    county = text_of(handing.export(office, "421221", at=at, out=tmp_path / "县.xlsx")["file"])
    assert own and all(one in county for one in own)
    assert not any(one in county for one in other)
    public = text_of(handing.export(office, "公众", at=at, out=tmp_path)["file"])
    assert "执法检查人员名录" in public
    assert not any(one in public for one in own | other)
    assert [line.event for line in office.store.lines()].count("export") == 2


def test_the_public_edition_is_refused_when_a_private_value_slipped_into_a_public_column(office, tmp_path):
    """R59, R63: the edition for the public goes through the leak scan like everything public."""
    rows = registers()["T02"]
    rows[1]["contact_phone"] = "13900000007"
    rows[0]["address"] = f"某路一号 {rows[1]['contact_phone']}"
    put_register(office, "T02", "targets", rows, version=2)
    found = handing.export(office, "公众", at=moment("2026-06-01T09:00:00"), out=tmp_path / "p.xlsx")
    assert found["ok"] is False
    assert not (tmp_path / "p.xlsx").exists()
    assert rows[1]["contact_phone"] not in "".join(found["lines"])


def test_an_unknown_reader_is_refused(office, tmp_path):
    with pytest.raises(NotFound, match="没有叫"):
        handing.export(office, "某人", at=moment("2026-06-01T09:00:00"), out=tmp_path)


def test_another_platform_gets_its_own_headings_and_codes_so_that_nobody_types_twice(office, tmp_path, capsys):
    """R62, decisions 35: columns are a file the office edits once."""
    body = registers()["T02"][0]
    put_accepted(
        office,
        "T10",
        {
            "results": [
                {
                    "task_id": "T-1",
                    "target_id": body["target_id"],
                    "target_name": body["name"],
                    "result": "未发现问题",
                    "inspecting_unit": "421200",
                }
            ]
        },
    )
    office.close()
    mapping, out = tmp_path / "平台.toml", tmp_path / "平台.csv"
    command = ["-C", str(office.root), "export", "--table", "T10/results", "--columns", str(mapping), "-o", str(out)]
    assert cli.run(command) == 1
    assert "target_name" in mapping.read_text(encoding="utf-8")
    mapping.write_text(
        '[columns]\n"ENTNAME" = "target_name"\n"USCC" = "public_number"\n"RES" = "result"\n[codes.result]\n"未发现问题" = "01"\n',
        encoding="utf-8",
    )
    assert cli.run(command) == 0
    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert rows == [["ENTNAME", "USCC", "RES"], [body["name"], body["uscc"] or body["licence_no"], "01"]]
    mapping.write_text('[columns]\n"X" = "nothing"\n', encoding="utf-8")
    assert cli.run(command) == 3
    capsys.readouterr()


def test_only_one_table_fits_the_columns_of_a_platform(office, tmp_path):
    with pytest.raises(Refused, match="一次只能导出一张表"):
        handing.export(
            office, "", at=moment("2026-06-01T09:00:00"), out=tmp_path / "x.csv", columns=tmp_path / "c.toml"
        )


def test_numbers_of_people_in_free_text_are_hidden_from_every_other_reader():
    """R63, D119: what nobody asked for is handed on to nobody; a number that is no person's stays readable."""
    said = "身份证429999198001010010，电话13900000001，案号2026042100000001"
    rows = {("T12", "rectifications"): [{"task_id": "T-1", "measures": said, "contact_phone": "13900000001"}]}
    (row,) = readers.masked(EDITIONS.reader("421200"), rows, with_certificates=True)["T12", "rectifications"]
    assert row["measures"] == "身份证429************010，电话139*****001，案号2026042100000001"
    assert row["contact_phone"] == "13900000001"


def test_why_somebody_of_another_county_does_not_come_stays_with_who_filed_it():
    """Domain 4.6 and 7: a county sees that a visit it takes part in is replaced, and the reason of its own request only."""
    shared = {
        "request_type": "人员不能参加",
        "explanation": "住院",
        "change_reason": "长期病假",
        "is_approved": True,
        "reference": "T-1",
    }
    mine, theirs = (
        {**shared, "request_id": f"Q-{unit}", "subject_id": "x", "_unit": unit} for unit in ("421221", "421222")
    )
    visit = {
        "task_id": "T-1",
        "target_id": NOTARY,
        "inspecting_unit": "421200",
        "inspectors": TEAM,
        "result": "未发现问题",
    }
    editions = readers.Editions({**MASTER, ("T10", "results"): [visit], ("T16", "requests"): [mine, theirs]})
    found = {row["request_id"]: row for row in editions.of(editions.reader("421221"))["T16", "requests"]}
    why = {"explanation", "change_reason"}
    assert why <= found["Q-421221"].keys()
    assert found["Q-421222"].keys() >= {"request_type", "is_approved"}
    assert not why & found["Q-421222"].keys()
    above = {row["request_id"]: row for row in editions.of(editions.reader("421200"))["T16", "requests"]}
    assert all(why <= row.keys() for row in above.values())
