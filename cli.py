"""The command line: every command parses, calls one workflow verb and shows what it returned; no rule lives here.

Exit status: 0 done, 1 done and people must act, 2 usage, 3 refused or unreadable. Never a traceback for what a user did.
"""

from __future__ import annotations

import json
import os
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.arguments import EXISTING, FILE, a_day, fraction, moment, numbers_file, pairs, records, signers
from console.call import Call
from console.ceremony import ceremony, fresh_secrets, with_codes
from console.faults import explain
from console.progress import narration, progress
from engine import chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

# Before any command is looked at: click keeps the help option of a command in the language it was made in.
chinese.speak(module for name, module in list(sys.modules.items()) if name.startswith("click."))


COMMON = (
    click.option("-C", "directory", type=FILE, help="工作文件夹（默认：当前文件夹）。", metavar="DIR"),
    click.option(
        "--at", callback=moment, metavar="TIME", help="指定时间，如 2026-05-20T09:00:00+08:00（重放和测试用）。"
    ),
    click.option("--json", "as_json", is_flag=True, help="输出 JSON。"),
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="[选项]",
    subcommand_metavar="命令 [参数]...",
)
@click.option("-C", "directory", type=FILE, default=Path(), help="工作文件夹（默认：当前文件夹）。", metavar="DIR")
@click.version_option(package_name="taizhang", prog_name="taizhang", help="显示版本后退出。")
@click.pass_context
def taizhang(context: click.Context, directory: Path) -> None:
    """台账：公共法律服务“双随机、一公开”的收表、校验、汇总、抽取、公示、台账。

    每条命令都有帮助和例子：taizhang receive --help
    """
    context.obj = directory


def command(function: Callable[..., None]) -> click.Command:
    """Make a command of `function`: -C, --at and --json work everywhere, and the first argument is the `Call`."""

    @wraps(function)
    def start(directory: Path | None, at: datetime | None, *, as_json: bool, **given: Any) -> None:
        function(Call(directory or click.get_current_context().obj, at, as_json=as_json), **given)

    for option in reversed(COMMON):
        start = option(start)
    return taizhang.command(function.__name__, options_metavar="[选项]")(start)


def workers(given: int | None, paths: Sequence[Path]) -> int:
    """Return how many children read: one for a handful of files, one per processor for a heap."""
    if given is not None:
        return given
    heap = any(one.is_dir() or one.suffix.lower() == ".zip" for one in paths) or len(paths) > 50
    return min(os.cpu_count() or 1, 8) if heap else 1


# ---- collect -------------------------------------------------------------------------------------------------------


@command
@click.argument("directory_", metavar="[DIR]", type=FILE, default=Path("out"))
@click.option(
    "--scale",
    type=click.Choice(["S", "M", "L", "XL"]),
    default="S",
    help="S 一市（约十几秒），M 全省（几分钟），L 含乡镇工作站，XL 全国的工作量：31 个省级单位各演一年（均用湖北区划），一小时以上，可中断续演。",
)
@click.option("--seed", type=int, default=2026, help="随机种子，相同则结果相同。")
@click.option(
    "--years", type=click.IntRange(1, 2), default=1, help="连续演示几年（2：上一年结转到下一年）。", metavar="N"
)
def demo(call: Call, directory_: Path, scale: str, seed: int, years: int) -> None:
    """演示一整年：虚构人员和机构，从下发模板到年度台账。

    \b
    例：taizhang demo out --scale S
        taizhang demo out --scale S --years 2
    """
    from simulate import demo as demonstration

    call.show(demonstration.play(directory_, scale, seed=seed, years=years, progress=narration()))


