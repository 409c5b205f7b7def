"""Registers held against each other: what does not fit is told with its row, the nearest fitting thing is not (X16, X23)."""

import pytest
from offices import moment

from engine import reconcile, seals
from engine.consolidate import Entry
from engine.workflow import collect
from engine.workspace import Workspace
from schemas import loader
from simulate.dirt import office

POLICY = loader.policy(2026)
HOME = {"target_id": "O-NOT-421202-001", "target_type": "公证机构", "name": "第一公证处", "staff_count": 2, "practice_state": "正常执业"}  # fmt: skip
LAB = {"target_id": "O-FOR-421202-001", "target_type": "司法鉴定机构", "name": "鉴定所", "scope": "文书；痕迹", "staff_count": 1, "practice_state": "正常执业"}  # fmt: skip


def entry(template, key, **values):
    return Entry(
        template=template, unit="421200", key=key, values=values, submission=1, sha256=key, file="a", grid="g", row=5
    )


def person(key, licence="1", home="O-NOT-421202-001", **more):
    values = {"target_type": "公证员", "name": "吴敏", "licence_no": licence, "institution_id": home, "practice_state": "正常执业"}  # fmt: skip
    return entry("T03", key, target_id=key, **{**values, **more})


def expert(**more):
    return person("F1", "9", "O-FOR-421202-001", target_type="司法鉴定人", **more)


TARGETS = [entry("T02", one["target_id"], **one) for one in (HOME, LAB)]
PAIR = [person("P1", "1"), person("P2", "2")]


def told(people, targets=TARGETS):
    found = reconcile.institution_in_roster(people, targets) + reconcile.kinds_within_scope(people, targets)
    return sorted({one.code for one in found + reconcile.roster_counts(people, targets, POLICY)})


@pytest.mark.parametrize(
    ("code", "people"),
    [
        ("DR-X001", [*PAIR, person("P3", "3", "O-NOT-421202-999")]),
        ("DR-X002", [*PAIR, person("P3", "3", "O-FOR-421202-001")]),
        ("DR-X003", [*PAIR, person("P3", "2", "O-NOT-421202-002")]),
        ("DR-X008", [PAIR[0], person("P2", "2", institution_name="别的公证处")]),
        ("DR-X004", [*PAIR, expert(practice_kinds="文书；法医临床")]),
        ("DR-X005", [*PAIR, person("P3", "3")]),
        ("DR-X006", [PAIR[0], person("P2", "2", practice_state="暂停执业")]),
    ],
)
def test_people_and_institutions_that_do_not_fit_are_told(code, people):
    assert code in told(people)


@pytest.mark.parametrize(
    "people",
    [
        PAIR,
        [PAIR[0], person("P2", "2", institution_name=f" {HOME['name']} ")],
        [*PAIR, person("P3", "3", practice_state="注销")],  # listed still, and none of the institution any more
        [*PAIR, expert(practice_kinds="文书")],
        [*PAIR, expert(practice_kinds="文书；痕迹")],
        [*PAIR, person("F1", "1", "O-FOR-421202-001", target_type="司法鉴定人")],  # a number of another register
    ],
)
def test_the_nearest_fitting_people_are_not_told(people):
    assert told(people) == []


def officer(unit, number, name="王示例"):
    given = {"name": name, "certificate_no": number}
    return Entry(
        template="T06", unit=unit, key=number, values=given, submission=1, sha256=unit, file="a", grid="g", row=5
    )


def test_one_name_with_two_numbers_in_two_units_is_a_hint_to_both():
    found = reconcile.same_name([officer("421221", "1"), officer("421222", "2")], "certificate_no")
    assert [(one.code, one.entry.unit, one.params["other"]) for one in found] == [
        ("DR-X007", "421221", "通城县司法局"),
        ("DR-X007", "421222", "嘉鱼县司法局"),
    ]


