"""The public draw at a terminal: codes of the holders, numbers of the day, who is there; what is missing is asked for."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.arguments import EXISTING, pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.call import Call

SAY_NUMBERS = {
    "onsite": "现场号码：请每位见证人当场写下号码，不得事先商定，逐一录入。",
    "public": "公开号码：请当众打开开奖公告和 drand 网站，逐项录入；取不到的 drand 轮次写“无法取得”。",
}
MISSING = ("unavailable", "无法取得")


def with_codes(function: Callable[..., None]) -> Callable[..., None]:
    """Let a step of a draw take its codes from the holders' files or from their sealed slips."""
    file = click.option(
        "--holder", "holders", multiple=True, type=EXISTING, help="保管人文件（两份都要）。", metavar="FILE"
    )
    slip = click.option(
        "--code",
        "codes",
        multiple=True,
        callback=pairs,
        help="密封条上的校验码，代替该保管人的文件（可重复）。",
        metavar="保管人=校验码",
    )
    return file(slip(function))


def fresh_secrets(holders: int) -> Any:
    """Return new secrets for the holders; the only place where chance enters the program."""
    import secrets

    from engine.campaign import Secrets

    return Secrets(holders=tuple(secrets.token_bytes(32) for _ in range(holders)), salt=secrets.token_bytes(32))


def ceremony(call: Call, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return `given` (numbers, holders, codes, people) with what was missing asked for on a terminal, step by step.

    In a pipe nothing is asked: missing files are a mistake of use, missing numbers are for the protocol to refuse.
    """
    if not sys.stdin.isatty():
        if not given["holders"] and not given["codes"]:
            raise click.UsageError("缺少保管人文件：请用 --holder 给出两份文件，或用 --code 录入密封条。")
        return given
    from engine.workflow.stage import Stage

    stage = Stage(call.workspace, name)
    stage.require_undrawn()
    say = partial(click.echo, err=True)
    say(f"第一步　名单：{stage.name} 已于 {stage.commit['created_at']} 锁定。请当众核对校验码与公告一致：")
    say(f"  {stage.frozen['commitment']}")
    people, numbers, codes = given["people"], given["numbers"], given["codes"]
    asked = {"operator": "操作人", "supervisor": "监督人"}
    people |= {key: click.prompt(f"  {label}", err=True) for key, label in asked.items() if not people[key]}
    if not numbers:
        say(f"第二步　{SAY_NUMBERS[stage.commit['entropy']['profile']]}")
        sources = stage.commit["entropy"]["sources"]
        numbers |= {one["id"]: asked_number(one) for one in sources if not one.get("reserve_for")}
        spare = [one for one in sources if numbers.get(one.get("reserve_for")) in MISSING]
        numbers |= {one["id"]: asked_number(one) for one in spare}
    if not given["holders"] and not codes:
        say("第三步　校验码：请保管人依次给出保管人文件的位置（U 盘），或当众拆封，念出本步密封条上的校验码。")
        answers = {one["holder"]: asked_code(one["holder"]) for one in stage.commit["otc"]["chains"]}
        codes |= {holder: answer for holder, answer in answers.items() if isinstance(answer, str)}
        given["holders"] = tuple(answer for answer in answers.values() if isinstance(answer, Path))
    return given


def asked_code(holder: str) -> Path | str:
    """Return a holder's file, or the 64 letters and digits of a sealed slip; anything else is asked for again."""

    def either(typed: str) -> Path | str:
        shown = "".join(typed.split())
        if len(shown) == 64 and all(one in "0123456789abcdefABCDEF" for one in shown):
            return shown
        return EXISTING.convert(typed.strip(), None, None)

    return click.prompt(f"  保管人 {holder} 的文件或校验码", value_proc=either, err=True)


def asked_number(source: dict[str, Any]) -> str:
    """Return what was typed for one source; a number of fixed length must have all its digits, else it is asked again."""
    from engine.sources import named

    label = f"  {named(source)}"
    if source["kind"] == "hex":
        return click.prompt(f"{label}，粘贴网站给出的 JSON 或 signature", err=True)
    if source["kind"] == "numbers":
        return click.prompt(f"{label}，{source['pick']} 个 1 到 {source['of']} 的号码，用空格隔开", err=True)
    if source["below"] != 10 ** len(str(source["below"] - 1)):
        return click.prompt(f"{label}，0 到 {source['below'] - 1} 的一个数", err=True)
    digits = len(str(source["below"] - 1))

    def whole(typed: str) -> str:
        shown = "".join(typed.split())
        if not (shown.isascii() and shown.isdigit() and len(shown) == digits):
            raise click.BadParameter(f"须为 {digits} 位数字（可用 0 开头），请补足后重新录入。")
        return shown

    return click.prompt(f"{label}，{digits} 位数字", value_proc=whole, err=True)
