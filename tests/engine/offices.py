"""Builders for the tests of collecting: an examiner that reads little JSON files instead of workbooks, and moments."""

import hashlib
import json
from datetime import datetime, timedelta, timezone

from engine import examination
from engine.journal import canonical
from engine.model import Checked, Issue, Row, Severity, Submission, Verdict
from engine.prepared import prepared

CHINA = timezone(timedelta(hours=8))


def moment(day, hour=9, minute=0, year=2026, month=5):
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def form(unit, *people, template="T06", padding="", bad=False, **more):
    """Return the bytes of a stand-in for a workbook: who nominates whom. `padding` changes bytes and not content."""
    text = {"unit": unit, "people": people, "template": template, "padding": padding, "bad": bad, **more}
    return json.dumps(text, ensure_ascii=False).encode()


def nominee(certificate, name="王示例", **more):
    return {
        "name": name,
        "post": "股长",
        "inspector_class": "行政执法类公务员",
        "qualification": "持有行政执法证",
        "certificate_no": certificate,
        "certificate_valid_to": "2028-12-31",
        "specialities": "公证管理",
        "fields": "公证；司法鉴定",
        **more,
    }


def understand(name, data, sha256):
    """Return the `Checked` of a stand-in, as `engine.intake.examine` returns it for a workbook."""
    try:
        given = json.loads(data)
    except ValueError:
        issue = Issue(code="DR-F012", severity=Severity.ERROR, message="无法识别。", fix="请重发。")
        return Checked(file=name, sha256=sha256, verdict=Verdict.REFUSED, submission=None, issues=(issue,))
    sheet, grid, key = given.get("sheet", "nominees"), "推荐人员", given.get("key", "certificate_no")
    rows = tuple(
        Row(
            sheet=sheet,
            grid=grid,
            number=5 + place,
            key=str(one[key]),
            values=one,
            text=canonical(one),
            columns={"name": "B", key: "F"},
        )
        for place, one in enumerate(given["people"])
    )
    core = json.dumps([given["template"], given["unit"], given["people"]], ensure_ascii=False)
    submission = Submission(
        template=given["template"],
        version="1.0",
        unit=given["unit"],
        year=2026,
        period=given.get("period", "NOM"),
        kind=given.get("kind", ""),
        cover=given.get("cover", {}),
        rows=rows,
        digest=hashlib.sha256(core.encode()).hexdigest(),
        is_zero=given.get("zero", False),
    )
    issue = Issue(code="DR-V001", severity=Severity.ERROR, sheet=grid, cell="F5", message="证号有误。", fix="请改正。")
    return Checked(
        file=name,
        sha256=sha256,
        verdict=Verdict.RETURNED if given["bad"] else Verdict.ACCEPTED,
        submission=submission,
        issues=(issue,) if given["bad"] else (),
        returned=b"returned copy" if given["bad"] else None,
        returned_name=f"退回_{name}" if given["bad"] else "",
    )


def examine(jobs, _context):
    return [prepared(understand(name, data, digest)) for name, data, digest, _ in jobs]


def read_stand_ins(monkeypatch):
    """Let collecting read stand-ins; everything else is the product."""
    from engine.workflow import collect

    monkeypatch.setattr(examination, "examine", examine)
    monkeypatch.setattr(collect, "context_of", lambda *_: None)
