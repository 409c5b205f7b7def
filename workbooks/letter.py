"""Writes official letters as .docx in the layout of GB/T 9704-2012: 报送函, 公告, 通知书. Equal input gives equal bytes.

A4, top margin 37 mm, binding edge 28 mm, type area 156 × 225 mm; title 2号小标宋, body 3号仿宋, 28 points a line, the page
number 4号宋体 between dashes. The fonts are named, not embedded: offices have them.
"""

from __future__ import annotations

import functools
import io
import re
import zipfile
from copy import deepcopy
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbooks.register import width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TITLE_FONT, _BODY_FONT, _HEAD_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体"
_AREA = 156
"""Millimetres across the type area."""
_CHARACTER, _MARGINS, _SHORT, _WRITTEN = 1.9, 5, 12, 120
"""Millimetres of a half-width character and of a cell's margins; what counts as short; what a column to write in counts as."""
_STYLES = frozenset(("TableGrid", "Header", "HeaderChar", "Footer", "FooterChar"))
_UNUSED = ("/stylesWithEffects", "/thumbnail")
_STAMP = (2026, 1, 1, 0, 0, 0)
_CHAPTER = re.compile(r"第[一二三四五六七八九十]+章　")
_SECTION = re.compile(r"[一二三四五六七八九十]、.{0,17}$")


def write(
    *,
    title: str,
    paragraphs: Sequence[str],
    addressee: str = "",
    sender: str = "",
    date: str = "",
    number: str = "",
    attachments: Sequence[str] = (),
    table: Sequence[Sequence[str]] = (),
    more: Sequence[tuple[str, Sequence[Sequence[str]]]] = (),
    note: str = "",
    room: Mapping[str, int] | None = None,
) -> bytes:
    """Return the document; `number` is the line of the document number, `table` has its headings in the first row,
    `more` are further tables, each after a line that says what it is; `note` is a small line at the foot. `room`: millimetres for rows of the table to be written in, by their first cell.
    """
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    document = docx.Document(io.BytesIO(_blank()))
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    _number_pages(page)
    for text, font, size, align in (
        (title, _TITLE_FONT, 22, WD_ALIGN_PARAGRAPH.CENTER),
        (number, _BODY_FONT, 16, WD_ALIGN_PARAGRAPH.CENTER),
    ):
        if text:
            _line(document, text, font=font, size=size, align=align)
    _line(document, "", size=16)
    if addressee:
        _line(document, f"{addressee}：")
    for text in paragraphs:
        if text:
            is_chapter = bool(_CHAPTER.match(text))
            is_head = is_chapter or bool(_SECTION.match(text))
            _line(
                document,
                text,
                font=_HEAD_FONT if is_head else _BODY_FONT,
                indent=not is_chapter,
                align=WD_ALIGN_PARAGRAPH.CENTER if is_chapter else None,
            )
    if table:
        _table(document, table, room or {})
    for lead, rows in more:
        _line(document, lead, font=_HEAD_FONT if _SECTION.match(lead) else _BODY_FONT, indent=True)
        _table(document, rows, room or {})
    for place, text in enumerate(attachments, 1):
        lead = "附件：" if place == 1 else "　　　"
        _line(document, f"{lead}{place}. {text}" if len(attachments) > 1 else f"{lead}{text}", indent=True)
    _line(document, "", size=16)
    for text in (sender, date):
        if text:
            _line(document, f"{text}　　", align=WD_ALIGN_PARAGRAPH.RIGHT)
    if note:
        _line(document, note, size=9)
    properties = document.core_properties
    properties.author, properties.title, properties.language = "台账", title, "zh-CN"
    properties.created = properties.modified = datetime(*_STAMP)
    properties.last_modified_by, properties.comments = "", ""
    out = io.BytesIO()
    document.save(out)
    return _steady(out.getvalue())


@functools.cache
def _blank() -> bytes:
    """Return an empty document that speaks Chinese, without what nobody here uses: a hundred styles, their copy for Word 2007,
    a picture of the page. A letter is half as long to write, and a tenth as large.
    """
    import docx
    from docx.oxml.ns import qn

    document = docx.Document()
    _speak_chinese(document)
    styles = document.styles.element
    for style in list(styles.iter(qn("w:style"))):
        if style.get(qn("w:default")) != "1" and style.get(qn("w:styleId")) not in _STYLES:
            styles.remove(style)
    for links in (document.part.rels, document.part.package.rels):
        for name in [name for name, link in links.items() if link.reltype.endswith(_UNUSED)]:
            del links[name]
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _speak_chinese(document: Any) -> None:
    """Say that the text is Chinese of the mainland: otherwise punctuation may get the shapes of another region."""
    from docx.oxml.ns import qn

    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")


