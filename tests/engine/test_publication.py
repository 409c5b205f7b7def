"""Where and since when a result stands published: said by who published it, carried upward, shown in every ledger above."""

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from engine import publication
from engine.model import Refused
from engine.package import Package
from engine.workflow import collect, conclude, publishing, tracing
from engine.workflow.findings import Findings
from engine.workspace import Workspace
from schemas import loader
from simulate.dirt import office as forms
from tests.engine.registers_2026 import moment, put_accepted
from workbooks import template
from workbooks.addresses import letters

COUNTY, CITY, PROVINCE = "421221", "421200", "420000"
SIGNERS = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "13900000001"}
PAGE = "https://sfj.example.gov.cn/ssjyg/2026/t20261205_1.html"
OTHER = "https://sfj.example.gov.cn/ssjyg/2026/t20261211_2.html"


# ---- an address -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        PAGE, "http://www.example.gov.cn:8080/a?b=1#c", "https://例子.中国/公示/2026.html", "https://1.1.1.1/gs", f"  {PAGE} ",
        "HTTPS://SFJ.EXAMPLE.GOV.CN/", "",
    ],
)  # fmt: skip
def test_an_address_is_kept_as_it_was_typed(said):
    assert publication.address(said) == said.strip()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("sfj.example.gov.cn/gs", "不是以 https:// 或 http:// 开头"), ("ftp://sfj.example.gov.cn/gs", "不是以 https:// 或 http:// 开头"),
        ("https：//sfj.example.gov.cn", "不是以 https:// 或 http:// 开头"), ("javascript:alert(1)", "不是以 https:// 或 http:// 开头"),
        ("https:///gs.html", "不是以 https:// 或 http:// 开头"), ("https://localhost/gs", "“localhost”不是网站域名"),
        ("https://门户网站/gs", "“门户网站”不是网站域名"), ("https://-a.example.cn", "不是网站域名"), ("https://a..cn", "不是网站域名"),
        ("https://999.1.1.1/", "不是网站域名"), ("https://10.0.0.8/gs", "内部网络"), ("http://[::1]/gs", "内部网络"),
        ("https://sfj.example.gov.cn/g s", "中间有空格或换行"), ("https://sfj.example.gov.cn/\n=1+1", "中间有空格或换行"),
        ("https://sfj.example.gov.cn:port/", "写法不对"), ("https://[1/", "写法不对"),
        ("https://sfj.example.gov.cn/" + "a" * 200, "超过 200 个字"),
    ],
)  # fmt: skip
def test_what_is_no_public_address_is_refused_in_words(said, why):
    with pytest.raises(Refused, match="公示网址") as refused:
        publication.address(said)
    assert why in str(refused.value)
    assert publication.EXAMPLE in str(refused.value.hint)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(Refused, match="不能带用户名或密码") as refused:
        publication.address("https://editor:geheim@sfj.example.gov.cn/gs")
    assert "geheim" not in f"{refused.value} {refused.value.hint}"


# ---- what editions and packages say -----------------------------------------------------------------------------------


def edition(url, **days):
    return {"url": url, "tasks": {name: {"public": {}, "published_on": day} for name, day in days.items()}}


def test_the_first_day_and_the_newest_address_count_and_silence_takes_no_address_away():
    found = publication.of_editions(
        {
            "u-001": edition("", a="2026-12-01", b="2026-12-01", c="2026-12-01"),
            "u-002": edition(PAGE, a="2026-12-01", b="2026-12-01"),
            "u-003": edition("", a="2026-12-09", d="2026-12-09"),
            "u-004": {**edition(OTHER, b="2026-12-10"), "withdrawn": ["c"]},
        }
    )
    assert {name: (one.on, one.url, one.ref[2]) for name, one in found.items()} == {
        "a": ("2026-12-01", PAGE, "u-002"),
        "b": ("2026-12-01", OTHER, "u-004"),
        "d": ("2026-12-09", "", "u-003"),
    }


def test_editions_of_an_earlier_program_without_any_address_are_read():
    kept = {"u-001": {"tasks": {"a": {"public": {}, "published_on": "2026-12-01"}}}}
    assert publication.of_editions(kept)["a"].document() == {"published_on": "2026-12-01", "published_url": ""}


def test_a_package_of_an_earlier_program_tells_the_day_alone():
    told = publication.of_package(
        "abc", {"a": "2026-12-01", "b": {"published_on": "2026-12-02", "published_url": PAGE}}
    )
    assert [(one.on, one.url) for one in told.values()] == [("2026-12-01", ""), ("2026-12-02", PAGE)]
    assert told["b"].ref == ("package", "published", "abc/b")


