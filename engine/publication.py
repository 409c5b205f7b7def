"""A result as it stands published: since which day, at which address, and who said so (R14, R35; decisions 33).

`engine.publish` decides what is published; here is only what was: by this office, or as an office below reported it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.model import Refused
from engine.values import Row, text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.publish import Entry

EXAMPLE = "https://sfj.example.gov.cn/gs/2026.html"
_NAME = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published result: first day, newest address ('' when nobody said), and the reference of who said it."""

    on: str
    url: str = ""
    ref: tuple[str, str, str]

    def document(self) -> dict[str, str]:
        """Return it as a package carries it upward."""
        return {"published_on": self.on, "published_url": self.url}


def address(said: str) -> str:
    """Return a public address without outer blanks, '' for none. Raises Refused, in words for a clerk, for anything else."""
    url = said.strip()
    fault = _fault(url) if url else ""
    if fault:
        raise Refused(f"公示网址{fault}。", f"请写公示页面的完整网址，例如 {EXAMPLE}；还不知道网址可以不写，以后补记。")
    return url


def _fault(url: str) -> str:
    """Return what is wrong with an address, as the end of a sentence; '' for nothing. A password is never repeated."""
    longest = loader.template("T11").sheet("control").field("published_url").max_length
    if longest is not None and len(url) > longest:
        return f"超过 {longest} 个字"
    if any(one.isspace() or not one.isprintable() for one in url):
        return f"“{' '.join(url.split())}”中间有空格或换行"
    try:
        parts = urlsplit(url)
        host, has_login, _ = parts.hostname or "", "@" in parts.netloc, parts.port
    except ValueError:
        return f"“{url}”写法不对"
    if has_login:
        return "不能带用户名或密码"
    if parts.scheme not in ("http", "https") or not host:
        return f"“{url}”不是以 https:// 或 http:// 开头的网址"
    try:
        return "" if ipaddress.ip_address(host).is_global else f"“{url}”是内部网络的地址，公众打不开"
    except ValueError:
        names = host.rstrip(".").split(".")
    is_public = len(names) > 1 and all(_NAME.fullmatch(one) for one in names) and not names[-1].isdigit()
    return "" if is_public else f"“{url}”里的“{host}”不是网站域名"


def of_editions(editions: Mapping[str, Row]) -> dict[str, Publication]:
    """Return task id -> publication by the editions of one office, kept by number: the first day, the newest address said."""
    found: dict[str, Publication] = {}
    for number, edition in sorted(editions.items()):
        url = text(edition.get("url"))
        for name, row in edition["tasks"].items():
            said = Publication(on=text(row["published_on"]), url=url, ref=("publication", "", number))
            before = found.get(name)
            found[name] = said if before is None else replace(said, on=before.on) if url else before
        for name in edition.get("withdrawn", ()):
            found.pop(name, None)
    return found


def of_package(package: str, told: object) -> dict[str, Publication]:
    """Return task id -> publication as a package (its SHA-256) tells it; packages of earlier programs tell the day alone.

    What came from elsewhere is not trusted: an address that `address` would refuse counts as none.
    """
    found = {}
    for name, said in told.items() if isinstance(told, dict) else ():
        given = said if isinstance(said, dict) else {"published_on": said}
        url = text(given.get("published_url"))
        found[name] = Publication(
            on=text(given.get("published_on")),
            url=url if url and not _fault(url) else "",
            ref=("package", "published", f"{package}/{name}"),
        )
    return found


def of_results(rows: Iterable[Row]) -> dict[str, Publication]:
    """Return task id -> publication as offices without this program typed it into their results (T10), each with its reference."""
    found = {}
    for row in rows:
        on, url = text(row.get("published_on")), text(row.get("published_url"))
        if on:
            found[text(row["task_id"])] = Publication(
                on=on, url=url if url and not _fault(url) else "", ref=row["_ref"]
            )
    return found


def without_address(entries: Iterable[Entry], standing: Mapping[str, Publication]) -> dict[str, list[str]]:
    """Return inspecting unit -> task ids that stand published without an address, which the notice wants on the organ's portal."""
    found: dict[str, list[str]] = {}
    for one in entries:
        if one.task_id in standing and not standing[one.task_id].url:
            found.setdefault(one.unit, []).append(one.task_id)
    return found
