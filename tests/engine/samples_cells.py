"""For every code about cells and rows: what must be told, and the nearest sound thing that must not (rows through the intake)."""

from functools import partial

from engine import intake
from engine.identifiers import person_check
from engine.normalise import cell
from schemas import loader
from simulate.dirt import numbers, office
from simulate.dirt.case import Dirt, Outcome, spoiled
from simulate.dirt.proof import context
from workbooks.model import Cell

T01, T02, T03, T04, T06, T06B, T10, T14 = "T01", "T02", "T03", "T04", "T06", "T06b", "T10", "T14"
KNOWN = {"certificate_no": {"欧阳明远": "42122100101", "刘国华": "42122100103"}}
PERSON = "42999919900101123"


def codes(form, data, *, name="表.xlsx", roster=None, **rest):
    """Return the codes the intake tells about a workbook."""
    known = context(form, roster=roster) if form in office.SENDERS else intake.Context(unit="420000", returns=False)
    known = intake.Context(**{**{key: getattr(known, key) for key in intake.Context.__slots__}, **rest})
    return {one.code for one in intake.examine([intake.Incoming(name=name, data=data, sha256="0")], known)[0].issues}


def typed(form, key, value, others=(), shown="", roster=None):
    """Type one value into the first row of a sound workbook."""
    code = "DR-C010" if isinstance(value, str) and value.startswith("=") else ""
    one = Dirt(kind="", form=form, key=key, typed=value, outcome=Outcome.SAME, code=code, shown=shown, others=others)
    return codes(form, spoiled(form, [one]), roster=roster)


def row(form, cover=None, **changes):
    """Change the first row of a sound workbook before it is written."""
    rows = office.rows(form)
    first = next(iter(rows.values()))
    first[0].update(changes)
    return codes(form, office.filled(form, rows, cover={**office.COVER, **(cover or {})}))


def every(form, **changes):
    rows = office.rows(form)
    for one in next(iter(rows.values())):
        one.update(changes)
    return codes(form, office.filled(form, rows))


def count(form, number, cover=None):
    """Send a workbook with so many rows."""
    rows = office.rows(form)
    sheet = next(iter(rows))
    names = "甲乙丙丁戊"
    rows[sheet] = [
        {**rows[sheet][0], "name": f"欧阳明{names[at]}", "certificate_no": f"4212210010{at}", "licence_no": f"142120010{at}"}
        for at in range(number)
    ]  # fmt: skip
    return codes(form, office.filled(form, rows, cover={**office.COVER, **(cover or {})}))


def example(form, sender="421200", more=None, **changes):
    """Send the examples of a form of a later stage at the end of the year."""
    declared = loader.template(form)
    rows = {one.name: [_examples(one)] for one in declared.sheets[:1]}
    rows[declared.sheets[0].name][0].update(changes)
    rows |= {
        name: [{**_examples(declared.sheet(name)), **given} for given in many] for name, many in (more or {}).items()
    }
    data = office.filled(form, rows, sender=sender)
    return codes(form, data, year=office.YEAR, today="2026-12-31")


def _examples(sheet):
    return {one.key: one.example for one in sheet.fields if not one.computed}


def number(text):
    found = cell(numbers.COLUMN, Cell("text", text))
    return {found.issue}


CLEAN = {"result": "未发现问题", "dispositions": "无需后续处置", "rectify_by": None, "severity": None}
CHECKED = {"checklist": [{"point": "登记簿", "has_problem": "否", "problem": None}]}
GOOD_CODE = str(office.rows(T02)["targets"][0]["uscc"])
UNCERTIFIED = {"qualification": "未持证", "certificate_no": None, "certificate_valid_to": None}
SUPERVISOR = "从事日常监管工作的人员"
DATE, NUMBER, NAME = "certificate_valid_to", "certificate_no", "name"