@pytest.mark.parametrize("url", ["javascript:alert(1)", 5, ["x"], None, "https://a b.cn"])
def test_an_address_in_a_package_that_nobody_could_open_counts_as_none(url):
    told = publication.of_package("abc", {"a": {"published_on": "2026-12-01", "published_url": url}})
    assert (told["a"].on, told["a"].url) == ("2026-12-01", "")


@pytest.mark.parametrize("told", [None, [], "2026-12-01", 7])
def test_a_package_that_tells_nothing_readable_tells_nothing(told):
    assert publication.of_package("abc", told) == {}


# ---- from the county to the province ----------------------------------------------------------------------------------


def visit(number, **more):
    """Return head and line of a visit by lot of the county, finished and public."""
    item = next(one for one in loader.provincial_items(2026) if "公证机构" in one["target_types"].split("；"))
    name = f"{COUNTY}-2026-P01-D1-{number:03d}"
    head = {
        "task_id": name, "task_kind": "双随机", "target_id": f"O-NOT-421221-{number:03d}", "target_name": f"嘉鱼县示例第{number}公证处",
        "target_type": "公证机构", "inspecting_unit": COUNTY, "entry_unit": COUNTY, "inspectors": "林小雨（42122100102）；欧阳明远（42122100101）",
        "inspected_from": "2026-06-16", "inspected_to": "2026-06-16", "methods": "实地核查", "result": "未发现问题",
        "dispositions": "无需后续处置", "is_suspected_violation": "否", "target_opinion": "无异议", "is_signed": "是", "reviewed_by": "林小雨",
        "approved_by": "周正", "approved_on": "2026-06-18", "is_public": "是", "is_closed": "是", "closed_on": "2026-06-18",
        "entered_by": "欧阳明远", "entered_on": "2026-06-18", **more,
    }  # fmt: skip
    line = {
        "task_id": name, "item_code": item["item_code"], "item_name": item["item_name"], "point_no": 1, "point": "现场查看",
        "is_checked": "是", "has_problem": "否",
    }  # fmt: skip
    return head, line


class Offices:
    """A county, its city and the province, each with the program; results go up by package."""

    def __init__(self, home):
        self.home, self.number = home, 0
        for unit in (COUNTY, CITY, PROVINCE):
            collect.init(home / unit, unit, 2026, at=moment("2026-01-05T09:00:00"))
        self.inspect(visit(1), visit(2))

    def inspect(self, *visits):
        """Enter results in the county."""
        given = {"results": [head for head, _ in visits], "checklist": [line for _, line in visits]}
        data = forms.filled("T10", given, sender=COUNTY)
        self.take(COUNTY, f"结果{len(visits)}.xlsx", data, f"2026-06-2{len(visits)}T09:00:00")

    def take(self, unit, name, data, at):
        path = self.home / name
        path.write_bytes(data)
        with Workspace(self.home / unit) as office:
            found = collect.receive(office, [path], at=moment(at), workers=0)["files"]
            assert found[0]["verdict"] == "accepted", found[0]
            collect.consolidate(office, at=moment(at))

    def publish(self, unit, at, **given):
        with Workspace(self.home / unit) as office:
            return publishing.publish(office, at=moment(at), out=self.home / f"公示{unit}", reviewer="审查人", **given)

    def submit(self, unit, at, change=lambda manifest: None):
        """Send the results of an office to the one above; `change` may alter what the manifest says."""
        self.number += 1
        path = self.home / f"包{self.number}.zip"
        with Workspace(self.home / unit) as office:
            collect.submit(office, path, at=moment(at), templates=["T10"], signers=SIGNERS)
        with zipfile.ZipFile(path) as archive:
            parts = {one: archive.read(one) for one in archive.namelist()}
        manifest = json.loads(parts["清单.json"])
        change(manifest)
        parts["清单.json"] = json.dumps(manifest, ensure_ascii=False).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        self.take(loader.units()[unit].parent, path.name, path.read_bytes(), at)

    def ledger(self, unit):
        """Return the answer of the ledger and its sheet of publications as rows by heading."""
        with Workspace(self.home / unit) as office:
            found = conclude.ledger(office, at=moment("2026-12-31T09:00:00"), out=self.home / f"台账{unit}")
        rows = list(openpyxl.load_workbook(found["ledger"])["公示明细"].iter_rows(min_row=4, values_only=True))
        return found, [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row[0]]


