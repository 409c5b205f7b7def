"""The oracles of the field: numbers and outcomes known beforehand, each asked of the product's own verbs and functions.

In the order in which the offices' rules give them: divisions and check digits, nominations, sample sizes, calendar,
jurisdiction, publication rate, merging, the draw, the change filing.
"""

import hashlib
import io
import random
from collections import Counter
from datetime import date
from fractions import Fraction

import openpyxl
import pytest

from engine import draw as vrd
from engine import intake, transfer
from engine.calendar import add_working_days, is_working_day
from engine.draw.allocate import size
from engine.draw.refusal import DrawRefused
from engine.identifiers import person_fault, uscc_fault
from engine.plan import sample_size
from engine.workflow import collect, conclude, conduct, publishing
from engine.workspace import Workspace
from schemas import loader
from simulate import pen
from simulate.dirt import office
from tests.engine import registers_2026 as known
from tests.engine.registers_2026 import moment, put_accepted, put_register

POLICY = loader.policy(2026)
PLAN = "421200-2026-P01"


def examined(data, receiver):
    """Return what the intake of `receiver` finds in a workbook."""
    context = intake.Context(unit=receiver, year=2026, today="2026-12-30")
    file = intake.Incoming(name="表.xlsx", data=data, sha256=hashlib.sha256(data).hexdigest(), received_at="2026-12-30")
    return intake.examine([file], context)[0]


def send(ws, name, data, day):
    """Let the office receive one workbook and return its receipt."""
    path = ws.root.parent / f"{name}.xlsx"
    path.write_bytes(data)
    return collect.receive(ws, [path], at=moment(f"2026-05-{day}T09:00:00"), workers=0)["files"][0]


# divisions and check digits ---------------------------------------------------------------------------------------------


def test_hubei_has_117_divisions_six_counties_in_xianning_and_four_directly_under_the_province():
    current = [one for one in loader.divisions().values() if not one.valid_to]
    assert len(current) == 117
    assert sum(one.parent == "421200" for one in current) == 6
    assert {one.parent for one in current if one.level == "county_direct"} == {"420000"}
    assert Counter(one.level for one in current)["county_direct"] == 4


USCC = ("32421200000000019D", "34421202000000027Y", "12420100000000035K", "124212210000001749", "34420100MA000004XR")


def roster(uscc):
    """Return a roster of institutions in which one bears the credit code."""
    given = office.rows("T02")
    given["targets"][0]["uscc"] = uscc
    return examined(office.filled("T02", given), "420000")


@pytest.mark.parametrize("code", USCC)
def test_a_credit_code_with_right_check_digits_is_accepted_as_it_is(code):
    found = roster(code)
    assert uscc_fault(code) == ""
    assert found.verdict == "accepted"
    assert found.submission.rows[0].values["uscc"] == code


@pytest.mark.parametrize("code", USCC)
def test_a_credit_code_with_one_other_character_is_returned(code):
    other = code[:12] + ("1" if code[12] != "1" else "2") + code[13:]
    found = roster(other)
    assert uscc_fault(other)
    assert found.verdict == "returned"
    assert [one.cell for one in found.issues if one.severity == "error"] == [office_cell("uscc")]


@pytest.mark.parametrize("code", [USCC[0][:-1], f"{USCC[0]}0", f"O{USCC[0][1:]}"])
def test_a_credit_code_of_17_or_19_characters_or_with_a_letter_o_is_returned(code):
    assert roster(code).verdict == "returned"


def test_a_credit_code_in_lower_case_is_corrected_and_told():
    found = roster(USCC[0].lower())
    assert (found.verdict, found.submission.rows[0].values["uscc"]) == ("accepted", USCC[0])
    assert [one.severity for one in found.issues if one.field == "uscc"] == ["fixed"]


def office_cell(key):
    keys = [one.key for one in loader.template("T02").sheet("targets").fields]
    return f"{pen.letters(keys.index(key) + 2)}5"


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("11010519491231002X", ""), ("440524188001010014", ""), ("429999198001010010", ""), ("429999197512310037", ""),
        ("42999919880808888X", ""), ("429999199002290020", "date"), ("429999198001010", "length"),
    ],
)  # fmt: skip
def test_an_identity_number_is_right_or_its_fault_is_named(number, fault):
    assert person_fault(number) == fault


# nominations ------------------------------------------------------------------------------------------------------------