@command
@click.argument("directory_", metavar="DIR", type=FILE)
@click.option("--unit", required=True, help="单位代码，如 421200。")
@click.option("--year", type=int, required=True, help="年度。")
@click.option(
    "--database",
    default="",
    metavar="URL",
    help="改用 PostgreSQL（一个空库），如 postgresql+psycopg://用户@服务器/库名。",
)
@click.option(
    "--from",
    "carry_from",
    type=EXISTING,
    metavar="DIR",
    help="上一年度的工作文件夹：结转名录、编号、检查间隔和未了事项。",
)
@click.option("--open-year", default="", metavar="理由", help="上一年度没有关账（没有年度台账）仍要结转的理由。")
def init(call: Call, directory_: Path, unit: str, year: int, database: str, **carried: Any) -> None:
    """建立一个单位一个年度的工作文件夹；可从上一年度结转，旧文件夹不作任何改动。

    \b
    例：taizhang init 咸宁2026 --unit 421200 --year 2026
        taizhang init 咸宁2026 --unit 421200 --year 2026 --from 咸宁2025
    """
    from engine.workflow import collect

    call.show(collect.init(directory_, unit, year, at=call.at, url=database, clock=call.clock, **carried))


@command
@click.argument("codes", nargs=-1, metavar="[表号]...")
@click.option("--unit", "units", multiple=True, help="只给这些单位（可重复）。")
@click.option("-o", "output", type=FILE, default=Path("下发"), help="写到哪个文件夹。", metavar="DIR")
def templates(call: Call, codes: tuple[str, ...], units: tuple[str, ...], output: Path) -> None:
    """生成下发给报送单位的模板。

    \b
    例：taizhang templates T06 T06b -o 下发
    """
    from engine.workflow import collect

    call.show(collect.templates(codes, output, year=call.year, workspace=call.workspace_if_any, units=units))


@command
@click.argument("paths", nargs=-1, required=True, type=EXISTING, metavar="文件...")
@click.option("--return", "return_to", type=FILE, help="把退回件写到这个文件夹。", metavar="DIR")
@click.option("--jobs", type=int, help="读取进程数。", metavar="N")
def check(call: Call, paths: tuple[Path, ...], return_to: Path | None, jobs: int | None) -> None:
    """不登记，只校验文件。

    \b
    例：taizhang check 嘉鱼县.xlsx --return 退回
    """
    from engine.workflow import collect

    call.show(collect.check(paths, year=call.year, at=call.at, return_to=return_to, workers=workers(jobs, paths)))


@command
@click.argument("paths", nargs=-1, required=True, type=EXISTING, metavar="路径...")
@click.option("--jobs", type=int, help="读取进程数。", metavar="N")
def receive(call: Call, paths: tuple[Path, ...], jobs: int | None) -> None:
    """接收文件、文件夹、zip、邮件：逐件登记、校验、出回执和退回件。

    \b
    例：taizhang receive 邮件附件/ 嘉鱼县.eml
    """
    from engine.workflow import collect

    call.show(collect.receive(call.workspace, paths, at=call.at, workers=workers(jobs, paths), progress=progress()))


@command
@click.option("--xlsx", type=FILE, help="同时写出进度表。", metavar="FILE")
@click.option(
    "--contacts",
    type=EXISTING,
    help="导入通讯录（列：单位代码、联系人、电话）；本单位一行印在退回表首页。",
    metavar="FILE",
)
def status(call: Call, xlsx: Path | None, contacts: Path | None) -> None:
    """看谁报了、谁没报、谁逾期，附催报短信和电话。

    \b
    例：taizhang status --xlsx 进度.xlsx
    """
    from engine.workflow import collect

    call.show(collect.status(call.workspace, at=call.at, xlsx=xlsx, contacts=contacts, with_effect=True))


@command
def consolidate(call: Call) -> None:
    """把已接收的内容汇总成本级名录。

    \b
    例：taizhang consolidate
    """
    from engine.workflow import collect

    call.show(collect.consolidate(call.workspace, at=call.at))


@command
@click.argument("codes", nargs=-1, metavar="[表号]...")
@click.option("-o", "output", type=FILE, required=True, help="报送包。", metavar="FILE")
@click.option("--sign", callback=signers, metavar="NAMES", help="填报人,审核人,签发人,电话（写过一次以后会记住）。")
@click.option("--note", default="", help="情况说明。")
def submit(call: Call, codes: tuple[str, ...], output: Path, sign: dict[str, str], note: str) -> None:
    """打包报送上级：报送表、下级原件、报送函、汇总表。

    \b
    例：taizhang submit -o 报省厅.zip --sign 钱明远,孙立,周正,07150000000
    """
    from engine.workflow import collect

    call.show(collect.submit(call.workspace, output, at=call.at, templates=codes, signers=sign, explanation=note))


