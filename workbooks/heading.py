"""Finds the heading of a table: by the hidden key row, else by the words of the headings (intake H, dirt 35-41)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from schemas.loader import templates

if TYPE_CHECKING:
    from schemas.declare import Sheet
    from workbooks.model import Cell, Grid

ROW_KEY, CHECK_KEY, EXPLAIN_KEY = "_row", "_check", "_explain"
OWN_KEYS = frozenset((ROW_KEY, CHECK_KEY, EXPLAIN_KEY))
# How deep a heading may stand below pasted titles and remarks.
_SEARCH_ROWS = 40
_TRADITIONAL = str.maketrans(
    "執證號碼單稱類別職務電話聯繫專業領術資質發時間備註項檢對機構統會級屬區縣劃編據結論問題違規處罰況責員據實內容標準"
    "範圍辦審報簽覽錄頻後層學歷團體聘任應回避個與親關係變動離調轉辭狀態計劃總數實際開滿級調評見網站鏈訴訟複議移送門戶",
    "执证号码单称类别职务电话联系专业领术资质发时间备注项检对机构统会级属区县划编据结论问题违规处罚况责员据实内容标准"
    "范围办审报签览录频后层学历团体聘任应回避个与亲关系变动离调转辞状态计划总数实际开满级调评见网站链诉讼复议移送门户",
)
# Below this share of common keys a key row belongs to another sheet.
FIT = 0.3
_COMMON_HEADS = (
    "序号", "编号", "姓名", "性别", "年龄", "单位", "单位名称", "部门", "科室", "职务", "职称", "电话", "手机", "手机号", "手机号码",
    "联系电话", "办公电话", "联系人", "联络员", "地址", "邮箱", "电子邮箱", "时间", "日期", "数量", "人数", "金额", "类别", "项目", "内容",
    "名称", "事项", "区域", "县区", "县市区", "备注", "说明", "qq", "微信", "传真", "邮编",
)  # fmt: skip
_KEY = re.compile(r"#([A-Za-z_][A-Za-z0-9_]*)")
_NOISE = re.compile(r"[\s*※★☆:：、,，.。·_\-—\"'“”‘’]+")
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")


@dataclass(slots=True)
class Heading:
    """Where a table starts and which column means what.

    `columns` key -> column (without our own `_row`, `_check`, `_explain`, which stand in `own`), `doubled` key -> all
    its columns, `titles` column -> heading text, `first` the first data row, `score` share of the declared fields found.
    """

    columns: dict[str, int]
    own: dict[str, int]
    doubled: dict[str, list[int]]
    titles: dict[int, str]
    first: int
    title_row: int
    score: float
    has_keys: bool
    above: frozenset[str] = field(default_factory=frozenset)


def normalise(text: str) -> str:
    """Return a heading in its plainest form: half width, simplified, no blanks, stars or punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).translate(_TRADITIONAL).lower()


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, str]:
    """Return the normal form of a heading with and without what stands in brackets (units, 必填)."""
    plain = unicodedata.normalize("NFKC", text)
    return normalise(plain), normalise(_BRACKETS.sub("", plain))


@lru_cache(maxsize=256)
def index(sheet: Sheet) -> dict[str, str]:
    """Return normal form -> field key for all titles and aliases of a sheet."""
    found: dict[str, str] = {"序号": ROW_KEY}
    for one in sheet.fields:
        for title in (one.title, *one.aliases):
            for form in words(title):
                found.setdefault(form, one.key)
    return found


@lru_cache(maxsize=1)
def heading_words() -> frozenset[str]:
    """Return the normal forms of words that head a column: the titles of every template, and what lists beside it have."""
    return frozenset(
        form
        for one in templates().values()
        if one.code != "T00"  # the words of the cover stand in lines of signatures
        for sheet in one.sheets
        for field_ in sheet.fields
        for form in words(field_.title)
    ) | frozenset(_COMMON_HEADS)


def key_row(grid: Grid) -> tuple[int, dict[int, str]] | None:
    """Return (row, column -> key) of the first row near the top that looks like a key row, or None."""
    for number, row in grid.rows.items():
        if number > _SEARCH_ROWS:
            break
        if any(cell.text[:1] == "#" for cell in row.values()):
            keys = {column: _KEY.fullmatch(cell.text.strip()) for column, cell in row.items()}
            found = {column: match[1].lower() for column, match in keys.items() if match}
            if len(found) > 1:
                return number, found
    return None


