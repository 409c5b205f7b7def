"""Dirt inside one cell (intake 3.4-3.6): what is typed, and whether it has one meaning, a hint, or must be asked back."""

from __future__ import annotations

import datetime
from typing import Any

from simulate.dirt.case import Dirt, Outcome

SAME, NOTED, RETURNED = Outcome.SAME, Outcome.NOTED, Outcome.RETURNED
T04, T06, T02, T01 = "T04", "T06", "T02", "T01"


def _many(kind: str, form: str, key: str, outcome: Outcome, code: str, *typed: Any, **rest: Any) -> list[Dirt]:
    return [Dirt(kind=kind, form=form, key=key, typed=one, outcome=outcome, code=code, **rest) for one in typed]


def _full(text: str) -> str:
    """Return digits and letters in their full-width forms."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


NUMBER, EXPIRY, NAME = "42122100101", "2028-12-31", "欧阳明远"
CODE = "certificate_no"
DATE = "certificate_valid_to"
USCC = "324212000000001"


def dirt() -> list[Dirt]:
    """Return every dirty cell, at least five for each kind."""
    from simulate.dirt import office

    code = str(office.rows(T02)["targets"][0]["uscc"])
    tail = code[-1]
    other_tail = "A" if tail != "A" else "B"
    return [
        *_many("D059", T06, CODE, SAME, "DR-C002", _full(NUMBER), "４2122100101", "4212210010１", "42122１00101", "421２2100101"),
        *_many("D059", T04, "mobile", SAME, "DR-C002", _full("13900000001"), "1390000000１"),
        *_many("D060", T06, "post", SAME, "DR-C001", " 股长", "股长  ", "\t股长", "股长\u3000", "\u00a0股长", "股\u200b长"),
        *_many("D061", T06, "name", SAME, "DR-C003", "欧阳 明远", "欧阳　明远", "欧 阳 明 远", "欧阳\u00a0明远", "欧阳  明远"),
        *_many("D062", T06, "name", NOTED, "DR-C004", "阿依•古丽", "阿依・古丽", "阿依．古丽", "阿依.古丽", "阿依‧古丽", "阿依∙古丽"),
        *_many("D063", T06, "name", SAME, "DR-C001", "欧阳\u200b明远", "\ufeff欧阳明远", "欧阳\u00ad明远", "欧阳明远\u200e", "欧阳\ufe00明远", "欧阳\u2060明远"),
        *_many("D064", T06, "name", SAME, "DR-C001", "欧阳明远\n", "\n欧阳明远", "欧阳明远\r\n"),
        *_many("D064", T06, "name", SAME, "DR-C005", "欧阳\n明远", "欧阳\r\n明远"),
        *_many("D065", T06, "name", NOTED, "DR-C006", "\u2f29明远", "欧阳明\u2f54", "\u2f8a明远", "\u2f47明远", "\u2f2d明远"),
        *_many("D066", T06, "name", RETURNED, "DR-C007", "王□", "王?", "王\ue000", "王？", "欧阳\uf8ff远"),
        *_many("D066", T06, "name", RETURNED, "DR-C007", "王**", "王×", "欧阳_远", "王＊", "李○"),
        *_many("D066", T06, "name", RETURNED, "DR-V057", "wangwei", "Wang Wei", "OUYANG Mingyuan", "小王", "ｗａｎｇｗｅｉ"),
        *_many("D066", T06, "name", RETURNED, "DR-V051", "王wei", "欧阳ming远", "王(上日下斤)"),
        *_many("D066", T06, "name", NOTED, "", "王\U00020164", "李\U0002bb95", "周\u4dae"),
        *_many("D068", T06, CODE, SAME, "DR-C020", "'" + NUMBER, "’" + NUMBER, "‘" + NUMBER),
        *_many("D068", T04, "mobile", SAME, "DR-C020", "'13900000001", "’13900000001"),
        *_many("D069", T06, "post", RETURNED, "DR-R001", "无", "/", "—", "暂无", "N/A", "null", "NA", "None"),
        *_many("D069", T06, "recused_targets", SAME, "DR-C008", "无", "／", "——", "暂无", "NA"),
        *_many("D069", T06, "post", RETURNED, "DR-C023", "不详", "待定"),
        *_many("D070", T06, "post", RETURNED, "DR-C009", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#SPILL!"),
        *_many("D071", T06, "post", RETURNED, "DR-C010", "=B6", '="股"&"长"', "=UPPER(C6)", "=C6", "=IF(TRUE,C6,C6)"),
        *_many("D073", T06, CODE, RETURNED, "DR-C012", 421221199001011234, 4212210010112345, 42122100101123456789, 421221001011234567, 1234567890123456),
        *_many("D073", T02, "uscc", RETURNED, "DR-C012", 324212000000001900, 914212000000001234),
        *_many("D074", T06, CODE, SAME, "DR-C013", int(NUMBER), float(NUMBER)),
        *_many("D074", T04, "mobile", SAME, "DR-C013", 13900000001, 13900000001.0),
        *_many("D074", T02, "licence_no", SAME, "DR-C013", 4212020001),
        *_many("D075", T06, CODE, RETURNED, "DR-C014", "4.2E+17", "4.21221E+17", "4.21E+10", "4.2e+17", "4E+17"),
        *_many("D076", T02, "staff_count", SAME, "DR-C016", "１２名", "12人", "12 人", "十二", "１２人"),
        *_many("D076", T02, "staff_count", RETURNED, "DR-C021", "约12", "12余", "12左右", "十余"),
        *_many("D076", T02, "staff_count", RETURNED, "DR-C015", "1,2", "3，5", "12,34"),
        *_many("D076", T02, "satisfaction", SAME, "DR-C016", "95%", "95％", "95 %"),
        *_many("D076", T02, "satisfaction", RETURNED, "DR-C017", "0.95", "0.5", 0.95),
        *_many("D077", T02, "staff_count", SAME, "", 12.000000000000002, "12.0", "12.00", 11.9999999999999, 12),
        *_many("D078", T02, "is_in_roster", SAME, "DR-C018", "√", "✓", "1", "TRUE", "Y", "有", "对"),
        *_many("D079", T06, "fields", SAME, "DR-V002", "公证、司法鉴定", "公证;司法鉴定", "公证，司法鉴定", "公证/司法鉴定", "公证\n司法鉴定"),
        *_many("D079", T06, "fields", SAME, "DR-V002", "公证 司法鉴定", "公证\u3000司法鉴定", "公证工作 司鉴"),
        *_many("D079", T06, "fields", RETURNED, "DR-V001", "公证和司法鉴定", "全部", "公证及司鉴", "公证；司法鉴顶", "公证 其余"),
        *_many("D079", T06, "name", RETURNED, "DR-V052", "欧阳明远、林小雨", "欧阳明远，林小雨", "欧阳明远/林小雨", "欧阳明远;林小雨"),
        *_many("D079", T06, "name", RETURNED, "DR-V052", "王伟 李娜", "欧阳明远 林小雨", "王伟\n李娜", "王小明　李小红"),
        *_many("D080", T02, "staff_count", RETURNED, "DR-C015", "3（其中女1）", "12名公证员", "12(专职10)", "12+2", "男6女6"),
        *_many("D080", T06, "name", RETURNED, "DR-V056", "欧阳明远同志", "1.欧阳明远", "1、欧阳明远", "欧阳明远（女）", "欧阳明远 女", "组长：欧阳明远"),
        *_many("D080", T06, "name", RETURNED, "DR-V056", "欧阳明远副股长", "欧阳明远13900000001", "张同志", "王老师", "欧阳主任", "欧阳明远·"),
        *_many("D080", T04, "mobile", RETURNED, "DR-V041", "13900000001（微信同号）", "139 0000 0001(欧阳)"),
        *_many("D081", T06, "recused_targets", NOTED, "DR-C024", *(char * 255 for char in "甲乙丙丁戊")),
        *_many("D082", T02, "staff_count", SAME, "DR-C025", 12, shown='0"人"'),
        *_many("D082", T02, "staff_count", SAME, "DR-C025", 12, shown='"约"0'),
        *_many("D082", T02, "staff_count", SAME, "DR-C025", 12, shown='"共"0"名"'),
        *_many("D082", T02, "complaints_last_year", SAME, "DR-C025", 1, shown='0"件"'),
        *_many("D082", T02, "penalties_3y", SAME, "DR-C025", 0, shown='0;-0;"无"'),
        *_many("D083", T04, "mobile", RETURNED, "DR-V041", "139OOOOOOO1", "l3900000001", "1390000000l", "1390000〇001", "139○0000001"),
        *_many("D083", T02, "uscc", RETURNED, "DR-V012", code.replace("0", "O", 1), code.replace("0", "O", 2), code[:3] + "I" + code[4:]),
        *_many("D083", T06, CODE, RETURNED, "DR-V019", "421221OO101", "4212210010l", "4212210010I", "42122１0o101", "4212210〇101"),
        *_many("D083", T06, CODE, RETURNED, "DR-C026", "4212210010①", "4212210010¹", "4212210010Ⅰ"),
        *_many("D083", T02, "staff_count", RETURNED, "DR-C026", "①②", "Ⅻ", "⑫", "1²", "½"),
        *_many("D084", T06, DATE, SAME, "DR-D001", "2028.12.31", "2028/12/31", "2028年12月31日", "二〇二八年十二月三十一日", "2028．12．31"),
        *_many("D084", T06, DATE, SAME, "DR-D005", "28.12.31", "28-12-31", "28/12/31"),
        *_many("D085", T06, DATE, SAME, "DR-D001", "20281231", "２０２８１２３１", 20281231, " 20281231", "20281231 "),
        *_many("D086", T06, DATE, RETURNED, "DR-D007", "2028年12月", "2028.12", "12月", "2028-12", "2028/12"),
        *_many("D087", T06, DATE, SAME, "DR-D006", "47118", 47118, "47118.0", "47118.5", "４７１１８"),
        *_many("D088", T06, DATE, RETURNED, "DR-D004", "5/6/2028", "12/11/2028", "1-2-2028", "3.4.2028", "10/9/2028"),
        *_many("D088", T06, DATE, SAME, "DR-D005", "12/31/2028", "31/12/2028"),
        *_many("D089", T06, DATE, SAME, "DR-D008", "2028-12-31 00:00:00", "2028-12-31 12:30", "2028/12/31 8:00", "2028-12-31T00:00:00Z", "2028-12-31T08:00:00+08:00"),
        *_many("D089", T06, DATE, SAME, "", datetime.datetime(2028, 12, 31), datetime.date(2028, 12, 31)),
        *_many("D090", T06, DATE, RETURNED, "DR-D003", "2028-02-30", "2027-02-29", "2028-13-01", "0028-12-31", "2028-11-31"),
        *_many("D090", T06, DATE, RETURNED, "DR-D003", "2062-12-31", "2082-12-31", "2208-12-31", "2100.12.31", "2028-31-12", datetime.date(2082, 12, 31), datetime.date(1905, 7, 8)),
        *_many("D092", T06, DATE, NOTED, "DR-D009", "长期", "长期有效", "至今", "无固定期限", "永久"),
        *_many("D093", T06, DATE, RETURNED, "DR-D002", "正月初五", "下学期", "年底", "腊月", "2028年春"),
        *_many("D098", T02, "uscc", SAME, "DR-C002", code.lower(), f"{code[:4]} {code[4:]}", f"{code[:8]}-{code[8:]}"),
        *_many("D098", T02, "uscc", RETURNED, "DR-V013", code[:-1] + other_tail, code[:3] + "9" + code[4:]),
        *_many("D098", T02, "uscc", RETURNED, "DR-V011", code[:-1], code + "0", code[:16]),
        *_many("D099", T02, "uscc", RETURNED, "DR-V014", "123456789", "12345678X", "MA4912345", "421200001", "42120000A"),
        *_many("D099", T02, "uscc", RETURNED, "DR-V017", "421200000012345", "421202600012345"),
        *_many("D101", T02, "licence_no", NOTED, "DR-V016", "鄂司证", "许可-司-1", "abc123", "证字2020", "鄂2020"),
        *_many("D101", T06, CODE, SAME, "", NUMBER),
        *_many("D101", T06, CODE, NOTED, "DR-V018", "鄂执法字第4212001号", "鄂执法〔2020〕12345号", "咸执证42120101", "4212.2100.101", "执法证42122100101"),
        *_many("D101", T06, CODE, NOTED, "DR-C002", "鄂执法字[2020]第12号", "鄂执法【2020】12号", "鄂字(2020)第12号", "鄂执法字第 12001 号"),
        *_many("D102", T06, CODE, RETURNED, "DR-V020", *_people()),
        *_many("D102", T06, CODE, RETURNED, "DR-V021", "13900000001", "13900000009", "13900000005"),
        *_many("D102", T06, CODE, RETURNED, "DR-V028", "429999800101001", "429999751231002"),
        *_many("D102", T02, "licence_no", RETURNED, "DR-V021", "13900000001", "13900000009"),
        *_many("D102", T02, "licence_no", RETURNED, "DR-V028", "429999800101001", "429999751231002"),
        *_many("D104", T04, "mobile", SAME, "DR-V042", "+8613900000001", "0086-13900000001", "+86 139 0000 0001", "139-0000-0001", "86 13900000001"),
        *_many("D104", T04, "mobile", NOTED, "DR-V042", "13900000001、13900000003", "13900000001/13900000003"),
        *_many("D104", T04, "mobile", RETURNED, "DR-V041", "1390000000", "139000000011", "1290000000x"),
        *_many("D106", T02, "name", SAME, "DR-C001", " 咸宁市示例第一公证处", "咸宁市示例第一公证处\u3000"),
        *_many("D106", T02, "name", SAME, "DR-C002", "咸宁市 示例第一公证处", "咸宁市示例第一 公证处", "咸宁市　示例第一公证处"),
        *_many("D106", T02, "licence_issuer", NOTED, "DR-C002", "湖北省司法厅(示例)", "湖北省司法厅（示例)"),
        *_many("D107", T06, "inspector_class", SAME, "DR-V002", "1", "1行政执法类公务员", "1 行政执法类公务员", "行政执法 类公务员", "1.行政执法类公务员"),
        *_many("D107", T06, "inspector_class", RETURNED, "DR-V001", "公务员甲", "行政执法类公务", "其他人", "领导", "执法人士"),
        *_many("D107", T06, "qualification", RETURNED, "DR-V001", "有", "是", "无", "没有", "×", "√", "已取得"),
        *_many("D107", T06, "specialities", NOTED, "DR-V005", "公证管里", "案卷评察", "公证和司法鉴定", "公证管理 宏观", "司法鉴定管理；案卷平查"),
        *_many("D030", T04, "unit_code", NOTED, "DR-U010", "蒲圻市", "蒲圻", "蒲圻市司法局", "赤壁", "赤壁市", others=(("unit_name", "赤壁市司法局"),)),
        *_many("D030", T02, "division", NOTED, "DR-U010", "咸宁市嘉鱼县", "湖北省咸宁市嘉鱼县", "嘉鱼县"),
        *_many("D030", T02, "division", NOTED, "DR-U010", "监利县", others=(("supervisor", "421000"),)),
        *_many("D030", T02, "division", NOTED, "DR-U010", "420621", others=(("supervisor", "420600"),)),
        *_many("D031", T04, "unit_code", SAME, "DR-U010", "嘉鱼县", "咸宁市嘉鱼县", "湖北省咸宁市嘉鱼县", "嘉鱼", "嘉鱼县司法局", "嘉鱼司法局"),
        *_many("D031", T04, "unit_code", RETURNED, "DR-U011", "嘉渔县", "加鱼", "某某县", "嘉鱼区局"),
        *_many("D023", T04, "unit_code", RETURNED, "DR-U005", "420111", "420500", "洪山区", "420000", "420102"),
        *_many("D119", T04, "remark", NOTED, "DR-V070", *(f"联系{one}" for one in ("13900000001", "13900000002"))),
        *_many("D119", T04, "department", NOTED, "DR-V070", *_people()[:2], "卡号6222021234567890128"),
        *_many("D120", T04, "remark", RETURNED, "DR-V071", "机密★一年", "秘密★", "【绝密】", "密级：秘密", "涉及机密文件", "秘密"),
        *_many("D118", T06, "name", RETURNED, "DR-V053", "张三", "李四", "测试", "某某", "XXX"),
        *_many("D118", T04, "mobile", RETURNED, "DR-V054", "13800000000", "13800138000", "13888888888"),
        *_many("D118", T06, CODE, RETURNED, "DR-V054", "111111", "123456"),
        *_many("D113", T06, DATE, RETURNED, "DR-V024", "2025-12-31", "2026-01-31", "2020-05-01", "2026-05-01", "2026-05-20"),
        *_many("D113", T06, DATE, NOTED, "DR-V025", "2026-10-30", "2026-08-31", "2026-06-30", "2026-09-15"),
        *_many("D091", T04, "trained_on", RETURNED, "DR-D013", "2026-12-01", "2027-03-10", "2026-05-22", "2030-01-01", "2026-06-01"),
        *_many("D091", T02, "licence_valid_to", RETURNED, "DR-D011", "2019-03-01", "2020-02-28"),
    ]  # fmt: skip


def _people() -> list[str]:
    """Return identity numbers of the synthetic region with a right check digit."""
    from engine.identifiers import person_check

    bodies = ("42999919900101123", "42999919851231456", "42999920000229789", "42999919770707012", "42999919690615345")
    return [body + person_check(body) for body in bodies]