@command
@click.argument("path", type=EXISTING, metavar="FILE")
@click.option("--as", "code", required=True, help="当作哪张表，如 T01。", metavar="表号")
@click.option("--unit", default="", help="单位代码。")
@click.option("-o", "output", type=FILE, default=Path(), help="写到哪个文件夹。", metavar="DIR")
@click.option("--mapping", type=FILE, help="表头对照文件，没有就生成，可修改后再用。", metavar="FILE")
def adopt(call: Call, path: Path, code: str, output: Path, **given: Any) -> None:
    """把外来的表（表头不同、合并单元格）转成模板，列出没看懂的地方。

    \b
    例：taizhang adopt 旧清单.xlsx --as T01 -o 转换
    """
    from engine.workflow import collect

    call.show(collect.adopt(path, code, output, year=call.year, **given))


# ---- conduct -------------------------------------------------------------------------------------------------------


@command
@click.option("-o", "output", type=FILE, help="写出预填的计划表（T07）。", metavar="FILE")
def plan(call: Call, output: Path | None) -> None:
    """看年度抽查计划：数量、下限、能力、还缺什么。

    \b
    例：taizhang plan -o 计划.xlsx
    """
    from engine.workflow import conduct

    call.show(conduct.plan(call.workspace, at=call.at, out=output))


@command
@click.argument("plan_id", metavar="PLAN")
@click.option("--holders", type=FILE, required=True, help="保管人文件写到哪里（须在工作文件夹以外）。", metavar="DIR")
@click.option(
    "--profile",
    type=click.Choice(["onsite", "public"]),
    help="号码从哪里来：onsite 现场见证人写出（默认），public 公开开奖和 drand。",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    help="现场见证人（可重复）：每人抽取时写一个 10 位数，一般四人；对象很少的，三人也够。",
    metavar="姓名",
)
@click.option(
    "--source",
    "events",
    multiple=True,
    help="公开号码来源（可重复）：双色球、大乐透、七星彩、排列5、3D 加期号和开奖时间；drand 加时间；现场 加姓名和时间。",
    metavar="名称,期号,时间",
)
@click.option(
    "--reserve",
    "reserves",
    multiple=True,
    help="drand 满一天取不到时启用的后备来源，写法同上。",
    metavar="名称,期号,时间",
)
@click.option(
    "--mode",
    type=click.Choice(["lfa", "ceremony", "bounded"]),
    default="lfa",
    help="人员匹配：lfa 均衡随机（默认），ceremony 先公布一千张分组表再摇球，bounded 先公布每对概率。",
)
@click.option(
    "--hash", "hash_profile", type=click.Choice(["sha256", "sm3"]), default="sha256", help="散列算法，sm3 为国密。"
)
@click.option("--ceremony", "ceremony_at", help="预定的抽取时间。", metavar="TIME")
@click.option(
    "--batch", callback=fraction, help="全覆盖分批抽取：按季度 1/4 至 4/4，按月 1/12 至 12/12。", metavar="K/N"
)
@click.option("--single", "holder_count", flag_value=1, type=int, default=2, help="只设一名保管人（较弱）。")
def freeze(
    call: Call, plan_id: str, holder_count: int, events: tuple[str, ...], reserves: tuple[str, ...], **given: Any
) -> None:
    """锁定名单并生成公开的校验码。

    \b
    例：taizhang freeze 421200-2026-P01 --holders U盘 --witness 张三 --witness 李四 --witness 王五 --witness 赵六
    例：taizhang freeze 421200-2026-P01 --holders U盘 --profile public
          --source 双色球,2026058,2026-05-28T21:15 --source 大乐透,26059,2026-05-27T21:25
          --source 七星彩,26059,2026-05-26T21:25 --source 排列5,26138,2026-05-28T21:00
          --source drand,2026-05-28T21:30 --reserve 现场,公证员赵某,2026-05-30T10:00
    """
    from engine import sources
    from engine.workflow import conduct

    given |= {"sources": sources.committed(events, reserves), "secrets": fresh_secrets(holder_count)}
    call.show(conduct.freeze(call.workspace, plan_id, at=call.at, **given))