def expected(tmp_path, unit):
    """Return template -> (reporters, rows they are to name in all) as a new workspace of the unit expects them."""
    found = collect.init(tmp_path / unit, unit, 2026, at=moment("2026-01-05T09:00:00"))["expects"]
    reporters = Counter(one["template"] for one in found)
    named = Counter()
    for one in found:
        named[one["template"]] += one["quota"] or 0
    return {template: (count, named[template]) for template, count in reporters.items()}


def test_xianning_expects_twelve_officers_of_six_counties_and_six_experts_of_two_associations(tmp_path):
    assert expected(tmp_path, "421200") == {"T06": (6, 12), "T06b": (2, 6)}


def test_the_province_expects_the_packages_of_17_cities_and_of_two_associations(tmp_path):
    found = expected(tmp_path, "420000")
    assert (found["T04"][0], found["T05"][0]) == (17, 2)


# sample sizes -----------------------------------------------------------------------------------------------------------

FIVE_PERCENT = {
    1: 1, 9: 1, 19: 1, 20: 1, 21: 2, 40: 2, 100: 5, 101: 6, 110: 6, 116: 6, 117: 6, 200: 10, 226: 12, 233: 12, 480: 24,
    1300: 65, 1780: 89, 2006: 101,
}  # fmt: skip


def test_five_percent_is_rounded_up_exactly_by_the_plan_and_by_the_protocol():
    assert {base: sample_size(base, Fraction(5, 100)) for base in FIVE_PERCENT} == FIVE_PERCENT
    assert {base: size(base, 5, 100) for base in FIVE_PERCENT} == FIVE_PERCENT


def test_rounding_half_up_would_draw_nobody_of_nine_and_one_too_few_of_226():
    half_up = {base: int(base * 0.05 + 0.5) for base in (9, 226)}
    assert half_up == {9: 0, 226: 11}
    assert (FIVE_PERCENT[9], FIVE_PERCENT[226]) == (1, 12)


# calendar ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2023-05-22", "2023-05-24", "2024-05-22", "2024-05-24"])
def test_offices_work_on(day):
    assert is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2025-05-24", "2026-05-24", "2023-12-30"])
def test_offices_rest_on(day):
    assert not is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(("year", "last"), [(2024, "2024-11-28"), (2025, "2025-11-28"), (2026, "2026-11-27")])
def test_results_of_31_october_are_public_within_20_working_days(year, last):
    assert add_working_days(date(year, 10, 31), 20) == date.fromisoformat(last)


# jurisdiction -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finder", "target", "authority"),
    [
        ("421221", "公证机构", "421200"),  # 嘉鱼 → 咸宁
        ("429004", "公证机构", "420000"),  # 仙桃 has no city above it
        ("421221", "司法鉴定机构", "420000"),
        ("421200", "司法鉴定人", "420000"),
        ("421221", "法律援助机构", "421221"),
        ("421200", "法律援助机构", "421200"),
    ],
)
def test_a_transfer_is_addressed_to_the_authority(finder, target, authority):
    suspect = {"task_id": "T-1", "inspecting_unit": finder, "target_id": "O-1", "target_name": "示例", "target_type": target, "is_suspected_violation": True, "approved_on": "2026-06-25"}  # fmt: skip
    (found,) = transfer.propose([suspect], [], {"T-1": "Y01"}, [], POLICY)
    assert found["to_unit"] == authority


# publication ------------------------------------------------------------------------------------------------------------


def finished(number, **changes):
    return {
        "task_id": f"421200-2026-P01-D1-{number:03d}", "task_kind": "双随机", "target_id": f"O-NOT-421202-{number:03d}",
        "target_name": f"示例第{number}公证处", "target_type": "公证机构", "inspecting_unit": "421200",
        "inspectors": "王示例（42122100101）；李示例（42122200102）", "inspected_from": "2026-06-18", "inspected_to": "2026-06-19",
        "methods": "实地核查", "result": "未发现问题", "dispositions": "无需后续处置", "approved_on": "2026-06-25", "is_public": True,
        **changes,
    }  # fmt: skip


