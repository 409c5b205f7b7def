"""Cells that hold the name of a person: what is a name, what is a name with something else, what is none (D061-D066, D079, D080).

A name is never changed beyond blanks, dots and compatibility forms; what stands around it is named and the bare name proposed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from engine.outcome import BAD, Outcome

if TYPE_CHECKING:
    from schemas.declare import Field

SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余顾孟黄穆萧尹姚邵汪祁毛禹狄米贝明臧计成戴谈宋茅庞熊纪舒屈项祝董"
    "梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪解应宗丁宣邓郁单杭洪包诸左石崔吉龚程"
    "邢裴陆荣翁荀羊惠甄曲封芮储靳焦巴侯全班仰秋仲宫宁仇甘厉武符刘景詹束龙叶黎白蒲邰卓蔺屠蒙池乔阴闻党翟谭贡姬申冉桑桂牛寿"
    "边尚农温庄晏柴瞿阎慕连习容向古易廖耿满匡文寇广欧沃师巩聂晁敖冷辛阚简饶曾关查游权丘仝代付肖覃邸苑亓操闫兰占佘朴车降"
)  # fmt: skip
_DOUBLE = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙"
    "钟离长孙宇文司徒鲜于司空闾丘令狐轩辕呼延南荣东郭拓跋西门完颜"
)
DOUBLE_SURNAMES = frozenset(_DOUBLE[at : at + 2] for at in range(0, len(_DOUBLE), 2))
_DOTS = re.compile("[•・．.‧∙⋅·]")
_CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff\uf900-\ufaff〇々]+")
_UNREADABLE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff□？?�*＊×■◇○●_＿#＃]")
_BLANK = re.compile(r"[ \u3000\u00a0\t\r\n]+")
_SEVERAL = re.compile("[、，,;；/]")
_ADDRESS = (
    "同志|先生|女士|小姐|老师|教授|师傅|律师|公证员|鉴定人|检查员|执法员|执法人员|联系人|负责人|主任科员|科员|调研员|办事员|专员|助理|干部|领导|"
    "主任|科长|股长|处长|局长|厅长|所长|队长|大队长|中队长|组长|院长|部长|县长|区长|市长|镇长|主席|会长|秘书长|秘书|书记|经理|主管|校长"
)
_TRAILING = re.compile(rf"(?P<name>.*?) ?[（(]?[一二三四]?级?(?:副|代)?(?:{_ADDRESS})[)）]?")
_LEADING = re.compile(
    rf"[（(]?(?:副|代)?(?:{_ADDRESS}|姓名|填报人|审核人|签发人|经办人|制表人)[)）]?[ :：]*(?P<name>.+)"
)
_COUNTED = re.compile(
    r"[（(]?(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3}(?=[、.．）)]))[）)]?[ 、.．:：]*(?P<name>[^0-9]+)"
)
_BRACKET = re.compile(
    rf"(?P<name>[^（()）\[\]【】]+)[（(\[【](?:男|女|男性|女性|.{{1,4}}族|党员|中共党员|兼职?|主办|协办|借调|退休|新增?|"
    rf"[0-9\-]+|(?:副|代)?(?:{_ADDRESS}))[）)\]】]"
)
_SEX = re.compile(r"(?P<name>.+) (?:男|女)性?")
_NUMBERED = re.compile(r"(?P<name>[^0-9]+?)[ :：,，]*[0-9][0-9\-]{4,}")
_AROUND = (_COUNTED, _BRACKET, _SEX, _NUMBERED, _LEADING, _TRAILING)
_ORGANISATION = re.compile(
    r".+(?:司法局|司法厅|司法所|公证处|鉴定中心|鉴定所|鉴定机构|援助中心|服务中心|事务所|办公室|委员会|协会|公司)"
)
_TESTS = frozenset(("张三", "李四", "王五", "测试", "某某", "XXX", "xxx"))
_MASKED = re.compile(r".{1,2}某{1,3}")


_HAN = re.compile("[\u4e00-\u9fff]{2,4}")
_STARTS = frozenset(word[0] for word in (*_ADDRESS.split("|"), *_TESTS)) | frozenset("副代姓填审签经制小老")
_ENDS = frozenset(word[-1] for word in (*_ADDRESS.split("|"), *_TESTS)) | frozenset("某局厅所处心构室会司总")


def person_name(field: Field, text: str) -> Outcome:
    """Return a name in one spelling; with anything else around it the bare name is proposed, if it is sure."""
    return Outcome(text) if is_plainly(text) else examined(field, text)


def folded(name: str) -> str:
    """Return a name as people read it: 钱明远 and 钱 明远。 are one person."""
    return "".join(char for char in unicodedata.normalize("NFKC", name) if char.isalnum())


def is_same_person(one: str, other: str) -> bool:
    """Return whether two cells name one person: what needs four eyes is not done by two spellings."""
    return folded(one) == folded(other) != ""


def is_plainly(text: str) -> bool:
    """Say whether a text is a name at first sight: two to four characters, no word of address or office at either end.

    >>> is_plainly("王伟"), is_plainly("王伟同志"), is_plainly("小王")
    (True, False, False)
    """
    return bool(_HAN.fullmatch(text)) and text[-1] not in _ENDS and text[0] not in _STARTS


def examined(field: Field, text: str) -> Outcome:
    """Return what the long way says of a name: every rule on it, one after the other."""
    value, rule = _one_spelling(text)
    around = _without(value)
    if around is not None:
        return around
    dotted = _DOTS.sub("·", value) if _CJK.search(value) and not re.search("[A-Za-z]", value) else value
    if dotted != value:
        value, rule = dotted, "DR-C004"
    if _UNREADABLE.search(value):
        return Outcome(BAD, issue="DR-C007")
    several = _people(value)
    if several:
        return Outcome(BAD, issue="DR-V052", expected="、".join(several))
    if value.startswith("·") or value.endswith("·"):
        bare = value.strip("·")
        return Outcome(BAD, issue="DR-V056", proposal=bare if _is_name(bare) else None)
    if not 2 <= len(value) <= (field.max_length or 20) or _ORGANISATION.fullmatch(value):
        return Outcome(BAD, issue="DR-V051")
    if value in _TESTS or _MASKED.fullmatch(value):
        return Outcome(BAD, issue="DR-V053")
    if not _is_written_as_one(value):
        return Outcome(BAD, issue="DR-V051")
    return Outcome(value, rule, "DR-V057" if _is_doubtful(value) else "")


def _one_spelling(text: str) -> tuple[str, str]:
    """Return the text with standard characters and without needless blanks, and the rule that changed it."""
    value, rule = text, ""
    folded = "".join(_standard(char) for char in value)
    if folded != value:
        value, rule = folded, "DR-C006"
    if _BLANK.search(value):
        rule = "DR-C005" if re.search(r"[\r\n]", value) else rule
        bare = _BLANK.sub("", value)
        parts = _BLANK.split(value)
        has_sex = parts[-1] in ("男", "女") and len(parts[-2]) > 1
        is_one = _CJK.fullmatch(bare) and len(bare) <= 4 and not has_sex and not _are_people(parts)
        tight = bare if is_one else " ".join(parts)
        value, rule = tight, (rule or "DR-C003") if tight != value else rule
    return value, rule


def _standard(char: str) -> str:
    """Return a radical, compatibility form or full-width letter or digit as the standard character."""
    point = ord(char)
    is_wide = 0xFF10 <= point <= 0xFF19 or 0xFF21 <= point <= 0xFF3A or 0xFF41 <= point <= 0xFF5A
    if is_wide or 0x2E80 <= point <= 0x2FDF or 0xF900 <= point <= 0xFAFF:
        return unicodedata.normalize("NFKC", char)
    return char


def _without(value: str) -> Outcome | None:
    """Return what to say of a name with a number, a bracket, a sex or a form of address around it (D080), or None."""
    for form in _AROUND:
        found = form.fullmatch(value)
        if found is None or _SEVERAL.search(found["name"]):
            continue
        name = found["name"].strip()
        if form is _LEADING and not _is_name(name, surname=True):
            continue
        inner = _without(name)
        if inner is not None:
            name = inner.proposal or ""
        return Outcome(BAD, issue="DR-V056", proposal=name if _is_name(name) else None)
    return None


def _is_name(text: str, *, surname: bool = False) -> bool:
    """Say whether a bare text can be a whole name: `surname` asks for one of the common ones."""
    parts = text.split("·")
    if not all(_CJK.fullmatch(part) for part in parts) or text in DOUBLE_SURNAMES:
        return False
    if surname and len(parts) == 1:
        return 2 <= len(text) <= 4 and _has_surname(text)
    return 2 <= len(text) <= 20


def _has_surname(text: str) -> bool:
    return text[:1] in SURNAMES or text[:2] in DOUBLE_SURNAMES


def _people(value: str) -> list[str]:
    """Return the people a text names, if they are several (D079)."""
    parts = [part.strip() for part in _SEVERAL.split(value) if part.strip()]
    if _SEVERAL.search(value):
        return parts
    parts = value.split(" ")
    return parts if len(parts) > 1 and _are_people(parts) else []


def _are_people(parts: list[str]) -> bool:
    """Say whether every part is a whole Chinese name of its own, as in `王伟 李娜`; `欧阳 明远` is one name."""
    return all(
        _CJK.fullmatch(part) and 2 <= len(part) <= 4 and part not in DOUBLE_SURNAMES and _has_surname(part)
        for part in parts
    )


def _is_written_as_one(value: str) -> bool:
    """Say whether a text is written as names are: Chinese characters, or letters, not both but for single initials."""
    if re.fullmatch(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ.' ·\-]+", value):
        return True
    return all(_CJK.fullmatch(part) or re.fullmatch("[A-Z]", part) for part in re.split("[·. ]+", value))


def _is_doubtful(value: str) -> bool:
    """Say whether a text may be a name but is more often none: in letters, 王总, 小李 (D066)."""
    if not _CJK.search(value):
        return True
    is_called = value[0] in "小老" and len(value) == 2 and value[1] in SURNAMES
    return is_called or (len(value) == 2 and value[0] in SURNAMES and value[1] in "总局处厅")