def _number_pages(page: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    page.footer_distance = page.bottom_margin - Mm(12)
    paragraph = page.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", "宋体", 14)
    _run(paragraph, "", "宋体", 14)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    field.append(paragraph.runs[-1]._element)
    paragraph._element.append(field)
    _run(paragraph, " —", "宋体", 14)


def _line(
    document: Any, text: str, *, font: str = _BODY_FONT, size: float = 16, align: Any = None, indent: bool = False
) -> None:
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(36 if size > 20 else 28)
    if indent:
        form.first_line_indent = Pt(2 * size)
    if align is not None:
        paragraph.alignment = align
    _run(paragraph, text, font, size)


def _run(paragraph: Any, text: str, font: str, size: float) -> None:
    run = paragraph.add_run(text)
    run._element.insert(0, deepcopy(_characters(font, size)))


@lru_cache(maxsize=32)
def _characters(font: str, size: float) -> Any:
    """Return the properties of a run in this font and size: a letter has hundreds of runs and few kinds of them."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt
    from docx.text.run import Run

    run = Run(OxmlElement("w:r"), None)  # type: ignore[arg-type]
    run.font.name, run.font.size = "Times New Roman", Pt(size)
    # The East-Asian font is a second attribute beside the Latin one.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run._element.rPr


def _table(document: Any, rows: Sequence[Sequence[str]], room: Mapping[str, int]) -> None:
    """Add a table as wide as the type area: headings on every page, no row over two pages, columns as wide as their text."""
    from docx.shared import Mm
    from docx.text.paragraph import Paragraph

    grid = document.add_table(rows=0, cols=len(rows[0]))
    grid.style = "Table Grid"
    grid.autofit = False
    widths = _widths(rows)
    for column, share in zip(grid.columns, widths, strict=True):
        column.width = Mm(share)
    lines: dict[tuple[bool, int], Any] = {}
    for place, row in enumerate(rows):
        kind = place == 0, room.get(str(row[0]), 8)
        if kind not in lines:  # rows of one kind differ in their words only: the others are copies of the first
            lines[kind] = _line_of(grid, widths, is_head=kind[0], height=kind[1])
        line = deepcopy(lines[kind])
        grid._tbl.append(line)
        for cell, text in zip(line.tc_lst, row, strict=True):
            _run(Paragraph(cell.p_lst[0], grid), str(text), _HEAD_FONT if place == 0 else _BODY_FONT, 10.5)


def _line_of(grid: Any, widths: Sequence[float], *, is_head: bool, height: int) -> Any:
    """Return a row of the table without words, taken out of it again."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.shared import Mm

    line = grid.add_row()
    line.height = Mm(height)
    _mark(line, "cantSplit")
    if is_head:
        _mark(line, "tblHeader")
    for cell, share in zip(line.cells, widths, strict=True):
        cell.width = Mm(share)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        cell.paragraphs[0].paragraph_format.space_after = Mm(0)
    grid._tbl.remove(line._tr)
    return line._tr


def _mark(line: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    line._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return the millimetres of each column: a short one in one line, the others by what stands in them, blanks to write in wide.

    A text of four lines needs twice, not four times the width of one of a single line: so shares go by the root.
    """
    wanted = []
    for column in zip(*rows, strict=True):
        widest = max(width(one) for one in column)
        to_write = all(not str(one) for one in column[1:]) and len(column) > 1
        wanted.append((_WRITTEN if to_write else widest, widest * _CHARACTER + _MARGINS))
    narrow = {place: line for place, (many, line) in enumerate(wanted) if many <= _SHORT}
    left = _AREA - sum(narrow.values())
    roots = {place: many**0.5 for place, (many, _) in enumerate(wanted) if place not in narrow}
    if not roots or left < _AREA / 4:
        return [_AREA * line / sum(line for _, line in wanted) for _, line in wanted]
    return [narrow.get(place) or left * roots[place] / sum(roots.values()) for place in range(len(wanted))]


def _steady(data: bytes) -> bytes:
    """Return the package with its parts sorted and dated alike, so that equal documents are equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()