@command
@click.argument("name", metavar="PLAN")
@with_codes
@click.option(
    "--number",
    "numbers",
    multiple=True,
    callback=pairs,
    help="号码（可重复）：见证人姓名或来源编号（WITNESS-1、SSQ-RED 等）等于号码。",
    metavar="来源=号码",
)
@click.option(
    "--numbers",
    "listed",
    type=EXISTING,
    callback=numbers_file,
    help="现场号码文件，每行 来源=号码。",
    metavar="FILE",
)
@click.option(
    "--postponed",
    multiple=True,
    callback=records("source", "event", "note"),
    help="停开顺延一期的彩票，如 SSQ,2026059,第2026058期停开。",
    metavar="来源,期号,原因",
)
@click.option(
    "--evidence",
    multiple=True,
    callback=pairs,
    help="号码原件的照片（可重复；照片留在本单位，公开记录只有它的散列值）。",
    metavar="来源=文件",
)
@click.option("--operator", default="", help="操作人（记入抽取记录表）。", metavar="姓名")
@click.option("--supervisor", default="", help="监督人（记入抽取记录表）。", metavar="姓名")
@click.option("--attendee", "witnesses", multiple=True, help="其他见证人（可重复，记入抽取记录表）。", metavar="姓名")
@click.option("--place", default="", help="地点（记入抽取记录表）。", metavar="地点")
def draw(
    call: Call,
    name: str,
    holders: tuple[Path, ...],
    codes: dict[str, str],
    numbers: dict[str, str],
    listed: dict[str, str],
    postponed: list[dict[str, str]],
    evidence: dict[str, str],
    **people: Any,
) -> None:
    """摇号：录入号码和校验码，抽出检查对象；在终端上缺什么问什么。

    \b
    例：taizhang draw 421200-2026-P01
    例：taizhang draw 421200-2026-P01 --holder U盘/421200-2026-P01-D1_保管人A.json --holder U盘/421200-2026-P01-D1_保管人B.json
    """
    from engine.workflow import conduct

    given = ceremony(
        call, name, {"numbers": {**listed, **numbers}, "holders": holders, "codes": codes, "people": people}
    )
    call.show(conduct.draw(call.workspace, name, at=call.at, postponed=postponed, evidence=evidence, **given))


@command
@click.argument("name", metavar="DRAW")
@with_codes
@click.option("--balls", help="千组抽一：当众摇出的三个球，如 042。", metavar="三位数字")
@click.option(
    "--direct",
    multiple=True,
    callback=records("target", "person", "approver", "basis"),
    metavar="对象,人员,批准人,依据",
    help="经批准的直接委派。",
)
@click.option(
    "--late",
    multiple=True,
    callback=records("target", "person", "reason", "approver", "at"),
    metavar="对象,人员,事由,批准人,时间",
    help="抽取后申报的回避。",
)
def assign(call: Call, name: str, **given: Any) -> None:
    """随机匹配检查人员和专家；千组抽一时先公布一千张分组表，再凭三个球选定。

    \b
    例：taizhang assign 421200-2026-P01-D1 --holder U盘/421200-2026-P01-D1_保管人A.json --holder U盘/421200-2026-P01-D1_保管人B.json
    例：taizhang assign 421200-2026-P01-D1 --balls 042
    """
    from engine.workflow import conduct

    call.show(conduct.assign(call.workspace, name, at=call.at, **given))


@command
@click.argument("name", metavar="DRAW")
@click.option("--target", help="递补的对象编号；与 --person 同用时为人员退出的对象。")
@click.option("--person", help="退出的人员（编号、证号或姓名）。")
@click.option("--reason", default="", help="事由。")
@click.option("--approver", default="", help="批准人。")
@click.option("--request", help="依据的变更申请（T16）编号。")
@click.option("--evidence", type=EXISTING, help="证明材料（文件留在本单位，公开记录只有它的散列值）。", metavar="FILE")
@with_codes
def replace(call: Call, name: str, **given: Any) -> None:
    """递补对象或更换人员：按规则补位，不能挑选。

    \b
    例：taizhang replace 421200-2026-P01-D1 --person I-421221-001 --reason 住院 --approver 王五
          --holder U盘/421200-2026-P01-D1_保管人A.json --holder U盘/421200-2026-P01-D1_保管人B.json
    """
    from engine.workflow import conduct

    call.show(conduct.replace(call.workspace, name, at=call.at, **given))