@pytest.fixture
def offices(tmp_path):
    return Offices(tmp_path)


def shown(rows):
    return [(row["公示状态"], row["公示日期"], row["公示网址"]) for row in rows]


def test_the_address_of_a_county_stands_in_the_ledgers_of_its_city_and_of_the_province(offices):
    """Decisions 33: who publishes reports day and address; it goes up level by level, and each ledger leads back to it."""
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    offices.submit(COUNTY, "2026-12-20T09:00:00")
    offices.submit(CITY, "2026-12-22T09:00:00")
    for unit in (COUNTY, CITY, PROVINCE):
        found, rows = offices.ledger(unit)
        assert shown(rows) == [("已公示", "2026-12-05", PAGE)] * 2, unit
        assert found["without_url"] == {}
    with Workspace(offices.home / PROVINCE) as province:
        one = tracing.trace(province, Path(found["ledger"]), "公示明细!I5")
    assert (one["title"], one["key"], one["value"]) == (f"{rows[0]['对象名称']}·公示网址", "published_url", PAGE)
    assert [(place["file"], place["sheet"], place["unit"]) for place in one["sources"]] == [
        ("包2.zip", "清单.json", CITY)
    ]
    assert one["sources"][0]["cell"] == f"published/{COUNTY}-2026-P01-D1-001"


def test_what_a_county_withholds_or_drew_is_known_to_the_province_too(offices):
    """X26, R60: an approved exception is no gap in anybody's rate, a drawn target nobody visited is one in everybody's."""
    name = f"{COUNTY}-2026-Q01"
    offices.inspect(visit(3, is_public="否", nonpublic_reason="商业秘密", nonpublic_request=name))
    task = {
        "task_id": f"{COUNTY}-2026-P01-D1-004", "task_kind": "双随机", "target_id": "O-NOT-421221-004", "target_type": "公证机构",
        "unit": COUNTY, "team": ["甲"],
    }  # fmt: skip
    asked = {
        "request_id": name, "request_type": "不公示审批", "reference": f"{COUNTY}-2026-P01-D1-003", "explanation": "涉及商业秘密",
        "decided_by": "周正", "decided_on": "2026-11-20", "is_approved": True,
    }  # fmt: skip
    with Workspace(offices.home / COUNTY) as county:
        put_accepted(county, "T16", {"requests": [asked]}, unit=COUNTY)
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    with Workspace(offices.home / COUNTY) as county:
        county.store.put_document("task", task["task_id"], task, moment("2026-05-29T09:00:00"))
    for unit in (COUNTY, CITY):
        offices.submit(unit, "2026-12-20T09:00:00")
    with Workspace(offices.home / PROVINCE) as province:
        source = Findings(province).source(moment("2026-12-31T09:00:00"))
    assert [row["task_id"] for row in source.tasks_below] == [task["task_id"]]
    assert "team" not in source.tasks_below[0]
    assert sorted(shown(offices.ledger(PROVINCE)[1])) == [
        ("已公示", "2026-12-05", PAGE),
        ("已公示", "2026-12-05", PAGE),
        ("批准不公示", "", ""),
    ]


def test_what_was_explained_or_prolonged_below_is_not_asked_again_above(offices, tmp_path):
    """R29, R56: the city sends why a row stands as it is with the row; the province returns nothing that was answered."""
    late = {
        "inspected_from": "2026-11-10",
        "inspected_to": "2026-11-10",
        "approved_on": "2026-11-12",
        "entered_on": "2026-11-12",
    }
    late["closed_on"] = "2026-11-12"
    heads = [visit(number, **late) for number in (5, 6)]
    prolonged = {
        "request_id": f"{COUNTY}-2026-Q01", "request_type": "检查延期", "reference": heads[1][0]["task_id"],
        "subject_id": heads[1][0]["target_id"], "new_value": "2026-11-30", "explanation": "场所搬迁", "decided_by": "周正",
        "decided_on": "2026-10-20", "is_approved": True,
    }  # fmt: skip
    given = {"results": [head for head, _ in heads], "checklist": [line for _, line in heads]}
    form, unit = loader.template("T10"), loader.units()[COUNTY]
    data = template.write(
        form, template.identity_of(form, unit=COUNTY, year=2026), unit=unit, year=2026, rows=given,
        cover={**SIGNERS, "filled_on": "2026-11-12"}, explanations={"results": {0: "暴雨道路中断，推迟检查"}},
    )  # fmt: skip
    with Workspace(offices.home / COUNTY) as county:
        put_accepted(county, "T16", {"requests": [prolonged]}, unit=COUNTY)
    offices.take(COUNTY, "十一月.xlsx", data, "2026-11-13T09:00:00")
    # `take` insists that the package was accepted, by the city and then by the province.
    offices.submit(COUNTY, "2026-12-20T09:00:00")
    offices.submit(CITY, "2026-12-22T09:00:00")
    with Workspace(offices.home / PROVINCE) as province:
        assert len(province.store.accepted_rows("T10", "results")) == 4
        notes = [one["message"] for row in province.store.submissions("T10") for one in province.store.notes(row["id"])]
    told = [one for one in notes if "检查季" in one]
    assert sum("（已说明：暴雨道路中断，推迟检查）" in one for one in told) == 1
    assert sum("（已说明：已批准延期至 2026-11-30：申请" in one for one in told) == 1