# code -> (form, field, what is told, the nearest that is not)
TYPED = {
    "DR-C001": (T06, "post", " 股长", "股长"),
    "DR-C002": (T06, NUMBER, "４2122100101", "42122100101"),
    "DR-C003": (T06, NAME, "欧阳 明远", "欧阳明远"),
    "DR-C004": (T06, NAME, "阿依•古丽", "阿依·古丽"),
    "DR-C005": (T06, NAME, "欧阳\n明远", "欧阳明远"),
    "DR-C006": (T06, NAME, "\u2f29明远", "小明远"),
    "DR-C007": (T06, NAME, "王□", "王\U00020164"),
    "DR-C008": (T06, "recused_targets", "无", "无为公证处"),
    "DR-C009": (T06, "post", "#N/A", "#号股长"),
    "DR-C010": (T06, "post", "=B6", "等于B6"),
    "DR-C012": (T06, NUMBER, 421221001011234567, 42122100101),
    "DR-C013": (T06, NUMBER, 42122100101, "42122100101"),
    "DR-C014": (T06, NUMBER, "4.2E+17", "42122100101"),
    "DR-C015": (T02, "staff_count", "3（其中女1）", "3"),
    "DR-C016": (T02, "staff_count", "12人", "12"),
    "DR-C017": (T02, "satisfaction", "0.95", "95"),
    "DR-C018": (T02, "is_in_roster", "√", "是"),
    "DR-C019": (T06, "post", "长" * 200, "股长"),
    "DR-C020": (T06, NUMBER, "'42122100101", "42122100101"),
    "DR-C021": (T02, "staff_count", "约12", "12"),
    "DR-C023": (T06, "post", "不详", "不详股长"),
    "DR-C024": (T06, "recused_targets", "甲" * 255, "甲" * 254),
    "DR-D001": (T06, DATE, "2028.12.31", "2028-12-31"),
    "DR-D002": (T06, DATE, "年底", "2028-12-31"),
    "DR-D003": (T06, DATE, "2027-02-29", "2028-02-29"),
    "DR-D004": (T06, DATE, "5/6/2028", "31/12/2028"),
    "DR-D005": (T06, DATE, "28.12.31", "2028.12.31"),
    "DR-D006": (T06, DATE, 47118, 20281231),
    "DR-D007": (T06, DATE, "2028年12月", "2028年12月1日"),
    "DR-D008": (T06, DATE, "2028-12-31 12:30", "2028-12-31"),
    "DR-D009": (T06, DATE, "长期", "2099-12-31"),
    "DR-D011": (T02, "licence_valid_to", "2020-02-29", "2020-03-01"),
    "DR-D013": (T04, "trained_on", "2026-05-22", "2026-05-21"),
    "DR-V001": (T06, "inspector_class", "其他人", "行政执法类公务员"),
    "DR-V002": (T06, "inspector_class", "1", "行政执法类公务员"),
    "DR-V003": (T02, "target_id", "O-NOT-421202-1", "O-NOT-421202-0001"),
    "DR-V004": (T02, "staff_count", "10000", "9999"),
    "DR-V011": (T02, "uscc", GOOD_CODE[:-1], GOOD_CODE),
    "DR-V012": (T02, "uscc", GOOD_CODE.replace("0", "O", 1), GOOD_CODE),
    "DR-V013": (T02, "uscc", GOOD_CODE[:3] + "9" + GOOD_CODE[4:], GOOD_CODE),
    "DR-V014": (T02, "uscc", "12345678X", GOOD_CODE),
    "DR-V015": (T02, "uscc", office.uscc("9142120000000010"), office.uscc("1242120000000010")),
    "DR-V016": (T02, "licence_no", "abc", "4212020001"),
    "DR-V017": (T02, "uscc", "421200000012345", GOOD_CODE),
    "DR-V020": (T06, NUMBER, PERSON + person_check(PERSON), PERSON + "YX"[person_check(PERSON) == "Y"]),
    "DR-V028": (T06, NUMBER, "429999800101001", "429999801301001"),
    "DR-V021": (T06, NUMBER, "13900000001", "23900000001"),
    "DR-V024": (T06, DATE, "2026-05-20", "2026-05-21"),
    "DR-V025": (T06, DATE, "2026-10-30", "2026-10-31"),
    "DR-V041": (T04, "mobile", "1390000000", "13900000001"),
    "DR-V042": (T04, "mobile", "139-0000-0001", "13900000001"),
    "DR-V043": (T04, "mobile", "13900000002", "13900000003"),
    "DR-V051": (T06, NAME, "王3", "王三石"),
    "DR-V052": (T06, NAME, "欧阳明远、林小雨", "欧阳明远"),
    "DR-C026": (T06, NUMBER, "4212210010①", "42122100101"),
    "DR-V005": (T06, "specialities", "公证管里", "公证管理"),
    "DR-V018": (T06, NUMBER, "鄂执法字第4212001号", "鄂字第4212001号"),
    "DR-V019": (T06, NUMBER, "4212O100101", "鄂O42121001"),
    "DR-V056": (T06, NAME, "王三石同志", "王三石"),
    "DR-V057": (T06, NAME, "wangwei", "王伟"),
    "DR-V053": (T06, NAME, "张三", "张三丰"),
    "DR-V027": (T02, "licence_valid_to", "2025-12-31", "2026-06-30"),
    "DR-V054": (T04, "mobile", "13800138000", "13900000001"),
    "DR-V070": (T04, "remark", "联系13900000001", "第 2026051200001 号"),
    "DR-V071": (T04, "remark", "密级：机密", "保守商业秘密"),
    "DR-V082": (T02, "roster_year", 2024, 2025),
    "DR-V084": (T01, "legal_basis", "《中华人民共和国公证法》", "《中华人民共和国公证法》第五条"),
    "DR-V085": (T01, "legal_basis", "上级要求", "《中华人民共和国公证法》第五条"),
    "DR-U005": (T04, "unit_code", "420111", "421281"),
    "DR-U010": (T04, "unit_code", "嘉鱼县", "421221"),
    "DR-U011": (T04, "unit_code", "某某县", "421221"),
    "DR-U012": (T02, "division", "420102", "421221"),
    "DR-U013": (T04, "unit_name", "通城县司法局", "嘉鱼县司法局"),
}
CHANGED = {
    "DR-D012": (partial(example, "T07", starts_on="2026-02-28"), partial(example, "T07", starts_on="2026-03-01")),
    "DR-D014": (partial(example, T14, remark="甲", effective_on="2025-12-31"), partial(example, T14, remark="甲", effective_on="2026-01-01")),
    "DR-C025": (partial(typed, T02, "staff_count", 12, shown='"约"0'), partial(typed, T02, "staff_count", 12, shown="0")),
    "DR-V022": (partial(row, T06, **UNCERTIFIED), partial(row, T06, inspector_class=SUPERVISOR, **UNCERTIFIED)),
    "DR-V023": (partial(row, T06, inspector_class=SUPERVISOR, qualification="未持证"), partial(row, T06, inspector_class=SUPERVISOR, **UNCERTIFIED)),
    "DR-V026": (partial(every, T06, inspector_class=SUPERVISOR, **UNCERTIFIED), partial(row, T06, inspector_class=SUPERVISOR, **UNCERTIFIED)),
    "DR-V031": (partial(number, PERSON), partial(number, PERSON + person_check(PERSON))),
    "DR-V032": (partial(number, "429999********0010"), partial(number, PERSON + person_check(PERSON))),
    "DR-V033": (partial(number, "429999199002301234"), partial(number, PERSON + person_check(PERSON))),
    "DR-V034": (partial(number, PERSON + "0123456789X"["0123456789X".index(person_check(PERSON)) - 1]), partial(number, PERSON + person_check(PERSON))),
    "DR-V060": (partial(example, T10, more=CHECKED), partial(example, T10, more=CHECKED, **CLEAN)),
    "DR-V061": (partial(example, T10, more=CHECKED, is_suspected_violation="是", **CLEAN), partial(example, T10, more=CHECKED, is_suspected_violation="否", **CLEAN)),
    "DR-V086": (partial(row, T06B, expertise="继承公证；法医临床"), partial(row, T06B, expertise="继承公证；合同公证")),
    "DR-V080": (partial(row, T06B, was_disciplined_3y="是"), partial(row, T06B, was_disciplined_3y="否")),
    "DR-V081": (partial(example, T03, target_type="公证员", birth_year="1961", remark="甲"), partial(example, T03, target_type="公证员", birth_year="1962", remark="甲")),
    "DR-V083": (partial(example, "T07", "420000", ratio="4.9"), partial(example, "T07", "420000", ratio="5")),
    "DR-R001": (partial(row, T06, post=None), partial(row, T06, recused_targets=None)),
    "DR-R002": (partial(row, T06, certificate_no=None), partial(row, T06, inspector_class=SUPERVISOR, **UNCERTIFIED)),
    "DR-R003": (partial(row, T06, {"approved_by": None}), partial(row, T06, {"explanation": None})),
    "DR-K001": (partial(every, T06, certificate_no="42122100101"), partial(every, T06, post="股长")),
    "DR-K002": (partial(every, T06, name="欧阳明远", inspector_class=SUPERVISOR, **UNCERTIFIED), partial(every, T06, inspector_class=SUPERVISOR, **UNCERTIFIED)),
    "DR-K003": (partial(every, T06, name="欧阳明远"), partial(row, T06, name="欧阳明")),
    "DR-K004": (partial(typed, T06, NAME, "劉國華", roster=KNOWN), partial(typed, T06, NAME, "刘国华", roster=KNOWN)),
    "DR-K005": (partial(typed, T06, NAME, "欧阳明", roster=KNOWN), partial(typed, T06, NAME, "欧阳明远", roster=KNOWN)),
    "DR-Q001": (partial(count, T06, 1), partial(count, T06, 2)),
    "DR-Q002": (partial(count, T06B, 4), partial(count, T06B, 3)),
    "DR-Q003": (partial(count, T06, 1, {"explanation": "只有一人"}), partial(count, T06, 2, {"explanation": "齐全"})),
    "DR-Q010": (partial(count, T06, 0), partial(count, T06, 0, {"is_zero_report": "是", "explanation": "没有"})),
    "DR-Q011": (partial(count, T06, 2, {"is_zero_report": "是", "explanation": "没有"}), partial(count, T06, 2, {"is_zero_report": "否"})),
    "DR-Q012": (partial(count, T06, 0, {"is_zero_report": "是"}), partial(count, T06, 0, {"is_zero_report": "是", "explanation": "没有"})),
    "DR-Q013": (partial(count, T02, 0, {"is_zero_report": "是", "explanation": "没有"}), partial(count, T06, 0, {"is_zero_report": "是", "explanation": "没有"})),
    "DR-P001": (partial(row, T06, {"checked_by": "钱明远"}), partial(row, T06, {"checked_by": "钱明"})),
}  # fmt: skip
SAMPLES = {
    **{code: (partial(typed, form, key, bad), partial(typed, form, key, good)) for code, (form, key, bad, good) in TYPED.items()},
    **CHANGED,
}  # fmt: skip
