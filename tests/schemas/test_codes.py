"""Code lists: every list of the rule book, and no spelling that could mean two values."""

import pytest

from schemas import loader

LISTS = loader.code_lists()


def test_the_forty_four_lists_are_there():
    assert {f"C{number:02}" for number in range(1, 45)} <= set(LISTS)


def test_every_list_has_a_home_and_every_field_a_list():
    used = {field.codes for one in loader.templates().values() for sheet in one.sheets for field in sheet.fields} - {
        None
    }
    assert used <= set(LISTS)


@pytest.mark.parametrize("code", LISTS)
def test_no_spelling_means_two_values(code):
    seen = {}
    for entry in LISTS[code].entries:
        for word in (entry.label, *entry.aliases):
            assert seen.setdefault(word, entry.code) == entry.code, word
    assert len({entry.code for entry in LISTS[code].entries}) == len(LISTS[code].entries)


@pytest.mark.parametrize("code", LISTS)
def test_a_drop_down_stays_within_what_excel_shows(code):
    assert all(entry.label and len(entry.label) <= 40 and "；" not in entry.label for entry in LISTS[code].entries)


@pytest.mark.parametrize(
    ("code", "written", "label"),
    [
        ("C07", "执法类公务员", "行政执法类公务员"),
        ("C07", "日常监管人员", "从事日常监管工作的人员"),
        ("C08", "持证", "持有行政执法证"),
        ("C08", "无证", "未持证"),
        ("C03", "现场检查", "实地核查"),
        ("C02", "公证处", "公证机构"),
        ("C11", "B级", "B"),
    ],
)
def test_near_synonyms_are_understood(code, written, label):
    assert [entry.label for entry in LISTS[code].entries if written in entry.aliases] == [label]


@pytest.mark.parametrize(("code", "written"), [("C07", "公务员"), ("C08", "有"), ("C14", "正常"), ("C14", "合格")])
def test_a_word_that_could_mean_several_values_is_not_mapped(code, written):
    assert [entry.label for entry in LISTS[code].entries if written in (entry.label, *entry.aliases)] == []


def test_open_lists_are_those_the_notice_leaves_open():
    assert LISTS["C03"].is_open
    assert not LISTS["C07"].is_open
    assert not LISTS["C14"].is_open