def test_an_office_traces_its_own_address_to_its_own_edition(offices):
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    found, _ = offices.ledger(COUNTY)
    with Workspace(offices.home / COUNTY) as county:
        one = tracing.trace(county, Path(found["ledger"]), "公示明细!I6")
        assert [(place["file"], place["cell"]) for place in one["sources"]] == [("公示版本", f"{COUNTY}-001")]
        assert [place["cell"] for place in tracing.trace(county, Path(found["ledger"]), "公示明细!C6")["sources"]]


@pytest.mark.parametrize("said", [None, 7, "x", {"a": 1}, [1, 2, 3], [-1, 3], [True, None], ["many", 1]])
def test_what_is_no_figure_in_a_manifest_tells_nothing_and_stops_nothing(offices, said):
    """R64, R60: a manifest comes from outside; the level above counts for itself whatever stands there."""
    offices.publish(COUNTY, "2026-12-05T09:00:00")
    offices.submit(COUNTY, "2026-12-20T09:00:00", lambda manifest: manifest.update(figures={"D02": said, "ZZ": [1, 1]}))
    found, rows = offices.ledger(CITY)
    assert len(rows) == 2
    assert [one for one in found["differences"] if "该单位报送时" in one] == []


def test_a_county_that_counts_otherwise_than_the_city_is_named_in_the_ledger_of_the_city(offices):
    """R60, X32: from the package through the intake into differences and sheet, at the level of county and city."""

    def lie(manifest):
        assert manifest["figures"]["D02"] == [0, 2]
        manifest["figures"]["D02"] = [1, 2]

    offices.publish(COUNTY, "2026-12-05T09:00:00")
    offices.submit(COUNTY, "2026-12-20T09:00:00", lie)
    found, _ = offices.ledger(CITY)
    (said,) = [one for one in found["differences"] if "该单位报送时" in one]
    assert said.startswith("嘉鱼县司法局“发现问题率”：该单位报送时为 50.00%（1/2），本级按收到的明细计为 0.00%（0/2）")
    assert found["must_act"]


def test_a_publication_without_address_is_told_and_refused_by_nobody(offices):
    done = offices.publish(COUNTY, "2026-12-05T09:00:00")
    assert (done["published"], done["must_act"], len(done["without_url"])) == (2, False, 2)
    assert any("2 项还没有公示网址" in line for line in done["lines"])
    offices.submit(COUNTY, "2026-12-20T09:00:00")
    found, rows = offices.ledger(CITY)
    assert shown(rows) == [("已公示", "2026-12-05", "")] * 2
    assert found["without_url"] == {COUNTY: [row["任务编号"] for row in rows]}
    assert "  已公示而未写明公示网址：嘉鱼县司法局 2 项。" in found["lines"]
    assert not any("网址" in line for line in found["differences"])


def test_an_address_added_later_reaches_the_level_above_though_no_result_changed(offices):
    offices.publish(COUNTY, "2026-12-05T09:00:00")
    offices.submit(COUNTY, "2026-12-10T09:00:00")
    offices.publish(COUNTY, "2026-12-11T09:00:00", url=OTHER)
    offices.submit(COUNTY, "2026-12-12T09:00:00")
    assert shown(offices.ledger(CITY)[1]) == [("已公示", "2026-12-05", OTHER)] * 2


def test_packages_taken_in_the_other_order_say_the_same(offices):
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    offices.submit(COUNTY, "2026-12-10T09:00:00")
    offices.submit(
        COUNTY, "2026-12-12T09:00:00", lambda said: said.update(made_at="2026-12-01T09:00:00+08:00", published={})
    )
    assert shown(offices.ledger(CITY)[1]) == [("已公示", "2026-12-05", PAGE)] * 2


