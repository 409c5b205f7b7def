"""For every code about sheets, headings, identity and units: a workbook that is told, and the nearest that is not."""

import io
from functools import partial

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from samples_cells import codes, typed

from engine import intake
from schemas import loader
from simulate.dirt import files, office
from simulate.dirt.case import Dirt, Outcome, columns, open_form, saved, spoiled, table
from simulate.dirt.files import replaced, with_cell
from workbooks import template
from workbooks.template import identity_of

T06 = "T06"
OWN = identity_of(loader.template(T06), unit=office.COUNTY, year=office.YEAR).text()
FORMULA = '<c r="C5" t="str"><f>{}</f><v>股长</v></c>'


def book(form, spoil, **rest):
    """Spoil a sound workbook through openpyxl and return the codes told."""
    opened = open_form(form)
    spoil(opened)
    return codes(form, saved(opened), **rest)


def put(**cells):
    """Type values into the data sheet by address."""

    def act(opened):
        for place, value in cells.items():
            table(opened)[place] = value

    return act


def nothing(_):
    """Leave the workbook as it is."""


def rename(name):
    return lambda opened: setattr(table(opened), "title", name)


def copy_sheet(opened):
    opened.copy_worksheet(table(opened)).title = "推荐人员副本"


def extra_rows(count):
    def act(opened):
        sheet = opened.create_sheet("底稿")
        for at in range(count):
            sheet.append([at, "底稿内容"])

    return act


def hide(kind, place):
    def act(opened):
        sheet = table(opened)
        getattr(sheet, f"{kind}_dimensions")[place].hidden = True

    return act


def strike(last):
    def act(opened):
        for column in range(2, last + 1):
            table(opened).cell(5, column).font = Font(strike=True)

    return act


def paint(last, colour):
    def act(opened):
        for number in range(5, last + 1):
            table(opened).cell(number, 3).fill = PatternFill("solid", fgColor=colour)

    return act


def insert(at, values=()):
    def act(opened):
        table(opened).insert_rows(at)
        for column, value in enumerate(values, 1):
            table(opened).cell(at, column).value = value

    return act


def repeated_heading(opened):
    table(opened).insert_rows(6)
    for column in range(1, 11):
        table(opened).cell(6, column).value = table(opened).cell(3, column).value


def example(edited):
    def act(opened):
        table(opened).insert_rows(5)
        fields = loader.template(T06).sheets[0].fields
        for column, one in enumerate(fields, 2):
            table(opened).cell(5, column).value = one.example or None
        if edited:
            table(opened).cell(5, 2).value, table(opened).cell(5, 6).value = "苏晓晴", "42122100188"

    return act


def merge(form, place):
    return lambda opened: table(opened).merge_cells(place)


def side_by_side(opened, *, with_heading=True):
    sheet = table(opened)
    for number in (3, 4, 5, 6) if with_heading else (5,):
        for column in range(2, 11) if with_heading else (2,):
            sheet.cell(number, column + 10).value = sheet.cell(number, column).value


def transposed(opened):
    sheet = table(opened)
    block = [[sheet.cell(row, column).value for column in range(2, 11)] for row in (3, 5, 6)]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.delete_rows(1, sheet.max_row)
    for column, values in enumerate(block, 2):
        for row, value in enumerate(values, 3):
            sheet.cell(row, column).value = value


def comment(text):
    return lambda opened: setattr(table(opened)["B5"], "comment", Comment(text, "某人"))


def drawing(sheet):
    """Put a drawing (a chart) onto a sheet."""

    def act(opened):
        from openpyxl.chart import BarChart

        opened.worksheets[sheet].add_chart(BarChart(), "L5")

    return act


def beyond(row):
    def act(opened):
        sheet = table(opened)
        for column in range(2, 11):
            sheet.cell(row, column).value, sheet.cell(6, column).value = sheet.cell(6, column).value, None

    return act


def drop_column(at):
    return lambda opened: table(opened).delete_cols(at)


def double_column(opened, *, keys=True):
    sheet = table(opened)
    sheet.cell(3, 12).value = "姓名" if keys else "曾用名"
    sheet.cell(4, 12).value = "#name" if keys else None
    sheet.cell(5, 12).value = "欧阳明远"


def swap_columns(opened):
    sheet = table(opened)
    for number in range(3, sheet.max_row + 1):
        one, other = sheet.cell(number, 2), sheet.cell(number, 3)
        one.value, other.value = other.value, one.value


def swap_contents(opened):
    sheet = table(opened)
    sheet["B5"], sheet["F5"] = sheet["F5"].value, sheet["B5"].value