@command
@click.argument("name", metavar="DRAW")
@click.option("--reason", required=True, help="事由。")
@click.option("--approver", required=True, help="批准人。")
def void(call: Call, name: str, reason: str, approver: str) -> None:
    """作废一次抽取；记录保留，之后才能重新锁定名单。

    \b
    例：taizhang void 421200-2026-P01-D1 --reason 名单有误 --approver 王五
    """
    from engine.workflow import conduct

    call.show(conduct.void(call.workspace, name, at=call.at, reason=reason, approver=approver))


@command
@click.argument("bundle", type=FILE, metavar="BUNDLE")
@click.option("--root", help="公布的记录指纹，用于发现整包被换。", metavar="HEX")
@click.option("--commitment", help="抽取前公告的锁定名单校验码，用于发现换了一次抽取。", metavar="HEX")
@click.option("--roster", type=FILE, help="公布的名录（xlsx、csv、json），用于发现被漏掉的机构。", metavar="FILE")
def verify(call: Call, bundle: Path, **known: Any) -> None:
    """只凭公开记录复算一次抽取，逐项说明相符与否。

    \b
    例：taizhang verify 抽取/421200-2026-P01-D1/bundle --roster 公布名录.xlsx
    """
    from engine.workflow import conduct

    call.show(conduct.verify(bundle, **known))


@command
@click.argument("name", metavar="DRAW")
@click.option("-o", "output", type=FILE, help="写到哪个文件夹（不写就是工作文件夹的“任务”）。", metavar="DIR")
def dispatch(call: Call, name: str, output: Path | None) -> None:
    """派发任务：每个对象一套审批表、通知书、记录表。

    \b
    例：taizhang dispatch 421200-2026-P01-D1 -o 任务
    """
    from engine.workflow import conduct

    call.show(conduct.dispatch(call.workspace, name, at=call.at, out=output or call.workspace.path("任务")))


@command
@click.option("-o", "output", type=FILE, help="写到哪个文件夹（不写就是工作文件夹的“任务”）。", metavar="DIR")
def followup(call: Call, output: Path | None) -> None:
    """列出还没了结的：待整改复查、待移送立案，写成可直接填报的表。

    \b
    例：taizhang followup -o 任务
    """
    from engine.workflow import conduct

    call.show(conduct.follow_up(call.workspace, at=call.at, out=output or call.workspace.path("任务")))


# ---- conclude ------------------------------------------------------------------------------------------------------


@command
@click.option("-o", "output", type=FILE, required=True, help="公示版写到哪个文件夹。", metavar="DIR")
@click.option("--reviewer", default="", help="保密和个人信息审查人。")
@click.option("--url", default="", help="公示网址；上网后才知道的，再执行一次补记。", metavar="URL")
@click.option(
    "--release",
    "reviews",
    multiple=True,
    callback=records("value", "approver", "reason"),
    metavar="指纹,审查人,理由",
    help="放行形似个人信息的公开内容：被拒绝时列出的指纹（或内容本身）。",
)
def publish(call: Call, output: Path, reviewer: str, url: str, reviews: list[dict[str, str]]) -> None:
    """生成公示版：网页、表格、公告；发现不该公开的内容就拒绝。

    \b
    例：taizhang publish -o 网站 --reviewer 李四
    例：taizhang publish -o 网站 --reviewer 李四 --url https://sfj.example.gov.cn/gs/2026.html
    例：taizhang publish -o 网站 --reviewer 李四 --release 3f2a91c07b5e,王五,系门牌号
    """
    from engine.workflow import publishing

    call.show(publishing.publish(call.workspace, at=call.at, out=output, reviewer=reviewer, reviews=reviews, url=url))