def forged(**said):
    """Return a package without any report that says it comes from the county."""
    made = Package(facts={"unit": COUNTY, "year": 2026, "missing": [], "rows": {}, **said})
    made.add("说明/说明.txt", json.dumps(said).encode())
    return made.bytes()


def test_who_brings_no_results_changes_nothing_of_what_an_office_said(offices):
    """Anybody can write a manifest: it speaks for an office only beside results of that office."""
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    offices.submit(COUNTY, "2026-12-10T09:00:00")
    offices.take(CITY, "伪.zip", forged(made_at="9999-12-31T00:00:00+08:00", published={}), "2026-12-12T09:00:00")
    assert shown(offices.ledger(CITY)[1]) == [("已公示", "2026-12-05", PAGE)] * 2


def test_a_package_of_tomorrow_does_not_silence_those_after_it(offices):
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    later = {"made_at": "9999-12-31T00:00:00+08:00", "published": {}}
    offices.submit(COUNTY, "2026-12-10T09:00:00", lambda said: said.update(later))
    offices.submit(COUNTY, "2026-12-12T09:00:00")
    assert shown(offices.ledger(CITY)[1]) == [("已公示", "2026-12-05", PAGE)] * 2


def test_no_office_publishes_the_inspections_of_another(offices):
    """What a package says of a task counts only if the task was inspected by its office or one below it."""
    foreign = {"420100-2026-P01-D1-001": {"published_on": "2026-12-01", "published_url": ""}}
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    offices.submit(COUNTY, "2026-12-10T09:00:00", lambda said: said["published"].update(foreign))
    with Workspace(offices.home / CITY) as city:
        assert sorted(Findings(city).published()) == [f"{COUNTY}-2026-P01-D1-{number:03d}" for number in (1, 2)]


def test_a_workbook_of_another_office_than_its_package_is_refused_whatever_its_name(offices):
    """What only its name said before: the report of a unit under a free name came in as that unit's own."""
    made = Package(facts={"unit": "421222", "year": 2026, "missing": [], "rows": {}})
    head, line = visit(3)
    made.add("报送/结果.xlsx", forms.filled("T10", {"results": [head], "checklist": [line]}, sender=COUNTY))
    path = offices.home / "别人.zip"
    path.write_bytes(made.bytes())
    with Workspace(offices.home / CITY) as city:
        (found,) = collect.receive(city, [path], at=moment("2026-12-12T09:00:00"), workers=0)["files"]
        assert (found["verdict"], [one["code"] for one in found["issues"]]) == ("refused", ["DR-A009"])
        assert city.store.submissions("T10") == []


def test_a_package_sent_before_there_were_addresses_still_counts(offices):
    """A year already begun: its packages say `task: day`."""

    def as_before(manifest):
        manifest["published"] = {name: one["published_on"] for name, one in manifest["published"].items()}

    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    offices.submit(COUNTY, "2026-12-20T09:00:00", as_before)
    found, rows = offices.ledger(CITY)
    assert shown(rows) == [("已公示", "2026-12-05", "")] * 2
    rate = next(one for one in found["figures"] if one["id"] == "E01" and one["unit"] == CITY)
    assert (rate["numerator"], rate["denominator"]) == (2, 2)


def test_a_ledger_kept_before_there_were_addresses_is_still_traced(offices):
    offices.publish(COUNTY, "2026-12-05T09:00:00")
    found, _ = offices.ledger(COUNTY)
    with Workspace(offices.home / COUNTY) as county:
        kept = county.store.document("ledger", found["sha256"])
        sheet = kept["sheets"]["publications"]
        sheet["keys"].remove("published_url")
        for row in sheet["rows"]:
            del row["values"]["published_url"], row["cells"]
        with county.store.transaction():
            county.store.put_document("ledger", found["sha256"], kept, moment("2026-12-31T10:00:00"))
        one = tracing.trace(county, Path(found["ledger"]), "公示明细!G5")
    assert (one["key"], one["value"]) == ("published_on", "2026-12-05")
    assert one["sources"][0]["file"] == "结果2.xlsx"


def test_a_bad_address_stops_the_publication_before_anything_is_written(offices):
    with pytest.raises(Refused, match=r"公示网址“sfj\.example\.gov\.cn/gs”不是以 https:// 或 http:// 开头的网址"):
        offices.publish(COUNTY, "2026-12-05T09:00:00", url="sfj.example.gov.cn/gs")
    assert not (offices.home / f"公示{COUNTY}").exists()
    with Workspace(offices.home / COUNTY) as county:
        assert county.store.documents("publication") == {}


