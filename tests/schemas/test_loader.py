"""A typo in a declaration is refused with the file, the field and what would fit; a new form is one file."""

import tomllib

import pytest

from schemas import loader
from schemas.declare import SchemaError

FORM = """
code = "X01"
name = "visits"
title = "走访登记表"
version = "1.0"
period = "RESULT"
direction = "up"
reporters = ["county"]

[[sheet]]
name = "visits"
title = "走访"
key = ["visited_on"]

[[sheet.field]]
key = "visited_on"
title = "日期"
type = "date"
required = true

[[sheet.field]]
key = "result"
title = "结果"
type = "code"
codes = "C14"
required_if = { visited_on = ["2026-01-01"] }
"""


def parse(text):
    return loader.parse_template(tomllib.loads(text), "schemas/sheets/X01.toml")


def test_a_new_form_is_one_file_and_no_python(tmp_path):
    (tmp_path / "X01.toml").write_text(FORM, encoding="utf-8")
    one = loader.read_templates(tmp_path)["X01"]
    assert one.accepts == ("1.0",)
    assert [field.key for field in one.sheet("visits").fields] == ["visited_on", "result"]


@pytest.mark.parametrize(
    ("right", "typo", "words"),
    [
        ("required = true", "requird = true", ["X01.toml", "visited_on", "requird", "required"]),
        ('type = "date"', 'type = "dat"', ["visited_on", "dat"]),
        ('codes = "C14"', 'codes = "C99"', ["result", "C99"]),
        ('codes = "C14"\n', "", ["result", "code list"]),
        ('key = ["visited_on"]', 'key = ["visited"]', ["visits", "visited"]),
        ("{ visited_on =", "{ visitd_on =", ["visitd_on"]),
        ('reporters = ["county"]', 'reporters = ["country"]', ["X01.toml", "country"]),
        ('title = "走访登记表"', 'titel = "走访登记表"', ["X01.toml", "titel"]),
        ('key = "result"', 'key = "visited_on"', ["visited_on", "twice"]),
        ('title = "结果"\n', "", ["result", "title"]),
        ('title = "走访"', 'title = "走访"\nchecks = ["quotta"]', ["visits", "quotta", "checks.csv"]),
        ('title = "日期"', 'title = "日期"\nprivacy = "secret"', ["visited_on", "secret"]),
    ],
)
def test_a_typo_is_refused_with_its_place(right, typo, words):
    assert right in FORM
    with pytest.raises(SchemaError) as caught:
        parse(FORM.replace(right, typo, 1))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_register_that_does_not_exist_is_refused(tmp_path):
    text = FORM.replace('period = "RESULT"', 'period = "RESULT"\nconsolidates_to = "X09"')
    (tmp_path / "X01.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match="X09"):
        loader.read_templates(tmp_path)


def test_one_code_in_two_files_is_refused(tmp_path):
    for name in ("X01.toml", "X02.toml"):
        (tmp_path / name).write_text(FORM, encoding="utf-8")
    with pytest.raises(SchemaError, match="twice"):
        loader.read_templates(tmp_path)


def test_an_unknown_template_is_named_with_those_there_are():
    with pytest.raises(SchemaError, match=r"T99.*T06b"):
        loader.template("T99")
