"""First drafts of an office's own 抽查工作细则 and 检查工作指引: procedure, flow of a visit, publication, archive (R30).

Numbers and days are the parameters of the year, the items those in force; what only the office can decide is left blank to be
written in. Pure: equal input gives equal bytes.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from engine.values import Row, text
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.archive import Term
    from schemas.declare import Policy, Unit

BLANK = "＿＿＿＿"
NUMERALS = "零一二三四五六七八九十"
DRAFT = "初稿：期限、比例、人数取自本年度参数，事项取自现行清单；横线处和与本地实际不符之处由本单位核定，经集体审议、合法性审核后印发。"
FIELDS = ("公共法律服务体系建设", "法律援助", "公证", "司法鉴定")


def drafts(unit: Unit, year: int, policy: Policy, items: Sequence[Row], terms: Mapping[str, Term]) -> dict[str, bytes]:
    """Return file name -> bytes of the two drafts of `unit` for `year`.

    items: the rows of T01 in force for the unit. terms: what is kept how long, by kind (`engine.archive.terms`).
    """
    return {
        f"{year}_{unit.code}_随机抽查工作细则（初稿）.docx": rules(unit, policy, items, terms),
        f"{year}_{unit.code}_检查工作指引（初稿）.docx": guide(unit, policy, items),
    }


def rules(unit: Unit, policy: Policy, items: Sequence[Row], terms: Mapping[str, Term]) -> bytes:
    """Return 抽查工作细则: chapters and articles for the office that draws, inspects, publishes and files away."""
    from workbooks import letter

    chapters = (
        ("总则", _general(unit)),
        ("清单和名录", _lists(unit, policy, items)),
        ("抽查工作程序", _procedure(unit, policy)),
        ("检查流程", _visit(unit, policy)),
        ("结果处理", _follow_up(unit, policy)),
        ("公示程序", _publication(unit, policy)),
        ("归档方式", _archive(terms)),
        ("监督和附则", _closing(unit)),
    )
    paragraphs, number = [], 0
    for place, (title, articles) in enumerate(chapters, 1):
        paragraphs.append(f"第{chinese(place)}章　{title}")
        for each in articles:
            number += 1
            paragraphs.append(f"第{chinese(number)}条　{each}")
    return letter.write(
        title=f"{unit.name}随机抽查工作细则",
        number="（初稿）",
        paragraphs=paragraphs,
        note=DRAFT,
    )


def guide(unit: Unit, policy: Policy, items: Sequence[Row]) -> bytes:
    """Return 检查工作指引: what an officer does before, during and after a visit, then every item with content and standard."""
    from workbooks import letter

    heads = ("检查事项", "检查方式", "检查内容", "检查标准", "依据")
    rows = [
        (
            f"{text(row.get('field'))}：{text(row.get('item_name'))}（{text(row.get('item_code'))}）",
            *(text(row.get(key)) for key in ("methods", "content", "standard", "legal_basis")),
        )
        for row in in_force(items)
    ]
    return letter.write(
        title=f"{unit.name}检查工作指引",
        number="（初稿）",
        paragraphs=[*_steps(unit, policy), "四、检查事项、内容和标准", f"现行清单共 {len(rows)} 项，逐项如下："],
        table=[heads, *rows],
        note=DRAFT,
    )


def in_force(items: Sequence[Row]) -> list[Row]:
    """Return the items an inspection may use, by field as the notice names them and by code."""
    order = {name: place for place, name in enumerate(FIELDS)}
    kept = [row for row in items if text(row.get("status")) in ("", "有效")]
    return sorted(kept, key=lambda row: (order.get(text(row.get("field")), len(order)), text(row.get("item_code"))))


def chinese(number: int) -> str:
    """Return a number below 100 as articles are counted: 十, 十一, 二十, 二十三."""
    tens, rest = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens]}十"
    return head + (NUMERALS[rest] if rest or not head else "")


# ---- the chapters ----------------------------------------------------------------------------------------------------


def _general(unit: Unit) -> list[str]:
    return [
        "为规范公共法律服务领域“双随机、一公开”抽查检查，根据《中华人民共和国行政处罚法》《国务院办公厅关于推广随机抽查规范事中事后监管的通知》"
        "和省厅公共法律服务领域“双随机一公开”监管实施方案，结合本地实际，制定本细则。",
        f"本细则适用于{unit.name}组织实施的{'、'.join(FIELDS)}领域的随机抽查。日常检查、专项检查和个案处理单独登记，不计入抽查比例。",
        "抽查坚持全面覆盖、规范透明、问题导向、协同推进。",
        f"公共法律服务管理部门（{BLANK}）牵头，负责计划、抽取、派发、督促和汇总；各业务部门（{BLANK}）负责本领域的检查和整改督促。",
    ]


def _lists(unit: Unit, policy: Policy, items: Sequence[Row]) -> list[str]:
    counts = {name: sum(text(row.get("field")) == name for row in in_force(items)) for name in FIELDS}
    told = "、".join(f"{name} {count} 项" for name, count in counts.items())
    local = "" if unit.level is Level.PROVINCE else "本单位可以细化检查内容和标准，但不得减少省厅清单确定的要点。"
    filed = "汇总报来的动态调整备案" if unit.level is Level.PROVINCE else "将动态调整情况报省厅备案，没有变动的作零报告"
    due = policy.duty("T14", Level.CITY)
    return [
        f"按随机抽查事项清单检查。现行清单共 {sum(counts.values())} 项：{told}。没有法律、法规、规章依据的事项不得抽查。{local}清单向社会公布。",
        "公证机构、司法鉴定机构年度名册内的机构及其公证员、司法鉴定人，以及法律援助机构、公共法律服务平台，全部列入检查对象名录库，与年度名册双向核对。",
        "执法检查人员名录库包括相关的行政执法类公务员、具有行政执法资格的工作人员和从事日常监管工作的人员，按执法资质、业务专长分类标注。"
        "行业专家另列专家名录库，只辅助检查，不计入执法检查人数。",
        f"名录库实行动态管理：变动经审核后出新的一版，旧版保留备查；每年{_month_day(due.deadline) if due else BLANK}前{filed}。",
    ]


def _procedure(unit: Unit, policy: Policy) -> list[str]:
    say = partial(policy.value, unit=unit.code)
    covered = (
        f"本市（州）检查对象年度全覆盖（{_percent(say('city_coverage'))}）"
        if unit.level is Level.CITY
        else f"检查对象的年度抽查比例不低于 {_percent(say('ratio'))}，每一类和全部对象都要达到，不足一个的按一个计"
    )
    experts = int(str(say("team_expert_count")))
    return [
        f"每年{_month_day(say('plan_deadline'))}前制定年度抽查计划，写明对象、事项、比例、时间和牵头机构，经负责人批准后实施。",
        f"{covered}。同一对象一年内被抽查不超过 {say('visits_per_target_cap')} 次；对同一对象的多个事项合并为一次检查。",
        f"未受行政处罚、有效投诉较少、满意度较高、积极参与公益服务的机构可以减少抽查频次，但不得连续 {int(str(say('reduction_max_years'))) + 1} 年不列入抽取范围；"
        "受过行政处罚、有效投诉较多、满意度较差、拒绝参与公益服务的列为重点对象，加大抽查频次。分类须有依据并经批准，只影响被抽中的机会。",
        "抽取前锁定对象、人员和事项名单，公开名单的校验码和将采用的随机号码来源；抽取当场公开摇号，全过程留痕，任何人可凭公开记录复算。"
        "锁定以后的名录变动不影响本次抽取。抽取结果不得更换；确需作废的写明理由并经批准，记录保留。",
        f"每组随机匹配 {say('team_size')} 名以上持有效执法证件的执法检查人员"
        + (f"，需要时匹配 {experts} 名专家辅助" if experts else "")
        + f"。有亲属关系、近 {say('former_employer_years')} 年内在该单位任职等利害关系的应当回避。本地人员不足的，从上级或者跨县（市、区）人员中匹配。",
        "需要递补对象、更换人员的，填写变更申请表，经批准后按抽取时确定的顺序递补，不得挑选。",
    ]


def _visit(unit: Unit, policy: Policy) -> list[str]:
    say = partial(policy.value, unit=unit.code)
    told = (
        "并将检查通知书送达检查对象；不宜提前通知的，经批准后到场时出示。"
        if say("advance_notice")
        else "检查通知书到场时出示。"
    )
    return [
        f"检查在{_month_day(say('season_start'))}至{_month_day(say('season_end'))}进行。到期未完成的，须经批准延期。",
        f"实施检查前填写行政检查审批表，经负责人批准，{told}通知书载明检查事项、依据、时间、人员、需准备的材料、对象的权利和投诉途径。",
        "可以采取实地核查、书面检查、网络监测等方式。现场检查时检查人员不少于两人，出示执法证件，说明来意，告知权利。",
        "按检查记录表逐项、逐点记录，事实清楚、有据可查；没有检查的要点写明原因。证据编号入目录。记录交检查对象核对签字，拒绝签字的由两名检查人员注明。",
        "谁检查、谁录入：检查结束后由实施检查的单位在检查记录表中录入结果，不得由他人代录。",
        "现场发现应当回避、检查人员因故不能参加、检查对象已注销、拒绝检查的，如实记录并按变更程序办理；每个被抽中的对象都要有且只有一个结论。",
    ]


def _follow_up(unit: Unit, policy: Policy) -> list[str]:
    say = partial(policy.value, unit=unit.code)
    return [
        f"发现问题的责令限期整改，期限一般不超过 {say('rectification_max_days')} 日；到期由两名以上执法检查人员复查，整改到位的销号。",
        f"涉嫌违法违规的，按照“谁管辖、谁负责”的原则，自发现之日起 {say('transfer_days')} 日内移送有管辖权的机关，"
        f"立案后一般在 {say('case_decision_days')} 日内作出决定，并将结果反馈移送单位。",
        "对重复出现、多家共有的问题，列为下一步专项检查的重点。",
    ]


def _publication(unit: Unit, policy: Policy) -> list[str]:
    say = partial(policy.value, unit=unit.code)
    return [
        f"检查结果自作出之日起 {say('publication_working_days')} 个工作日内，由实施检查的单位在本级司法行政门户网站公示；"
        f"每年 {say('publication_month')} 月再集中公示一次，公示率应当达到 100%。",
        "公示前核对内容，并检查有无身份证号、电话、内部意见等不得公开的信息。依法不适合公开的，须写明理由、依据和批准人。",
        f"公示有误的，经批准更正并注明；依法应当撤回的，{say('withdrawal_working_days')} 个工作日内撤回并公开说明理由。",
    ]


def _archive(terms: Mapping[str, Term]) -> list[str]:
    kept = "；".join(f"{one.title}{'永久' if not one.years else f' {one.years} 年'}" for one in terms.values())
    return [
        "一个对象一卷：审批表、通知书、送达回证、检查记录、笔录、证据、整改和复查、移送和处理结果，按归档目录排列，目录逐件登记文件名和校验和（SHA-256）。",
        "电子文件和纸质件一并归档；电子文件随归档目录保存，任何改动都能被发现。",
        f"保管期限：{kept}。期满经鉴定、批准后销毁，留下销毁记录。",
    ]


def _closing(unit: Unit) -> list[str]:
    return [
        f"检查对象和公众对抽取、检查、公示有异议的，可以向{unit.name}提出；投诉电话：{BLANK}。",
        "检查人员应当廉洁自律，不得泄露检查信息和当事人的秘密，不得妨碍检查对象正常执业。违反规定的依法追究责任。",
        "本细则自　　　　年　　月　　日起施行。",
    ]


def _steps(unit: Unit, policy: Policy) -> list[str]:
    say = partial(policy.value, unit=unit.code)
    season = f"{_month_day(say('season_start'))}至{_month_day(say('season_end'))}"
    return [
        "一、检查前",
        "领取任务包：行政检查审批表、检查记录表、检查通知书、现场检查笔录。核对有无应当回避的情形，有的立即报告，不得自行换人。",
        f"审批表经批准后送达通知书，约定时间（须在{season}和计划规定的时间内）。核对本人执法证件在检查当日有效。",
        "二、检查中",
        f"不少于 {say('team_size')} 名执法检查人员到场，出示证件，宣读权利告知。专家只提供专业意见，不单独检查、不作结论。",
        "对照检查记录表逐点检查：每点填明“是否检查”“是否发现问题”，没有检查的写明原因；发现问题的写清事实、违反的规定和证据编号。",
        "听取检查对象意见，写入“被检查单位意见”一栏；笔录当场核对签字。",
        "三、检查后",
        f"检查记录表（Excel）填写结果后按原文件发回。结果的公示：{say('publication_working_days')} 个工作日内先公示，{say('publication_month')} 月再集中公示。",
        f"有问题的下达整改通知，期满复查；涉嫌违法的 {say('transfer_days')} 日内移送。材料按归档目录归卷。",
    ]


def _month_day(value: object) -> str:
    """Return a day as a document writes it, from `03-31` or a date."""
    month, day = (int(part) for part in str(value).split("-")[-2:])
    return f" {month} 月 {day} 日"


def _percent(value: object) -> str:
    return f"{float(Fraction(str(value)) * 100):g}%"
