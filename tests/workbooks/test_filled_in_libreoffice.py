"""Every form is opened in LibreOffice, typed into as a clerk types, calculated there, saved there, and accepted by us.

Both the form made for its office and the committed one of nobody in particular, where the office also says who it is.
One client does it all; only open cells can be typed into, and a drop-down takes only what it offers (`typing.bas`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest

from engine import intake
from engine.workflow import collect
from schemas.loader import template, templates, units
from simulate.dirt import office as sound
from simulate.pen import letters, typed
from tests.workbooks import office
from workbooks import standard
from workbooks.container import open_book
from workbooks.locate import locate

YEAR, NOW = 2026, datetime(2026, 12, 30, 9, tzinfo=timezone(timedelta(hours=8)))
COVER = {**sound.COVER, "filled_on": "2026-12-29"}
FIRST_ROW, RIGHT = 5, "自检：没有发现问题"
KINDS = ("issued", "standard")
SENDERS = {
    "T01": "420000", "T02": "421200", "T03": "421200", "T04": "421200", "T05": "420000-FA", "T06": "421221",
    "T06b": "421200-NA", "T07": "421200", "T10": "421200", "T12": "421200", "T13": "421221", "T14": "421200",
    "T16": "421221", "T17": "421200", "T18": "421200",
}  # fmt: skip
TASK = "421200-2026-P01-D1-007"
# What the rows of each sheet say other than the example in 填报说明, which itself never counts as a row.
OWN = {
    "T03": {"practitioners": [{"target_id": "P-FOR-421202-0008", "name": "钱学文"}]},
    "T05": {"experts": [{"licence_no": "421207001006", "name": "方晓岚"}]},
    "T07": {"plans": [{"plan_id": "421200-2026-P02", "expert_count": 0}]},
    "T10": {
        "results": [{"task_id": TASK, "files_sampled": 24, "closed_on": "2026-07-20", "is_closed": "是"}],
        "checklist": [
            {"task_id": TASK},
            {"task_id": TASK, "point_no": 2, "point": "审批", "has_problem": "是", "problem": "1 件案卷缺审批记录"},
        ],
        "evidence": [{"task_id": TASK}],
    },
    "T12": {"rectifications": [{"task_id": TASK, "problem_id": f"{TASK}-1", "measures": "已补齐并自查"}]},
    "T13": {"transfers": [{"transfer_id": "421221-2026-Y02", "case_no": "咸司立〔2026〕1号"}]},
    "T14": {
        "changes": [
            {"subject_id": "I-421221-002"},
            {"subject_id": "I-421221-003", "change_type": "新增", "changed_field": "", "old_value": ""},
        ]
    },
    "T16": {
        "requests": [
            {"request_id": "421221-2026-Q02", "decided_by": "吴示例", "decided_on": "2026-06-02", "is_approved": "是"}
        ]
    },
    "T17": {"institutions": [{"target_id": "O-NOT-421221-002", "target_name": "嘉鱼县示例第二公证处"}]},
    "T18": {
        "activities": [
            {"topic": "双随机抽取操作培训", "channel": ""},
            {"activity_kind": "宣传", "held_on": "2026-04-20", "topic": "公证进社区", "hours": ""},
        ]
    },
}


def rows_of(code):
    """Return what the office types: sheet -> rows of field key -> text, blanks left out."""
    given = sound.rows(code) if code not in OWN else {}
    for sheet, many in OWN.get(code, {}).items():
        example = {one.key: one.example for one in template(code).sheet(sheet).fields if not one.computed}
        given[sheet] = [example | one for one in many]
    return {sheet: [written(row) for row in many] for sheet, many in given.items()}


def written(row):
    """Return a row as text, its blanks left out."""
    return {key: typed(value) for key, value in row.items() if typed(value)}


@dataclass(frozen=True)
class Form:
    """One blank form on disk, and the acts of a clerk with it."""

    code: str
    path: Path

    def read(self):
        return read(self.path)

    def cell(self, sheet, key, row):
        """Return (sheet title, address) of a field in a data row."""
        table = next(one for one in self.read().tables if one.sheet == sheet)
        return table.grid, f"{letters(table.columns[key])}{row}"

    def typing(self, cover):
        """Return the acts that type the cover and the rows of the form."""
        found = self.read()
        acts = [("type", "封面", found.cover_cells[key], str(value)) for key, value in cover.items()]
        rows = rows_of(self.code)
        return acts + [
            ("type", table.grid, f"{letters(table.columns[key])}{number}", text)
            for table in found.tables
            for number, row in enumerate(rows.get(table.sheet, ()), FIRST_ROW)
            for key, text in row.items()
        ]

    def looking(self):
        """Return the acts that look at the 自检 line of every sheet."""
        book = openpyxl.load_workbook(self.path, data_only=True)
        return [
            ("look", page.title, cell.coordinate)
            for page in book.worksheets
            for cell in page[2]
            if str(cell.value or "").startswith("自检")
        ]


def read(path):
    return locate(open_book(path.read_bytes(), path.name), templates())


def examined(path, code):
    """Return what the receiver of a form finds in a file."""
    unit, data = units()[SENDERS[code]], path.read_bytes()
    context = intake.Context(unit=unit.parent or unit.code, year=YEAR, today=NOW.date().isoformat())
    file = intake.Incoming(
        name=path.name, data=data, sha256=hashlib.sha256(data).hexdigest(), received_at=NOW.isoformat()
    )
    return intake.examine([file], context)[0]


def performed(sessions):
    """Return name -> [(act, answer)] for the acts of every named session, all done by one client."""
    answers = iter(office.perform([act for acts in sessions.values() for act in acts]))
    return {name: [(act, next(answers)) for act in acts] for name, acts in sessions.items()}


def looked(session):
    """Return sheet title -> what its 自检 line said."""
    return {act[1]: answer for act, answer in session if act[0] == "look"}


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """Return template -> the form as its office is sent it."""
    folder = tmp_path_factory.mktemp("issued")
    made = {code: collect.templates([code], folder, year=YEAR, units=[unit]) for code, unit in SENDERS.items()}
    return {code: Form(code, folder / one["written"][0]) for code, one in made.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module")
def filled(issued, folder):
    """Return (kind of form, template) -> what was done at the screen with it; saved in `folder`."""
    anybody = {path.name.split("_")[0]: Form(path.name.split("_")[0], path) for path in standard.HOME.glob("*.xlsx")}
    sessions = {}
    for kind, forms in (("issued", issued), ("standard", anybody)):
        for code, form in forms.items():
            own = {} if kind == "issued" else {"unit_code": SENDERS[code], "year": YEAR}
            acts = [("open", form.path.as_uri()), *form.typing(COVER | own), *form.looking()]
            sessions[kind, code] = [*acts, ("save", saved(folder, kind, code).as_uri())]
    return performed(sessions)


def saved(folder, kind, code):
    return folder / f"{kind}-{code}.xlsx"


every_form = pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind in KINDS for code in SENDERS])


def test_every_form_that_offices_fill_in_is_here():
    assert set(SENDERS) == {code for code, one in templates().items() if one.direction == "up"} - {"T00"}


@every_form
def test_every_cell_a_clerk_needs_is_open_and_shows_what_was_typed(filled, kind, code):
    assert [(act, answer) for act, answer in filled[kind, code] if act[0] == "type" and act[3] != answer] == []


@every_form
def test_the_client_says_that_the_form_is_complete(filled, kind, code):
    said = looked(filled[kind, code])
    used = {template(code).sheet(sheet).title for sheet in rows_of(code)}
    assert said == {sheet: RIGHT if sheet in used else "自检：还没有填" for sheet in said}
    assert used <= set(said)


@every_form
def test_what_the_client_saved_is_accepted_with_the_values_typed(filled, folder, kind, code):
    found = examined(saved(folder, kind, code), code)
    assert (found.verdict, [one.message for one in found.issues]) == ("accepted", [])
    assert (found.submission.unit, found.submission.year) == (SENDERS[code], YEAR)
    recorded = {}
    for row in found.submission.rows:
        recorded.setdefault(row.sheet, []).append(written(row.values))
    assert recorded == rows_of(code)
    assert {key: found.submission.cover[key] for key in COVER} == COVER


@pytest.mark.parametrize("code", SENDERS)
def test_every_carrier_of_identity_survives_the_client(issued, filled, folder, code):
    before, after = issued[code].read(), read(saved(folder, "issued", code))
    assert len(before.carriers) >= 6
    assert (after.identity, after.carriers) == (before.identity, before.carriers)


def test_check_accepts_all_of_them(filled, folder):
    found = collect.check([saved(folder, *one) for one in filled], year=YEAR, at=NOW)["files"]
    assert [(one["template"], one["unit"], one["verdict"]) for one in found] == [
        (code, SENDERS[code], "accepted") for _, code in filled
    ]


# what goes wrong at the screen -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slip:
    """One wrong value typed over a right one, what the 自检 line and the number of the row then say, and our own code."""

    code: str
    sheet: str
    key: str
    row: int
    wrong: str
    line: str
    mark: str
    issue: str


SLIPS = {
    "a name is missing": Slip("T06", "nominees", "name", 6, "", "还有 1 处必填未填；1 行标 ✗ 的有问题；", "2 ✗1", "DR-R001"),
    "a number twice": Slip("T06", "nominees", "certificate_no", 6, "42122100101", "2 行标 ✗ 的有问题；1 处重复；", "2 ✗1", "DR-K001"),
    "a wrong check digit": Slip("T02", "targets", "uscc", 5, "32421200000000018D", "1 行标 ✗ 的有问题；1 处校验位不对；", "1 ✗1", "DR-V013"),
    "the end before the start": Slip("T07", "plans", "ends_on", 5, "2026-05-01", "1 行标 ✗ 的有问题；1 处日期先后颠倒；", "1 ✗1", "DR-D011"),
    "a finding without its weight": Slip("T10", "results", "severity", 5, "", "1 行标 ✗ 的有问题；", "1 ✗1", "DR-R002"),
}  # fmt: skip


@pytest.fixture(scope="module")
def slipped(issued, folder):
    """Return (wrong, slip) -> the session that saves the wrong value, (right, slip) -> the next, which puts it right."""
    wrong, right = {}, {}
    for name, slip in SLIPS.items():
        form = issued[slip.code]
        place = form.cell(slip.sheet, slip.key, slip.row)
        line = next(act for act in form.looking() if act[1] == place[0])
        bad, good = (saved(folder, state, name).as_uri() for state in ("wrong", "right"))
        mark = ("look", place[0], f"A{slip.row}")
        true = rows_of(slip.code)[slip.sheet][slip.row - FIRST_ROW][slip.key]
        wrong[name] = [
            ("open", form.path.as_uri()),
            *form.typing(COVER),
            ("type", *place, slip.wrong),
            line,
            mark,
            ("save", bad),
        ]
        right[name] = [("open", bad), ("type", *place, true), line, mark, ("save", good)]
    return performed(
        {("wrong", name): acts for name, acts in wrong.items()}
        | {("right", name): acts for name, acts in right.items()}
    )


@pytest.mark.parametrize("name", SLIPS)
def test_the_client_names_a_wrong_value_and_the_receiver_names_the_same(slipped, folder, name):
    slip = SLIPS[name]
    *_, (_, line), (_, mark), _ = slipped["wrong", name]
    assert (line, mark) == (f"自检：{slip.line}", slip.mark)
    found = examined(saved(folder, "wrong", name), slip.code)
    assert found.verdict == "returned"
    assert (slip.issue, slip.key) in [(one.code, one.field) for one in found.issues]


@pytest.mark.parametrize("name", SLIPS)
def test_once_it_is_put_right_in_the_saved_file_the_form_is_complete_and_accepted(slipped, folder, name):
    slip = SLIPS[name]
    *_, (_, line), (_, mark), _ = slipped["right", name]
    assert (line, mark) == (RIGHT, str(slip.row - FIRST_ROW + 1))
    assert examined(saved(folder, "right", name), slip.code).verdict == "accepted"


@pytest.fixture(scope="module")
def answered(slipped, folder):
    """Return slip -> the session in which the marked copy that went back is corrected in its marked cell."""
    sessions = {}
    for name, slip in SLIPS.items():
        returned = folder / f"returned-{name}.xlsx"
        returned.write_bytes(examined(saved(folder, "wrong", name), slip.code).returned)
        place = Form(slip.code, returned).cell(slip.sheet, slip.key, slip.row)
        true = rows_of(slip.code)[slip.sheet][slip.row - FIRST_ROW][slip.key]
        good = saved(folder, "answered", name).as_uri()
        sessions[name] = [("open", returned.as_uri()), ("look", *place), ("type", *place, true), ("save", good)]
    return performed(sessions)


@pytest.mark.parametrize("name", SLIPS)
def test_the_returned_copy_is_corrected_in_the_client_and_accepted_with_the_true_values(answered, folder, name):
    slip = SLIPS[name]
    (_, shown), (act, now) = answered[name][1:3]
    assert (shown, now) == (slip.wrong, act[3])
    found = examined(saved(folder, "answered", name), slip.code)
    assert [one.message for one in found.issues if one.severity in ("error", "explain")] == []
    assert found.verdict == "accepted"
    assert [written(row.values) for row in found.submission.rows if row.sheet == slip.sheet] == rows_of(slip.code)[
        slip.sheet
    ]


def test_the_keys_of_a_returned_copy_are_locked(answered, folder):
    for name in SLIPS:
        book = openpyxl.load_workbook(folder / f"returned-{name}.xlsx")
        keys = [cell for page in book.worksheets for cell in page[4] if str(cell.value or "").startswith("#")]
        assert "#_explain" in {cell.value for cell in keys}
        assert all(cell.protection.locked for cell in keys)


@pytest.fixture(scope="module")
def tried(issued, folder):
    """Return name -> session: what a clerk tries, and two forms that say little."""
    blank = Form("T06", next(standard.HOME.glob("T06_*.xlsx")))
    locked = [
        ("填报说明", "A1"),
        ("封面", "B3"),
        ("封面", "C3"),
        ("推荐人员", "B3"),
        ("推荐人员", "B4"),
        ("代码表", "A2"),
    ]
    covered = issued["T14"].read().cover_cells
    none = COVER | {"is_zero_report": "是", "explanation": "本年度没有变动。"}
    return performed(
        {
            "locked": [
                ("open", issued["T06"].path.as_uri()),
                *[("type", *place, "改") for place in locked],
                ("type", *issued["T06"].cell("nominees", "inspector_class", 5), "临时工"),
                ("save", saved(folder, "tried", "locked").as_uri()),
            ],
            "named": [
                ("open", blank.path.as_uri()),
                *blank.typing(COVER | {"unit_name": "嘉鱼县司法局", "year": YEAR}),
                ("save", saved(folder, "tried", "named").as_uri()),
            ],
            "none": [
                ("open", issued["T14"].path.as_uri()),
                *[("type", "封面", covered[key], value) for key, value in none.items()],
                *issued["T14"].looking(),
                ("save", saved(folder, "tried", "none").as_uri()),
            ],
        }
    )


def test_headings_guide_and_what_is_known_cannot_be_typed_over(tried):
    *refused, listed = [answer for act, answer in tried["locked"] if act[0] == "type"]
    assert (refused, listed) == (["locked"] * 6, "not in the list")


def test_a_form_of_nobody_is_accepted_from_a_unit_that_only_gives_its_name(tried, folder):
    found = examined(saved(folder, "tried", "named"), "T06")
    assert (found.verdict, found.submission.unit, found.issues) == ("accepted", "421221", ())


def test_a_zero_report_typed_on_the_cover_alone_is_accepted(tried, folder):
    assert list(looked(tried["none"]).values()) == ["自检：已声明零报告，可以报送"]
    found = examined(saved(folder, "tried", "none"), "T14")
    assert (found.verdict, found.submission.is_zero, found.submission.rows) == ("accepted", True, ())
