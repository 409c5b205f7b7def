"""The drafts of 细则 and 指引 say procedure, flow, publication and archive with the numbers of the office itself (R30)."""

import io
import re

import docx
import pytest

from engine import archive, guidelines
from engine.workflow import settings
from engine.workspace import Workspace
from schemas import loader
from tests.engine.registers_2026 import moment

CITY, PROVINCE = loader.units()["421200"], loader.units()["420000"]
ITEMS = [{**row} for row in loader.provincial_items(2026)]


def said(data):
    """Return paragraphs and table cells of a document."""
    found = docx.Document(io.BytesIO(data))
    return [one.text for one in found.paragraphs], [
        [cell.text for cell in row.cells] for each in found.tables for row in each.rows
    ]


def policy(**values):
    base = loader._toml(loader.HOME / "policy" / "base.toml")
    return loader.read_policy(2026, base, {"unit": {"421200": values}})


def rules(unit=CITY, **values):
    paragraphs, _ = said(guidelines.rules(unit, policy(**values), ITEMS, archive.terms()))
    return paragraphs


def test_the_four_things_the_notice_asks_for_have_a_chapter_each():
    """方案三（二）: 抽查工作程序、检查流程、公示程序、归档方式."""
    titles = [text.partition("　")[2] for text in rules() if re.match("第.+章　", text)]
    assert {"抽查工作程序", "检查流程", "公示程序", "归档方式"} <= set(titles)


def test_articles_are_counted_without_a_gap():
    numbers = [re.match("第(.+)条　", text)[1] for text in rules() if re.match("第.+条　", text)]
    assert numbers == [guidelines.chinese(one) for one in range(1, len(numbers) + 1)]
    assert (numbers[9], numbers[10], numbers[19], numbers[22]) == ("十", "十一", "二十", "二十三")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("plan_deadline", "03-15", "每年 3 月 15 日前制定年度抽查计划"),
        ("city_coverage", "80/100", "年度全覆盖（80%）"),
        ("visits_per_target_cap", 3, "一年内被抽查不超过 3 次"),
        ("team_size", 3, "每组随机匹配 3 名以上持有效执法证件的执法检查人员"),
        ("team_expert_count", 2, "需要时匹配 2 名专家辅助"),
        ("former_employer_years", 5, "近 5 年内在该单位任职"),
        ("season_end", "11-15", "检查在 3 月 1 日至 11 月 15 日进行"),
        ("rectification_max_days", 60, "期限一般不超过 60 日"),
        ("transfer_days", 5, "自发现之日起 5 日内移送"),
        ("publication_working_days", 10, "自作出之日起 10 个工作日内"),
        ("publication_month", 11, "每年 11 月再集中公示一次"),
        ("withdrawal_working_days", 2, "2 个工作日内撤回"),
    ],
)
def test_a_parameter_of_the_office_stands_in_its_rules(name, value, sentence):
    assert any(sentence in text for text in rules(**{name: value}))
    assert not any(sentence in text for text in rules())


def test_the_province_speaks_of_its_ratio_and_receives_the_change_filings():
    city, province = " ".join(rules()), " ".join(rules(PROVINCE))
    assert "年度抽查比例不低于 5%" in province and "年度抽查比例不低于" not in city
    assert "12 月 30 日前汇总报来的动态调整备案" in province
    assert "12 月 30 日前将动态调整情况报省厅备案，没有变动的作零报告" in city


def test_every_kept_kind_stands_with_its_term():
    (text,) = [one for one in rules() if "保管期限：" in one]
    terms = archive.terms().values()
    told = re.findall(r"[：；]([^；：。]+?)(永久| (\d+) 年)(?=[；。])", text)
    assert [(title, int(years or 0)) for title, _, years in told] == [(one.title, one.years) for one in terms]


def test_the_guide_lists_every_item_in_force_with_content_and_standard():
    ended = {**ITEMS[0], "status": "停用"}
    _, rows = said(guidelines.guide(CITY, policy(), [ended, *ITEMS[1:]]))
    assert len(rows) == 1 + len(ITEMS) - 1
    listed = {re.search(r"（([^（）]+)）$", row[0])[1]: (row[2], row[3]) for row in rows[1:]}
    assert listed == {row["item_code"]: (row["content"], row["standard"]) for row in ITEMS[1:]}


def test_a_draft_somebody_edited_is_left_as_it_is(tmp_path):
    with Workspace.create(tmp_path / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        first = settings.guidelines(ws, out=tmp_path / "out")
        one, other = sorted((tmp_path / "out").iterdir())
        assert sorted(first["files"]) == [str(one), str(other)]
        whole = other.read_bytes()
        one.write_bytes("改过的".encode())
        other.unlink()
        again = settings.guidelines(ws, out=tmp_path / "out")
    assert (again["files"], again["kept"]) == ([str(other)], [str(one)])
    assert (one.read_bytes().decode(), other.read_bytes()) == ("改过的", whole)