def fit(keys: set[str], sheet: Sheet) -> float:
    """Return how well a set of keys fits a sheet: 1.0 when they are the same fields."""
    own = keys - OWN_KEYS
    hits = sum(one.key in own for one in sheet.fields)
    return hits / (len(own) + len(sheet.fields) - hits) if own else 0.0


def by_keys(grid: Grid, sheet: Sheet, number: int, keys: dict[int, str]) -> Heading | None:
    """Return the heading over a key row, if the keys fit at least three tenths of the sheet."""
    score = fit(set(keys.values()), sheet)
    if score <= FIT:
        return None
    declared = {one.key for one in sheet.fields} | OWN_KEYS
    meant = {column: key for column, key in keys.items() if key in declared}
    return _heading(grid, meant, _titles_above(grid, number), number, score, has_keys=True)


def _titles_above(grid: Grid, key_row: int) -> dict[int, str]:
    """Return the heading texts over a key row; a merged heading of two rows speaks for each of its columns."""
    above = [number for number in grid.rows if number < key_row]
    if not above:
        return {}
    return {column: cell.text for column, cell in grid.rows[above[-1]].items() if cell.text}


def by_titles(grid: Grid, sheet: Sheet) -> Heading | None:
    """Return the heading found by its words, if at least half of the declared fields (and two) are there."""
    known = index(sheet)
    wanted = sum(not one.computed for one in sheet.fields)
    best = None
    numbers = [number for number in grid.rows if number <= _SEARCH_ROWS]
    for position, number in enumerate(numbers):
        row = grid.rows[number]
        meant = _meanings(row, known)
        if len(set(meant.values()) - {ROW_KEY}) < 2:
            continue
        last, titles = number, {column: cell.text for column, cell in row.items() if cell.text}
        below = numbers[position + 1] if position + 1 < len(numbers) else None
        if below == number + 1:  # a heading of two rows: the lower one names what the upper one groups
            extra = _meanings(grid.rows[below], known)
            if len(extra) > 1 and not set(extra.values()) & set(meant.values()):
                meant = {**meant, **extra}
                titles.update({column: grid.rows[below][column].text for column in extra})
                last = below
        score = len(set(meant.values()) - OWN_KEYS) / max(wanted, 1)
        if score >= 0.5 and (best is None or score > best.score):
            best = _heading(grid, meant, titles, last, min(score, 1.0), has_keys=False, title_row=number)
    return best


def _meanings(row: dict[int, Cell], known: dict[str, str]) -> dict[int, str]:
    """Return column -> key of the cells of a row whose words are known."""
    found = {}
    for column, cell in row.items():
        if cell.kind == "text" and len(cell.text) <= 60:
            full, short = words(cell.text)
            key = known.get(full) or known.get(short)
            if key is not None:
                found[column] = key
    return found


def _heading(
    grid: Grid,
    meant: dict[int, str],
    titles: dict[int, str],
    last: int,
    score: float,
    *,
    has_keys: bool,
    title_row: int | None = None,
) -> Heading:
    places: dict[str, list[int]] = {}
    for column, key in sorted(meant.items()):
        places.setdefault(key, []).append(column)
    numbers = [number for number in grid.rows if number < last]
    title_row = title_row if title_row is not None else (numbers[-1] if numbers else last)
    above = {cell.text for number in numbers if number < title_row for cell in grid.rows[number].values() if cell.text}
    return Heading(
        columns={key: columns[0] for key, columns in places.items() if key not in OWN_KEYS},
        own={key: columns[0] for key, columns in places.items() if key in OWN_KEYS},
        doubled={key: columns for key, columns in places.items() if len(columns) > 1 and key not in OWN_KEYS},
        titles=titles,
        first=last + 1,
        title_row=title_row,
        score=score,
        has_keys=has_keys,
        above=frozenset(above),
    )


def is_transposed(grid: Grid, sheet: Sheet) -> int | None:
    """Return the column that holds the headings of a table turned on its side, or None."""
    known = index(sheet)
    counts: dict[int, set[str]] = {}
    for number, row in grid.rows.items():
        if number > _SEARCH_ROWS:
            break
        for column, key in _meanings(row, known).items():
            counts.setdefault(column, set()).add(key)
    for column, keys in sorted(counts.items()):
        if len(keys - OWN_KEYS) >= max(3, len(sheet.fields) // 2):
            return column
    return None