@pytest.mark.parametrize("other", [officer("421221", "2"), officer("421222", "2", "李示例")])
def test_one_name_within_a_unit_or_another_name_is_no_hint_here(other):
    assert reconcile.same_name([officer("421221", "1"), other], "certificate_no") == []


def test_without_the_roster_nobody_is_said_to_be_missing_from_it():
    assert told(PAIR, []) == []


def test_an_institution_whose_people_are_still_to_come_is_not_counted():
    assert reconcile.roster_counts([expert()], TARGETS, POLICY) == []


PARENT = {"item_code": "HB-NOT-01", "field": "公证", "content": "1.受理；2.审查；3.出证。"}
CHILD = {"item_code": "421200-NOT-01", "parent_item_code": "HB-NOT-01", "field": "公证", "item_name": "质量检查"}


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("DR-X011", {"parent_item_code": "HB-NOT-99", "content": "1.受理"}),
        ("DR-X011", {"parent_item_code": "421200-NOT-01", "content": "1.受理"}),
        ("DR-X012", {"field": "司法鉴定", "content": "1.受理；2.审查；3.出证"}),
        ("DR-X013", {"content": "1.受理；2.审查"}),
        ("DR-X013", {"content": "受理和审查"}),
    ],
)
def test_an_item_that_does_not_refine_its_parent_is_told(code, changed):
    found = reconcile.refines_parent([entry("T01", "421200-NOT-01", **{**CHILD, **changed})], [PARENT])
    assert [one.code for one in found] == [code]


@pytest.mark.parametrize(
    "changed",
    [
        {"content": "1.受理；2.审查；3.出证；4.归档"},
        {"content": "（1）受理（2）审查（3）出证"},
        {"content": "受理；审查；出证"},
        {"content": "看一看", "parent_item_code": None},
    ],
)
def test_an_item_that_refines_its_parent_is_not_told(changed):
    assert reconcile.refines_parent([entry("T01", "421200-NOT-01", **{**CHILD, **changed})], [PARENT]) == []


def stopped(field, kept=""):
    """Return the rows of a provincial list of items of one field, all stopped but the one kept."""
    rows = [one for one in loader.provincial_items(2026) if one["field"] == field]
    return [
        entry("T01", one["item_code"], **{**one, "status": "有效" if one["item_code"] == kept else "停用"})
        for one in rows
    ]


@pytest.mark.parametrize("field", ["公共法律服务体系建设", "法律援助", "公证", "司法鉴定"])
def test_a_list_without_any_item_of_a_field_is_told(field):
    """R16: all four fields stand in the list; one item in force is enough, and a field nobody touched is not asked about."""
    above = loader.provincial_items(2026)
    rows = stopped(field)
    found = reconcile.fields_covered(rows, above)
    assert [(one.code, one.entry.key, one.params["value"]) for one in found] == [("DR-X014", rows[-1].key, field)]
    assert reconcile.fields_covered(stopped(field, kept=rows[0].key), above) == []
    assert reconcile.fields_covered([], above) == []


def test_who_has_left_the_list_is_told_unless_a_change_names_him():
    gone, stays = entry("T02", "a", name="甲"), entry("T02", "b", name="乙")
    assert [one.entry.key for one in reconcile.vanished([gone, stays], [stays], ())] == ["a"]
    assert reconcile.vanished([gone, stays], [stays], {"a"}) == []


@pytest.mark.parametrize(
    ("data", "day"),
    [
        (b"%PDF-1.4\n/CreationDate (D:20260518093000+08'00')", "2026-05-18"),
        (b"%PDF-1.7\n<xmp:CreateDate>2026-05-19T09:00:00</xmp:CreateDate>", "2026-05-19"),
        (b"\xff\xd8\xff\xe1..Exif\x00\x002026:05:17 10:11:12\x00", "2026-05-17"),
        (b"\x89PNG\r\n\x1a\n....tIME\x07\xea\x05\x10\x0a\x00\x00", "2026-05-16"),
        (b"%PDF-1.4\n", ""),
        (b"\xff\xd8\xff\xe0JFIF", ""),
        (b"BM", ""),
    ],
)
def test_a_scan_says_when_it_was_made_or_nothing(data, day):
    assert seals.made_on(data) == day