def no_keys(opened):
    table(opened).delete_rows(4)


def carriers(text, *, all_of_them=False):
    """Let one carrier, or all of them, say something else."""

    def act(opened):
        opened.properties.keywords = text
        if all_of_them:
            opened.custom_doc_props["taizhang_id"].value = text
            opened["_meta"]["B1"].value = text
            table(opened).delete_rows(4)
            for sheet in opened.worksheets:
                sheet.oddFooter.left.text = sheet.oddFooter.right.text = sheet.oddFooter.center.text = None
                for line in sheet.iter_rows():
                    for cell in line:
                        if "表号" in str(cell.value) or "校验码" in str(cell.value):
                            cell.value = None

    return act


def stripped(opened, *, keep_keys):
    """Leave nothing but the copied block, with or without its key row."""
    for name in [one for one in opened.sheetnames if one != table(opened).title]:
        del opened[name]
    for name in list(opened.custom_doc_props.names):
        del opened.custom_doc_props[name]
    for name in list(opened.defined_names):
        del opened.defined_names[name]
    sheet = opened.worksheets[0]
    opened.properties.keywords = None
    sheet.oddFooter.left.text = sheet.oddFooter.right.text = None
    sheet.delete_rows(1, 2)
    if not keep_keys:
        sheet.delete_rows(2)


def stranger(form):
    """Paste the filled sheet of another form, or a sheet of nothing known, into a workbook."""

    def act(opened):
        sheet = opened.create_sheet("另一张表")
        if form is None:
            sheet.append(["品名", "单价"])
            sheet.append(["纸", 3])
            return
        fields = loader.template(form).sheets[0].fields
        sheet.append([])
        sheet.append([])
        sheet.append([None, *(one.title for one in fields)])
        sheet.append(["#_row", *(f"#{one.key}" for one in fields)])
        sheet.append([1, *(one.example or "甲" for one in fields)])

    return act


def cover(key, value):
    def act(opened):
        for line in opened["封面"].iter_rows():
            if line[0].value == f"#{key}":
                line[2].value = value

    return act


def declared(count):
    def act(opened):
        opened["封面"].insert_rows(16)
        for column, value in zip("ABC", ("#row_count", "数据行数", count), strict=True):
            opened["封面"][f"{column}16"] = value

    return act


def sent(form, *, sender="", year=office.YEAR, **rest):
    return codes(form, office.filled(form, office.rows(form), sender=sender, year=year), **rest)


def named(name):
    return codes(T06, office.workbook(T06), name=name)


def version(old):
    return codes(T06, replaced("*", (OWN, OWN.replace("/1.0/", f"/{old}/")), ("版本 1.0", f"版本 {old}")))


def of_nobody(unit):
    own = OWN.replace(office.COUNTY, unit)
    return codes(T06, replaced("*", (OWN, own), (f">{office.COUNTY}<", f">{unit}<")))


def blank(form):
    """Send the empty form."""
    declared_form, unit = loader.template(form), loader.units()[office.COUNTY]
    identity = identity_of(declared_form, unit=unit.code, year=office.YEAR)
    return codes(T06, template.write(declared_form, identity, unit=unit, year=office.YEAR))


def adopted(decision):
    """Adopt the proposal of a returned copy, or keep what was typed, and send it back."""
    wrong = str(office.rows("T02")["targets"][0]["uscc"]).replace("0", "O", 1)
    one = Dirt(kind="", form="T02", key="uscc", typed=wrong, outcome=Outcome.SAME, code="")
    known = intake.Context(unit=office.PROVINCE, year=office.YEAR, today=office.TODAY)
    data = intake.examine([intake.Incoming(name="表.xlsx", data=spoiled("T02", [one]), sha256="0")], known)[0].returned
    opened = openpyxl.load_workbook(io.BytesIO(data))
    sheet = next(one for one in opened.worksheets if one.title == "机构名录")
    sheet.cell(5, columns(sheet)["_check"]).value = decision
    return codes("T02", saved(opened))