@command
@click.argument("template", metavar="表号")
@click.option("--by", required=True, help="决定人。")
@click.option("--open", "reopen", default="", help="解除锁定，写明理由。", metavar="理由")
def lock(call: Call, template: str, by: str, reopen: str) -> None:
    """锁定一张表的收报：此后来件只登记、不采用，更正须经批准；用 --open 解除。

    \b
    例：taizhang lock T06 --by 周正
    例：taizhang lock T06 --by 周正 --open 省厅要求补充人员
    """
    from engine.workflow import locking

    call.show(locking.lock(call.workspace, template, at=call.at, by=by, reopen=reopen))


@command
@click.option("-o", "output", type=FILE, required=True, help="写到哪个文件夹。", metavar="DIR")
def guidelines(call: Call, output: Path) -> None:
    """生成本单位抽查工作细则和检查工作指引的初稿：程序、流程、公示、归档都按本年度参数和事项清单写好。

    \b
    例：taizhang guidelines -o 细则和指引
    """
    from engine.workflow import settings

    call.show(settings.guidelines(call.workspace, out=output))


@command
@click.option("--on", callback=a_day, help="某日的名录，写成 2026-06-30；不写就列出各版。", metavar="日期")
@click.option("--id", "who", default="", help="一个人或机构的变动：编号、证号、信用代码或姓名。", metavar="编号")
@click.option(
    "--against", "roster", type=EXISTING, help="公布的年度名册：与名录库双向核对，缺漏和多出的都列出。", metavar="FILE"
)
@click.option("-o", "output", type=FILE, help="写出某日的名录（不写 --on 就是今天）或核对结果。", metavar="FILE")
def registers(call: Call, on: date | None, who: str, roster: Path | None, output: Path | None) -> None:
    """看名录的各版：何时起用、增减多少；写出某日的名录，查一人一机构的变动；与年度名册核对。

    \b
    例：taizhang registers
    例：taizhang registers --against 年度名册.xlsx -o 核对.xlsx
    例：taizhang registers --on 2026-06-30 -o 六月底名录.xlsx
    例：taizhang registers --id I-421221-001
    """
    from engine.workflow import recalling

    call.show(recalling.registers(call.workspace, at=call.at, on=on, who=who, against=roster, out=output))


@command
@click.option("-o", "output", type=FILE, required=True, help="动态调整备案表（T14）。", metavar="FILE")
def changes(call: Call, output: Path) -> None:
    """按名录前后差异生成动态调整备案表。

    \b
    例：taizhang changes -o 动态调整.xlsx
    """
    from engine.workflow import conclude

    call.show(conclude.changes(call.workspace, at=call.at, out=output))


@command
@click.option("-o", "output", type=FILE, required=True, help="年度台账。", metavar="FILE")
def ledger(call: Call, output: Path) -> None:
    """生成年度台账：每个数字都有分子、分母和来源。

    \b
    例：taizhang ledger -o 台账.xlsx
    """
    from engine.workflow import conclude

    call.show(conclude.ledger(call.workspace, at=call.at, out=output))


@command
@click.option("-o", "output", type=FILE, help="同时写成工作簿。", metavar="FILE")
@click.option("--special", type=int, metavar="N", help="另外预填专项检查计划（T07）：针对出现 N 次以上的问题。")
def report(call: Call, output: Path | None, special: int | None) -> None:
    """看全年工作情况：进度、缺口、重复和突出问题、检查力量、培训、文件发送范围。

    \b
    例：taizhang report -o 工作情况.xlsx
    例：taizhang report -o 工作情况.xlsx --special 3
    """
    from engine.workflow import overview

    call.show(overview.report(call.workspace, at=call.at, out=output, special=special))


@command
@click.argument("source", metavar="FILE")
@click.argument("cell", default="", metavar="[CELL]")
@click.option("--used", is_flag=True, help="反过来查：FILE 是收到的原件（或其回执号、SHA-256），看它用在哪里。")
def trace(call: Call, source: str, cell: str, used: bool) -> None:
    """从台账或名录的一格追到原件的文件、表、行、格；加 --used 从原件查它用在哪里。

    \b
    例：taizhang trace 台账.xlsx 总览!D5
    例：taizhang trace 汇总/T04_执法检查人员名录库.xlsx B6
    例：taizhang trace --used SJ-2026-421200-00012 F6
    """
    from engine.workflow import tracing

    call.show(tracing.follow(call.workspace, source, cell, forward=used))