def test_97_published_of_100_finished_with_two_lawful_exceptions_is_short_by_one_that_is_named(tmp_path):
    hidden = {"is_public": False, "nonpublic_reason": "商业秘密"}
    results = [finished(number) for number in range(1, 98)]
    results += [finished(98, **hidden)]  # nobody approved that
    results += [finished(number, **hidden, nonpublic_request=f"421200-2026-Q{number}") for number in (99, 100)]
    requests = [
        {"request_id": f"421200-2026-Q{number}", "request_type": "不公示审批", "is_approved": True, "decided_by": "吴示例", "explanation": "涉及商业秘密"}
        for number in (99, 100)
    ]  # fmt: skip
    with Workspace.create(tmp_path / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        put_accepted(ws, "T10", {"results": results})
        put_accepted(ws, "T16", {"requests": requests})
        found = publishing.publish(ws, at=moment("2026-12-10T09:00:00"), out=tmp_path / "out", reviewer="陈示例")
        again = conclude.ledger(ws, at=moment("2026-12-20T09:00:00"), out=tmp_path / "台账.xlsx")
    assert found["published"] == 97
    assert found["rates"][-1] == {"unit": "合计", "numerator": 97, "denominator": 98, "missing": [results[97]["task_id"]]}  # fmt: skip
    assert found["must_act"]
    assert any("97/98（98.98%）" in line for line in found["lines"])
    (rate,) = (one for one in again["figures"] if one["name"] == "公示率" and one["unit"] == "421200")
    assert (rate["numerator"], rate["denominator"]) == (97, 98)


# merging ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "city", "421200", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        yield ws


def nominations(*pairs):
    """Return a nomination form's rows of these (name, certificate number) pairs."""
    return {
        "nominees": [
            {**office.rows("T06")["nominees"][0], "name": name, "certificate_no": number} for name, number in pairs
        ]
    }


def test_one_certificate_from_two_counties_goes_back_to_both(city):
    first = nominations(("欧阳明远", "42122100101"), ("林小雨", "42122100102"))
    second = nominations(("欧阳明远", "42122100101"), ("陆海波", "42122200102"))
    for at, (unit, rows) in enumerate({"421221": first, "421222": second}.items(), 20):
        assert send(city, unit, office.filled("T06", rows, sender=unit), at)["verdict"] == "accepted"
    found = collect.consolidate(city, at=moment("2026-05-23T09:00:00"))
    assert found["must_act"]
    assert [(one["key"], [claim["unit"] for claim in one["claims"]]) for one in found["conflicts"]] == [
        ("42122100101", ["421221", "421222"])
    ]
    assert sorted(city.store.register("T04", "inspectors")["_key"]) == ["42122100102", "42122200102"]
    assert {path.name for path in city.path("退回").glob("冲突_*.txt")} == {"冲突_421221.txt", "冲突_421222.txt"}


def test_one_name_with_two_certificates_is_accepted_with_a_hint(city):
    first = nominations(("欧阳明远", "42122100101"), ("林小雨", "42122100102"))
    second = nominations(("欧阳明远", "42122200101"), ("陆海波", "42122200102"))
    for at, (unit, rows) in enumerate({"421221": first, "421222": second}.items(), 20):
        send(city, unit, office.filled("T06", rows, sender=unit), at)
    found = collect.consolidate(city, at=moment("2026-05-23T09:00:00"))
    assert (found["conflicts"], found["must_act"]) == ([], False)
    assert len(city.store.register("T04", "inspectors")) == 4
    hints = [(one["unit"], one["severity"]) for one in found["findings"] if "同名" in one["message"]]
    assert hints == [("421221", "note"), ("421222", "note")]


def test_one_name_with_two_certificates_in_one_form_is_accepted_with_a_hint():
    found = examined(
        office.filled("T06", nominations(("欧阳明远", "42122100101"), ("欧阳明远", "42122100102"))), "421200"
    )
    assert (found.verdict, [one.severity for one in found.issues]) == ("accepted", ["note"])


# the draw ---------------------------------------------------------------------------------------------------------------


def rosters():
    """Return the rows of the city's rosters of institutions and of officers, as its clerk types them."""
    rows = known.registers()
    officers = [{key: value for key, value in one.items() if key != "_unit"} for one in rows["T04"]]
    return {"T02": rows["T02"], "T04": [{**one, "is_public": True} for one in officers]}


def roster_book(code, rows):
    return office.filled(code, {loader.template(code).sheets[0].name: rows}, sender="421200")


def columns_moved(data):
    """Return the workbook with its first three columns last, headings and keys with them."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[2]
    last = max(cell.column for cell in sheet[4] if cell.value)
    for row in range(3, sheet.max_row + 1):
        values = [sheet.cell(row, column).value for column in range(2, last + 1)]
        for column, value in enumerate(values[3:] + values[:3], 2):
            sheet.cell(row, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def drawn(folder, books):
    """Receive the rosters, merge, freeze, draw and assign with fixed numbers; return (stage, roots of the three)."""
    with Workspace.create(folder / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        for name, data in books.items():
            receipt = send(ws, name, data, 20)
            assert receipt["verdict"] == "accepted", receipt["issues"]
        collect.consolidate(ws, at=moment("2026-05-23T09:00:00"))
        rows = known.registers()
        for template in ("T03", "T05"):
            put_register(ws, template, known.SHEETS[template], rows[template], version=9)
        known.put_plans(ws)
        frozen, targets, teams = known.through(ws, PLAN, folder / "holders")
        assert teams.get("ok", True), teams["lines"]
        assert conduct.verify(teams["bundle"])["ok"]
        return conduct.Stage(ws, PLAN), (frozen["commitment"], targets["drawn"], teams["teams"], teams["root"])


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """Return the draw as the city makes it from tidy rosters."""
    return drawn(tmp_path_factory.mktemp("draw"), {code: roster_book(code, rows) for code, rows in rosters().items()})


def test_the_draw_is_the_same_when_rows_are_shuffled_and_columns_moved(sealed, tmp_path):
    chance, books = random.Random(9), {}
    for code, rows in rosters().items():
        chance.shuffle(rows)
        books[code] = columns_moved(roster_book(code, rows))
    _, found = drawn(tmp_path, books)
    assert found == sealed[1]


def test_one_changed_cell_is_another_pool_and_the_committed_draw_refuses_it(sealed, tmp_path):
    rows = rosters()
    rows["T02"][3]["credit_grade"] = "A" if rows["T02"][3]["credit_grade"] != "A" else "B"
    changed, found = drawn(tmp_path, {code: roster_book(code, many) for code, many in rows.items()})
    stage = sealed[0]
    assert found[0] != sealed[1][0]
    assert changed.commit["rosters"]["targets"] != stage.commit["rosters"]["targets"]
    assert changed.commit["rosters"]["inspectors"] == stage.commit["rosters"]["inspectors"]

    def drawn_from(pool):
        reveal = stage.drawn.reveal
        return vrd.draw(stage.commit, pool, stage.drawn.values, reveal["codes"], reveal["at"])

    assert drawn_from(stage.pool) == stage.drawn
    with pytest.raises(DrawRefused) as refusal:
        drawn_from(changed.pool)
    assert refusal.value.code == "roster_changed"


# the change filing ------------------------------------------------------------------------------------------------------


def officers(*rows):
    return [
        {"inspector_id": f"I-421221-{n:03d}", "name": name, "certificate_no": f"42{n:09d}", "unit_code": unit, "post": post}
        for n, name, unit, post in rows
    ]  # fmt: skip


BEFORE = officers((1, "欧阳明远", "421221", "股长"), (2, "林小雨", "421222", "科员"), (3, "陆海波", "421223", "科员"))
AFTER = officers(
    (1, "欧阳明远", "421221", "副局长"), (2, "林小雨", "421281", "科员"), (3, "陆海波", "421223", "股长"),
    (4, "方晓岚", "421221", "科员"), (5, "沈若云", "421222", "科员"), (6, "潘学文", "421223", "科员"),
)  # fmt: skip


def filing(ws, out, *editions):
    """Return what the office files after these editions of its roster of officers, and the rows of the workbook."""
    for version, rows in enumerate(editions, 1):
        put_register(ws, "T04", "inspectors", rows, version=version)
    found = conclude.changes(ws, at=moment("2026-12-20T09:00:00"), out=out)
    (path,) = out.glob("*T14*.xlsx")
    return found, path.read_bytes()


def test_three_additions_a_transfer_and_two_edits_are_six_rows_of_the_change_filing(city, tmp_path):
    found, data = filing(city, tmp_path, BEFORE, AFTER)
    rows = pen.read(data)["changes"]
    assert (found["count"], found["is_zero_report"]) == (6, False)
    assert Counter(one["change_type"] for one in rows) == {"新增": 3, "迁入": 1, "修改": 2}


def test_a_year_without_changes_is_a_zero_report_that_the_province_accepts(city, tmp_path):
    found, data = filing(city, tmp_path, BEFORE, BEFORE)
    assert (found["count"], found["is_zero_report"], pen.read(data)["changes"]) == (0, True, [])
    covered = pen.fill(data, cover={**office.COVER, "filled_on": "2026-12-20"})
    received = examined(covered, "420000")
    assert (received.verdict, received.submission.is_zero) == ("accepted", True)
