"""Sound workbooks of one county, its city and an association: what the dirt is put into."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from schemas import loader
from workbooks import template as writer

Rows = dict[str, list[dict[str, Any]]]
YEAR, TODAY = 2026, "2026-05-21"
COUNTY, CITY, PROVINCE, ASSOCIATION = "421221", "421200", "420000", "421200-NA"
SENDERS = {"T06": COUNTY, "T06b": ASSOCIATION, "T04": CITY, "T02": CITY, "T01": CITY, "T12": CITY}
RECEIVERS = {COUNTY: CITY, ASSOCIATION: CITY, CITY: PROVINCE}
COVER: dict[str, Any] = {
    "filled_by": "钱明远",
    "checked_by": "孙立",
    "approved_by": "周正",
    "phone": "13900000001",
    "filled_on": "2026-05-20",
}
_OFFICER = {
    "inspector_class": "行政执法类公务员",
    "qualification": "持有行政执法证",
    "fields": "公证；司法鉴定",
    "specialities": "公证管理；案卷评查",
}
_NOMINEES = [
    {"name": "欧阳明远", "post": "股长", "certificate_no": "42122100101", "certificate_valid_to": "2028-12-31", **_OFFICER},
    {"name": "林小雨", "post": "科员", "certificate_no": "42122100102", "certificate_valid_to": "2029-06-30", **_OFFICER},
]  # fmt: skip
_EXPERT = {
    "employer": "咸宁市示例公证处",
    "professional_title": "副高",
    "expertise": "继承公证",
    "was_disciplined_3y": "否",
    "pledges_compliance": "是",
    "consents_publication": "是",
}
_TARGET = {
    "target_type": "公证机构",
    "licence_issued_on": "2020-03-01",
    "licence_valid_to": "2030-02-28",
    "licence_issuer": "湖北省司法厅",
    "nature": "事业单位",
    "address": "咸宁市咸安区示例路1号",
    "division": "421202",
    "supervisor": "421200",
    "roster_level": "市级",
    "scope": "继承公证",
    "staff_count": 12,
    "is_in_roster": "是",
    "roster_year": 2026,
    "practice_state": "正常执业",
    "penalties_3y": 0,
    "disciplines_3y": 0,
    "complaints_last_year": 1,
    "satisfaction": "95",
}
_ITEM = {
    "field": "公证",
    "category": "公证机构监管",
    "target_types": "公证机构",
    "content": "公证执业活动情况",
    "standard": "按公证程序规则检查",
    "methods": "实地核查",
    "legal_basis": "《中华人民共和国公证法》第五条",
    "organ_levels": "市级司法行政机关",
    "item_kind": "一般检查事项",
    "ratio": "5",
    "frequency": 1,
    "frequency_unit": "次/年",
    "expert_need": "不需",
    "is_public": "是",
    "valid_from": "2026-01-01",
    "status": "有效",
}


def rows(form: str) -> Rows:
    """Return sound rows of one form by sheet; every caller gets rows of its own."""
    if form == "T06":
        return {"nominees": [dict(one) for one in _NOMINEES]}
    if form == "T04":
        own = {
            "unit_name": "嘉鱼县司法局",
            "unit_code": COUNTY,
            "unit_level": "县级",
            "availability": "在岗可用",
            "is_public": "是",
        }
        return {
            "inspectors": [
                {**one, **own, "mobile": f"1390000000{at}", "supervision_years": 8, "trained_on": "2026-03-10"}
                for at, one in enumerate(_NOMINEES, 1)
            ]
        }
    if form == "T06b":
        names = ("方晓岚", "陆海波", "沈若云")
        return {
            "nominees": [{"name": one, "licence_no": f"1421200{at}", **_EXPERT} for at, one in enumerate(names, 101)]
        }
    if form == "T02":
        return {
            "targets": [
                {
                    **_TARGET, "target_id": f"O-NOT-421202-{at:03d}", "name": f"咸宁市示例{word}公证处",
                    "uscc": uscc(f"3242120000000{at:03d}"), "licence_no": f"4212020{at:03d}", "head_name": head,
                }
                for at, word, head in ((1, "第一", "潘学文"), (2, "第二", "杜少陵"))
            ]
        }  # fmt: skip
    return {
        "items": [{**_ITEM, "item_code": f"421200-NOT-0{at}", "item_name": f"公证质量检查之{at}"} for at in (1, 2, 3)]
    }


def uscc(start: str) -> str:
    """Return a credit code of the synthetic region whose two check characters are right."""
    from engine.identifiers import organisation_check, uscc_check

    body = start[:16].ljust(16, "0")
    body += organisation_check(body[8:16])
    return body + uscc_check(body)


@lru_cache(maxsize=32)
def workbook(form: str, sender: str = "") -> bytes:
    """Return the sound workbook of one form, as its template writer made it."""
    return filled(form, rows(form), sender=sender)


def filled(form: str, given: Rows, *, sender: str = "", cover: dict[str, Any] | None = None, year: int = YEAR) -> bytes:
    """Return a workbook of one form with other rows or another cover."""
    declared = loader.template(form)
    unit = loader.units()[sender or SENDERS[form]]
    policy = loader.policy(YEAR)
    deadline = policy.deadline(form, unit)
    return writer.write(
        declared,
        writer.identity_of(declared, unit=unit.code, year=year),
        unit=unit,
        year=year,
        deadline=deadline.isoformat() if deadline else "",
        quota=policy.quota(form, unit),
        rows=given,
        cover=COVER if cover is None else cover,
    )


def receiver(form: str) -> str:
    """Return the unit that receives a form."""
    return RECEIVERS[SENDERS[form]]