@command
@click.argument("who", default="", metavar="[读者]")
@click.option("-o", "output", type=FILE, required=True, help="写到哪个文件或文件夹。", metavar="FILE")
@click.option("--table", default="", help="只导出一张表，如 T10/results。", metavar="表")
@click.option("--columns", type=FILE, help="对方平台的栏目对照，没有就生成，可修改后再用。", metavar="FILE")
def export(call: Call, who: str, output: Path, table: str, columns: Path | None) -> None:
    """按读者导出：只含其有权看的行和列；或按别的平台的栏目导出。

    读者：公众、监督、单位代码、执法证号、专家编号、对象编号；不写就是本单位全量。

    \b
    例：taizhang export 421221 -o 嘉鱼县版.xlsx
    例：taizhang export --table T10/results --columns 平台栏目.toml -o 平台导入.csv
    """
    from engine.workflow import handing

    call.show(handing.export(call.workspace, who, at=call.at, out=output, table=table, columns=columns))


@command
def audit(call: Call) -> None:
    """核验原件、数据库、日志、抽取记录有没有被改动。

    \b
    例：taizhang audit
    """
    from engine.workflow import evidence

    call.show(evidence.audit(call.workspace))


@command
@click.option(
    "--set",
    "given",
    multiple=True,
    callback=pairs,
    help="本单位自定：名称=值，名称照参数表写；值留空恢复统一规定。可写多次。",
    metavar="名称=值",
)
@click.option("--basis", default="", help="自定的依据：本单位文件的标题或文号。", metavar="依据")
def parameters(call: Call, given: dict[str, str], basis: str) -> None:
    """看本单位本年度的参数（期限、人数、比例等）；按本单位的文件自定；每次变动都记入日志。

    \b
    例：taizhang parameters
    例：taizhang parameters --set "T06 人数=3" --set "T06 截止=05-20" --basis 咸司发〔2026〕3号
    例：taizhang parameters --set "T06 嘉鱼县司法局 人数=1" --basis 咸司函〔2026〕5号
    """
    from engine.workflow import settings

    call.show(settings.parameters(call.workspace, at=call.at, given=given, basis=basis))


@command
@click.option("-o", "output", type=FILE, help="归档写到哪个文件夹（须在工作文件夹以外）。", metavar="DIR")
def archive(call: Call, output: Path | None) -> None:
    """归档：列出全部材料、保管期限和已到期的；用 -o 连同目录和校验和一起写出。

    \b
    例：taizhang archive -o 2026年度归档
    """
    from engine.workflow import archiving

    call.show(archiving.archive(call.workspace, at=call.at, out=output))


@command
@click.argument("file", type=EXISTING, metavar="FILE")
@click.option("--title", required=True, help="标题。")
@click.option("--year", type=int, required=True, help="从哪一年起施行。")
@click.option("--number", default="", help="文号。")
def keep(call: Call, file: Path, title: str, year: int, number: str) -> None:
    """留存依据文件（方案、通知）：按内容存档，记版本和施行年度。

    \b
    例：taizhang keep 实施方案.pdf --title 随机抽查实施方案 --year 2026
    """
    from engine.workflow import archiving

    call.show(archiving.keep(call.workspace, file, at=call.at, title=title, year=year, number=number))


@command
@click.argument("sha256", metavar="SHA256")
@click.option("--reason", required=True, help="理由。")
@click.option("--basis", required=True, help="法律依据。")
@click.option("--approver", required=True, help="批准人。")
@click.option("--in-use", is_flag=True, help="内容仍在使用、没有更正件替代的也删除（名录和统计会少这些行）。")
def erase(call: Call, sha256: str, **given: Any) -> None:
    """依法删除一份原件及其内容、回执和退回件，留下删除记录。

    \b
    例：taizhang erase 9f86d081… --reason 本人申请 --basis 个人信息保护法第四十七条 --approver 王五
    """
    from engine.workflow import erasing

    call.show(erasing.erase(call.workspace, sha256, at=call.at, **given))


