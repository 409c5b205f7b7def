"""Nothing to report is a report: it is received, goes up in the package, and is received there (R54, X11)."""

import zipfile
from datetime import datetime, timedelta, timezone

import pytest

from engine.model import Refused
from engine.workflow import collect
from engine.workspace import Workspace
from schemas.loader import template, units
from workbooks import template as forms

CHINA = timezone(timedelta(hours=8))
SIGNED = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "07150000000"}


def day(number):
    return datetime(2026, 12, number, 9, tzinfo=CHINA)


def zero_report():
    form = template("T14")
    cover = {**SIGNED, "filled_on": "2026-12-20", "is_zero_report": "是", "explanation": "全年无变动"}
    return forms.write(form, forms.identity_of(form, unit="421200", year=2026), unit=units()["421200"], cover=cover)


def test_a_zero_report_goes_up_in_the_package_and_is_accepted_there(tmp_path):
    (tmp_path / "零报告.xlsx").write_bytes(zero_report())
    collect.init(tmp_path / "市", "421200", 2026, at=day(1))
    collect.init(tmp_path / "省", "420000", 2026, at=day(1))
    with Workspace(tmp_path / "市") as city:
        collect.receive(city, [tmp_path / "零报告.xlsx"], at=day(20))
        collect.submit(city, tmp_path / "包.zip", at=day(21), templates=["T14"], signers=SIGNED)
    with zipfile.ZipFile(tmp_path / "包.zip") as package:
        assert any("T14" in name for name in package.namelist())
    with Workspace(tmp_path / "省") as province:
        collect.receive(province, [tmp_path / "包.zip"], at=day(22))
        [one] = province.store.submissions("T14", "accepted")
        assert (one["unit"], one["is_zero"], one["rows"]) == ("421200", 1, 0)


def test_a_register_nobody_filled_is_no_zero_report(tmp_path):
    collect.init(tmp_path / "市", "421200", 2026, at=day(1))
    with Workspace(tmp_path / "市") as city, pytest.raises(Refused, match="T14"):
        collect.submit(city, tmp_path / "包.zip", at=day(21), templates=["T14"], signers=SIGNED)