def test_a_paper_belongs_to_the_one_workbook_beside_it_or_to_the_unit_in_its_name():
    def arrival(number, name, submission=None, unit="", container="信"):
        role = "workbook" if submission else "attachment"
        known = {"id": number, "name": name, "submission": submission, "unit": unit, "container": container}
        return {**known, "role": role, "at": "2026-05-18"}

    names = {"421221": ("嘉鱼县司法局",), "421222": ("通城县司法局",)}
    one = [arrival(1, "表.xlsx", 1, "421221"), arrival(2, "扫描.pdf")]
    assert seals.beside(one, names) == {1: [2]}
    two = [*one, arrival(3, "另.xlsx", 2, "421222"), arrival(4, "通城县司法局盖章.jpg")]
    assert seals.beside(two, names) == {2: [4]}
    assert seals.beside([arrival(1, "表.xlsx", 1, "421221"), arrival(2, "报送函.docx")], names) == {}
    assert seals.beside([arrival(1, "表.xlsx", 1, "421221", ""), arrival(2, "扫描.pdf", container="")], names) == {}


# ---- through receive and consolidate -------------------------------------------------------------------------------


@pytest.fixture
def province(tmp_path):
    collect.init(tmp_path / "420000", "420000", 2026, at=moment(1))
    with Workspace(tmp_path / "420000") as workspace:
        yield workspace


def send(workspace, at, **files):
    inbox = workspace.root.parent / f"in-{at:%m%d%H%M}"
    inbox.mkdir()
    for name, data in files.items():
        (inbox / name.replace("__", ".")).write_bytes(data)
    return collect.receive(workspace, [inbox], at=at, workers=0)["files"]


def targets(count, **cover):
    rows = {"targets": office.rows("T02")["targets"][:count]}
    return office.filled("T02", rows, cover={**office.COVER, **cover})


def codes(workspace, day):
    found = collect.consolidate(workspace, at=moment(day))
    return [(one["code"], one["severity"], one["key"]) for one in found["findings"]], found["must_act"]


def test_a_row_left_out_of_a_later_list_is_asked_about_and_an_explanation_answers(province):
    send(province, moment(21), a__xlsx=targets(2))
    assert codes(province, 22) == ([], False)
    send(province, moment(23), a__xlsx=targets(1))
    assert codes(province, 24) == ([("DR-L001", "explain", "O-NOT-421202-002")], True)
    assert codes(province, 24)[0] == [
        ("DR-L001", "explain", "O-NOT-421202-002")
    ]  # it does not fade with a second merge
    notice = (province.root / "退回" / "核对_421200.txt").read_text(encoding="utf-8-sig")
    assert "O-NOT-421202-002" in notice
    assert (province.root / "汇总" / "核对问题表.xlsx").is_file()
    send(province, moment(25), a__xlsx=targets(1, explanation="第二公证处已注销"))
    assert codes(province, 26) == ([("DR-L001", "note", "O-NOT-421202-002")], False)


def test_findings_do_not_depend_on_when_the_merge_was_made(province, tmp_path):
    send(province, moment(21), a__xlsx=targets(2))
    send(province, moment(23), a__xlsx=targets(1))
    late = collect.consolidate(province, at=moment(24))["findings"]
    collect.init(tmp_path / "other", "420000", 2026, at=moment(1))
    with Workspace(tmp_path / "other") as other:
        for day, count in ((21, 2), (23, 1)):
            path = tmp_path / "a.xlsx"
            path.write_bytes(targets(count))
            collect.receive(other, [path], at=moment(day), workers=0)
            early = collect.consolidate(other, at=moment(day))["findings"]
    assert [(one["code"], one["key"], one["sha256"]) for one in early] == [
        (one["code"], one["key"], one["sha256"]) for one in late
    ]