@command
@click.option(
    "--kind",
    type=click.Choice(["nominations", "originals", "receipts"]),
    default="nominations",
    help="类别：nominations 未被采用的推荐表（默认），originals 已采用的报送原件，receipts 回执和退回件。",
)
@click.option("--appraisal", default="", help="鉴定意见（谁鉴定、何时、文号）；已采用的原件、回执和退回件须有。")
@click.option("--reason", default="", help="理由。")
@click.option("--basis", default="", help="法律依据；不填即为保管期限的依据。")
@click.option("--approver", default="", help="批准人。")
@click.option("--yes", "is_confirmed", is_flag=True, help="已逐件核对并经批准，确认销毁。")
def destroy(call: Call, *, is_confirmed: bool, **given: str) -> None:
    """到期销毁：列出保管期满、应当销毁的原件；核对并经批准后加 --yes 销毁，留下删除记录。

    \b
    例：taizhang destroy
    例：taizhang destroy --yes --reason 保管期满 --approver 王五
    例：taizhang destroy --kind receipts --yes --reason 保管期满 --appraisal 鉴定小组2028年第3号意见 --approver 王五
    """
    from engine.workflow import erasing

    call.show(erasing.destroy(call.workspace, at=call.at, is_confirmed=is_confirmed, **given))


@command
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, help="理由（诉讼、复议、调查）。")
@click.option("--approver", required=True, help="批准人。")
@click.option("--release", "is_released", is_flag=True, help="解除；未了事项引起的暂缓也一并解除。")
def hold(call: Call, name: str, reason: str, approver: str, is_released: bool) -> None:
    """暂缓销毁：涉诉、复议或调查中的原件到期也不销毁。ID 是回执号或 SHA-256。

    \b
    例：taizhang hold SJ-2026-421200-00001 --reason 行政复议 --approver 王五
    """
    from engine.workflow import erasing

    call.show(erasing.hold(call.workspace, name, at=call.at, reason=reason, approver=approver, is_released=is_released))


@command
@click.option("-o", "output", type=FILE, required=True, help="备份文件。", metavar="FILE")
def backup(call: Call, output: Path) -> None:
    """备份整个工作文件夹。

    \b
    例：taizhang backup -o 备份20260601.zip
    """
    from engine.workflow import collect

    call.show(collect.backup(call.workspace, output, at=call.at))


@command
@click.argument("source", type=EXISTING, metavar="FILE")
@click.argument("directory_", type=FILE, metavar="DIR")
def restore(call: Call, source: Path, directory_: Path) -> None:
    """从备份恢复到一个新文件夹。

    \b
    例：taizhang restore 备份20260601.zip 恢复
    """
    from engine.workflow import collect

    call.show(collect.restore(source, directory_))


@command
@click.option("--port", type=click.IntRange(0, 65535), help="端口（默认 8765，被占用时自动换一个）。", metavar="N")
@click.option("--no-browser", "opens_browser", flag_value=False, default=True, help="不自动打开浏览器。")
def desk(call: Call, port: int | None, *, opens_browser: bool) -> None:
    """打开网页收件台：拖入文件收表，看进度，签发报送；只有本机可以访问。

    \b
    例：taizhang desk -C 咸宁市2026
    """
    from desk import server

    server.serve(call.workspace, now=call.now, announce=call.tell, port=port, opens_browser=opens_browser)


# ---- the way in ----------------------------------------------------------------------------------------------------


def prepare_console() -> None:
    """Never fail on a console that lacks a character (GBK pipes)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    prepare_console()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return taizhang(given, prog_name="taizhang", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断，已登记的内容没有受影响。", err=True)
        return 3
    except Exception as error:
        found = explain(error)
        if found is None:
            raise
        sentence, hint, code = found
        if "--json" in given:
            click.echo(json.dumps({"error": sentence, "hint": hint, "exit": code}, ensure_ascii=False))
        click.echo(f"错误：{sentence}" + (f"\n提示：{hint}" if hint else ""), err=True)
        return code


def main() -> None:
    """The console script."""
    sys.exit(run())


if __name__ == "__main__":
    main()