def test_the_address_stands_in_the_internal_control_sheet_and_not_in_what_is_published(offices):
    def files():
        base = offices.home / f"公示{COUNTY}"
        return {str(one.relative_to(base)): one.read_bytes() for one in base.rglob("*") if one.is_file()}

    offices.publish(COUNTY, "2026-12-05T09:00:00")
    before = files()
    offices.publish(COUNTY, "2026-12-05T09:00:00", url=PAGE)
    assert files() == before
    control = openpyxl.load_workbook(offices.home / COUNTY / "公示" / "内部" / "公示管理（内部）_002.xlsx")
    cells = [cell for sheet in control for row in sheet.iter_rows(values_only=True) for cell in row]
    assert cells.count(PAGE) == 2


def test_the_same_edition_once_more_without_address_keeps_the_one_it_has(offices):
    for given in ({"url": PAGE}, {}, {"url": PAGE}):
        offices.publish(COUNTY, "2026-12-05T09:00:00", **given)
    with Workspace(offices.home / COUNTY) as county:
        assert list(county.store.documents("publication")) == [f"{COUNTY}-001"]
        assert {one.url for one in Findings(county).published().values()} == {PAGE}


# ---- an office without the program ------------------------------------------------------------------------------------


def plain(number, **more):
    """Return what a county that has no program mails to its city."""
    head, line = visit(number, **more)
    return forms.filled("T10", {"results": [head], "checklist": [line]}, sender=COUNTY)


def test_an_office_without_the_program_types_day_and_address_into_its_results(offices):
    """Decisions 33: they stand in the ledgers of city and province, count in the rate, and lead back to the cell typed."""
    offices.take(CITY, "嘉鱼县.xlsx", plain(1), "2026-06-20T09:00:00")
    before = offices.ledger(CITY)[1]
    assert shown(before) == [("逾期未公示", "", "")]
    offices.take(CITY, "嘉鱼县2.xlsx", plain(1, published_on="2026-12-05", published_url=PAGE), "2026-12-08T09:00:00")
    offices.submit(CITY, "2026-12-22T09:00:00")
    for unit in (CITY, PROVINCE):
        assert shown(offices.ledger(unit)[1]) == [("已公示", "2026-12-05", PAGE)], unit
    with Workspace(offices.home / CITY) as city:
        ledger = offices.ledger(CITY)[0]
        one = tracing.trace(city, Path(ledger["ledger"]), "公示明细!I5")
        form = loader.template("T10").sheet("results")
    assert (one["value"], one["sources"][-1]["file"]) == (PAGE, "嘉鱼县2.xlsx")
    column = [field.key for field in form.fields].index("published_url") + 2
    assert one["sources"][-1]["cell"] == f"{letters(column)}5"


def test_what_an_office_with_the_program_types_beside_it_is_not_believed(offices):
    """Its package speaks for it: a day typed into a result does not publish what the office itself did not."""
    head, line = visit(1, published_on="2026-12-01", published_url=OTHER)
    data = forms.filled("T10", {"results": [head], "checklist": [line]}, sender=COUNTY)
    offices.take(COUNTY, "结果改.xlsx", data, "2026-06-28T09:00:00")
    offices.submit(COUNTY, "2026-12-20T09:00:00")
    assert [state for state, *_ in shown(offices.ledger(CITY)[1])] == ["逾期未公示"] * 2
    assert [state for state, *_ in shown(offices.ledger(COUNTY)[1])] == ["逾期未公示"] * 2


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"published_on": "2026-06-01"}, "DR-D011"),
        ({"published_on": "2026-12-05", "published_url": "嘉鱼县政府网"}, "DR-V003"),
        ({"published_on": "2026-12-05", "published_url": "https://editor:geheim@sfj.example.gov.cn/"}, "DR-V003"),
    ],
)
def test_a_publication_before_the_approval_or_at_no_address_is_sent_back(offices, tmp_path, typed, code):
    path = tmp_path / "嘉鱼县.xlsx"
    path.write_bytes(plain(1, **typed))
    with Workspace(offices.home / CITY) as city:
        (found,) = collect.receive(city, [path], at=moment("2026-12-08T09:00:00"), workers=0)["files"]
    assert (found["verdict"], code in {one["code"] for one in found["issues"]}) == ("returned", True)