PAIRS = {
    "DR-S001": (lambda o: o.remove(table(o)), rename("名单")),
    "DR-S002": (copy_sheet, extra_rows(3)),
    "DR-S003": (rename("Sheet1"), nothing),
    "DR-S004": (lambda o: setattr(table(o), "sheet_state", "hidden"), nothing),
    "DR-S005": (extra_rows(21), extra_rows(20)),
    "DR-S006": (hide("row", 5), hide("row", 12)),
    "DR-S007": (hide("column", "C"), hide("column", "M")),
    "DR-S008": (strike(10), strike(3)),
    "DR-S009": (insert(6), nothing),
    "DR-S026": (paint(5, "FFFF00"), paint(6, "FFFF00")),  # a column in one colour is decoration
    "DR-S010": (repeated_heading, nothing),
    "DR-S011": (put(B8="合计：2人"), nothing),
    "DR-S012": (put(B9="填表人：钱明远"), nothing),
    "DR-S014": (merge(T06, "B5:B6"), merge(T06, "A1:D1")),
    "DR-S016": (put(B6="同上"), put(B6="同尚文")),
    "DR-S017": (side_by_side, partial(side_by_side, with_heading=False)),
    "DR-S018": (transposed, nothing),
    "DR-S027": (put(A8="姓名", B8="联系电话"), put(A8="姓名", B8="13900000004")),
    "DR-S019": (comment("证号待核"), comment(" ")),
    "DR-S020": (drawing(2), drawing(1)),
    "DR-S021": (put(C5='=_xlfn.DISPIMG("ID_ABCDEF",1)'), put(C5="DISPIMG")),
    "DR-S022": (example(edited=False), example(edited=True)),
    "DR-S023": (beyond(15), beyond(14)),
    "DR-S024": (put(A5="1", A6="1"), put(A5="1", A6="2")),
    "DR-S028": (put(C7="（兼执法监督）"), put(C6="科长（兼执法监督）")),
    "DR-S025": (put(O6="此人请核"), put(O6=" ")),
    "DR-H001": (drop_column(3), drop_column(10)),
    "DR-H002": (drop_column(10), nothing),
    "DR-H003": (double_column, partial(double_column, keys=False)),
    "DR-H004": (put(K3="性别", K5="女"), put(K3="性别")),
    "DR-H005": (no_keys, nothing),
    "DR-H006": (swap_columns, nothing),
    "DR-H007": (put(B3="推荐对象"), put(B3="姓　名")),
    "DR-H008": (put(C3="执法证号"), put(C3="职　务")),
    "DR-T001": (partial(stripped, keep_keys=False), partial(stripped, keep_keys=True)),
    "DR-T002": (carriers(OWN.replace("421221", "421222")), carriers(OWN)),
    "DR-T003": (partial(stripped, keep_keys=True), carriers(None)),
    "DR-T004": (carriers(OWN.replace("T06/", "T77/"), all_of_them=True), carriers(None)),
    "DR-T005": (carriers(OWN.rpartition("/")[0] + "/00000000"), carriers(OWN)),
    "DR-T006": (stranger("T06b"), stranger(None)),
    "DR-T103": (cover("unit_level", "市级"), cover("unit_level", "县")),
    "DR-U006": (cover("unit_code", "421222"), cover("unit_code", "421221")),
    "DR-V055": (swap_contents, put(B5="欧阳明")),
    "DR-Q004": (declared(3), declared(2)),
    "DR-Q005": (put(B8="合计：3人"), put(B8="合计：2人")),
}
SAMPLES = {
    **{code: (partial(book, T06, bad), partial(book, T06, good)) for code, (bad, good) in PAIRS.items()},
    "DR-S013": (partial(book, "T01", merge("T01", "D5:D6")), partial(book, "T01", merge("T01", "A1:D1"))),
    "DR-S015": (partial(book, "T01", put(E6="同上")), partial(book, "T01", put(E6="公证机构监管"))),
    "DR-C011": (partial(codes, T06, with_cell("C5", FORMULA.format("C6"))), partial(typed, T06, "post", "股长")),
    "DR-P002": (partial(adopted, "采用建议"), partial(adopted, "保留原值")),
    "DR-U001": (partial(of_nobody, "429999"), partial(of_nobody, "421222")),
    "DR-U002": (partial(sent, T06, sender="420111"), partial(sent, T06, sender="421222")),
    "DR-U003": (partial(sent, T06, year=2025), partial(sent, T06, year=2026)),
    "DR-U004": (partial(sent, T06, sender="421200-NA"), partial(sent, T06, sender="421222")),
    "DR-U007": (partial(sent, T06, unit=office.PROVINCE), partial(sent, T06, unit=office.CITY)),
    "DR-U008": (lambda: codes(T06, files.of_nobody("咸安区司法局")), lambda: codes(T06, files.of_nobody("嘉鱼县司法局"))),
    "DR-U009": (partial(named, "通城县.xlsx"), partial(named, "咸宁市嘉鱼县.xlsx")),
    "DR-T101": (partial(version, "0.9"), partial(version, "1.0")),
    "DR-T102": (partial(blank, "T08"), partial(blank, T06)),
}  # fmt: skip
