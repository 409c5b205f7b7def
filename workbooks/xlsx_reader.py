"""The first reader: one guarded, sparse pass over an xlsx or xlsm package with zip and expat of the standard library.

Reads only what is asked: sheets named in `skip` are listed but stay empty. Macros, external links and embedded
objects are noticed and never opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from workbooks import xlsx_parts as parts
from workbooks.addresses import split_address
from workbooks.gate import Package, resolve
from workbooks.model import Book, Grid, Problem, WorkbookError
from workbooks.tints import THEME
from workbooks.xlsx_sheet import SheetReader
from workbooks.xlsx_styles import Style, read_styles, read_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

T = TypeVar("T")
_ANCHORS = (b"oneCellAnchor>", b"twoCellAnchor>", b"absoluteAnchor>")


def read(package: Package, skip: Collection[str] = ()) -> Book:
    """Return the book of an xlsx or xlsm package.

    Raises WorkbookError: DR-F015 (a main part is damaged), F016 (no sheet) and the gate's F9xx.
    """
    return _Reader(package).book(skip)


class _Reader:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.problems: list[Problem] = []
        self.part = parts.workbook_part(package)
        self.workbook = parts.read_workbook(package, self.part)
        self.relations = parts.relations(package, self.part)
        self._strings: parts.Strings | None = None
        self._styles: tuple[Style, ...] | None = None

    def book(self, skip: Collection[str]) -> Book:
        book = Book(format="xlsx", grids=[], names=self.workbook.names, problems=self.problems)
        footers: list[str] = []
        self._note_dangers()
        for entry in self.workbook.sheets:
            relation = self.relations.get(entry.relation)
            state = {"hidden": "hidden", "veryHidden": "very_hidden"}.get(entry.state, "visible")
            grid = Grid(name=entry.name, state=state)
            book.grids.append(grid)
            if relation is None or relation.type == "worksheet":
                path = relation.target if relation else ""
                if entry.name.strip() not in skip:
                    footers += self._read_sheet(grid, path)
        if not any(self._is_worksheet(entry) for entry in self.workbook.sheets):
            raise WorkbookError("DR-F016", name=self.package.name)
        book.footers = tuple(footers)
        self._read_properties(book)
        self._note_oddities()
        return book

    def _is_worksheet(self, entry: parts.SheetEntry) -> bool:
        relation = self.relations.get(entry.relation)
        return relation is not None and relation.type == "worksheet"

    def _read_sheet(self, grid: Grid, path: str) -> list[str]:
        """Fill `grid` from its part and return its footers."""
        if not path or self.package.find(path) is None:
            raise WorkbookError("DR-F015", name=self.package.name, detail=f"缺少工作表“{grid.name}”的内容")
        reader = SheetReader(self.package.name, grid, self.strings, self.styles, is_1904=self.workbook.is_1904)
        reader.read(self.package.read(path), path)
        if reader.duplicates:
            self.problems.append(Problem("DR-F112", sheet=grid.name, params=(("count", str(reader.duplicates)),)))
        if reader.has_dde:
            self.problems.append(Problem("DR-F106", sheet=grid.name))
        self._read_attachments(grid, path)
        return reader.footers

    def _read_attachments(self, grid: Grid, path: str) -> None:
        """Read what hangs on a sheet: comments and the number of drawings."""
        nothing: dict[str, parts.Relation] = {}
        for relation in self._secondary(path, nothing, lambda: parts.relations(self.package, path)).values():
            if relation.is_external or self.package.find(relation.target) is None:
                continue
            target = relation.target
            if relation.type == "comments":
                silent: dict[str, str] = {}
                found = self._secondary(target, silent, lambda: parts.read_comments(self.package, target))  # noqa: B023
                places = ((split_address(place), text) for place, text in found.items())
                grid.comments.update((place, text) for place, text in places if place)
            elif relation.type == "drawing":
                data = self._secondary(target, b"", lambda: self.package.read(target))  # noqa: B023
                grid.drawings += sum(data.count(anchor) for anchor in _ANCHORS) // 2

    def _read_properties(self, book: Book) -> None:
        package = self.package
        nothing: dict[str, parts.Relation] = {}
        found = self._secondary("_rels/.rels", nothing, lambda: parts.relations(package, ""))
        where = {relation.type: relation.target for relation in found.values()}
        custom = where.get("custom-properties", "docProps/custom.xml")
        core = where.get("core-properties", "docProps/core.xml")
        extended = where.get("extended-properties", "docProps/app.xml")
        book.properties = self._secondary(custom, {}, lambda: parts.read_custom_properties(package, custom))
        book.keywords = self._secondary(core, "", lambda: parts.read_text(package, core, "keywords"))
        book.application = self._secondary(extended, "", lambda: parts.read_text(package, extended, "Application"))

    def strings(self) -> parts.Strings:
        """Return the shared strings, read when the first sheet asks for them."""
        if self._strings is None:
            path = self._related("sharedStrings", "sharedStrings.xml")
            self._strings = parts.read_strings(self.package, path) if self.package.find(path) else parts.Strings()
        return self._strings

    def styles(self) -> tuple[Style, ...]:
        """Return the cell formats, read when the first sheet asks for them."""
        if self._styles is None:
            path = self._related("styles", "styles.xml")
            themed = self._related("theme", "theme/theme1.xml")
            theme = self._secondary(
                themed, THEME, lambda: read_theme(self.package.read(themed), self.package.name, themed)
            )
            plain: tuple[Style, ...] = ()
            self._styles = self._secondary(path, plain, lambda: read_styles(self.package, path, theme))
        return self._styles

    def _related(self, kind: str, usual: str) -> str:
        targets = (one.target for one in self.relations.values() if one.type == kind)
        return next(targets, resolve(self.part, usual))

    def _secondary(self, path: str, default: T, read: Callable[[], T]) -> T:
        """Return what `read` gives; a missing part gives `default`, a damaged one `default` and a problem."""
        try:
            return read()
        except KeyError:
            return default
        except WorkbookError as error:
            if error.code not in ("DR-F015", "DR-F911"):
                raise
            self.problems.append(parts.damaged(path))
            return default

    def _note_dangers(self) -> None:
        """Note what is never opened: macros, links to other files, embedded objects."""
        names = [name.lower() for name in self.package.names]
        macros = [name for name in names if name.endswith("vbaproject.bin") or "/macrosheets/" in name]
        links = [name for name in names if "/externallinks/" in name and name.endswith(".xml")]
        objects = [name for name in names if "/embeddings/" in name or "/activex/" in name]
        if macros:
            self.problems.append(Problem("DR-F103", params=(("part", macros[0]),)))
        if links:
            self.problems.append(Problem("DR-F104", params=(("count", str(len(links))),)))
            if any(self._is_dde(link) for link in links):
                self.problems.append(Problem("DR-F106"))
        if objects:
            self.problems.append(Problem("DR-F105", params=(("count", str(len(objects))),)))

    def _is_dde(self, link: str) -> bool:
        return b"ddeLink" in self._secondary(link, b"", lambda: self.package.read(link))

    def _note_oddities(self) -> None:
        if self.workbook.is_strict:
            self.problems.append(Problem("DR-F109"))
        if self.workbook.is_1904:
            self.problems.append(Problem("DR-F110"))
