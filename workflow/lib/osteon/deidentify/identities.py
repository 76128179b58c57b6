"""What looks like an identity in text and tables: personal numbers, columns of names, dates of birth.

Resident identity numbers of China have a check digit (GB 11643-1999; ISO 7064, MOD 11-2) and a date of birth, so
they are told from other numbers wherever they stand. Phone numbers, names and dates are looked for in tables only.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections.abc import Iterator

from osteon.deidentify.labels import words

RESIDENT = re.compile(r"(?<![\w.])[1-9]\d{16}[\dXx](?![\w.])")
MOBILE = re.compile(r"(?<![\w.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\w.])")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"

# Names of columns and keys in lower case, without blanks and punctuation.
HEADERS = words(
    """
    patientname patientsname fullname familyname givenname firstname lastname surname nameofpatient
    patientid patientsid mrn medicalrecordnumber hospitalid hospitalnumber admissionnumber inpatientnumber
    outpatientnumber accessionnumber accession nationalid idcard idcardnumber idnumber residentid passport
    passportnumber ssn socialsecuritynumber insurancenumber
    birthdate dateofbirth dob birthday patientbirthdate patientsbirthdate
    phone phonenumber telephone telephonenumber mobile mobilephone mobilenumber cellphone email emailaddress
    homeaddress patientaddress streetaddress patienttelephonenumbers otherpatientids otherpatientnames
    patientmothersbirthname referringphysicianname
    00100010 00100020 00100030 00101040 00102154
    """
)
CHINESE_HEADERS = (
    *("姓名", "名字", "身份证", "证件号", "护照", "住院号", "病历号", "病案号", "门诊号", "就诊号", "就诊卡", "检查号"),
    *(
        "影像号",
        "登记号",
        "病人编号",
        "患者编号",
        "医保",
        "社保",
        "手机",
        "电话",
        "联系方式",
        "住址",
        "地址",
        "出生",
        "生日",
        "邮箱",
    ),
)
DUMP = re.compile(r"\(0010,\s?(?:0010|0020|0030|1040|2154)\)\s*\S")
NAME_COLUMNS = frozenset({"name", "names", "patient", "patients", "person", "subjectname"})
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
PERSON = re.compile(rf"[{SURNAMES}][一-鿿]{{1,3}}|[A-Za-z]+\^[A-Za-z^ ]*|[A-Z][a-z]+,? [A-Z][a-z]+")
HEAD_ROWS = 5
"""Titles may stand above the names of columns."""


def personal_numbers(text: str) -> list[str]:
    """Kinds of numbers in a text that belong to one person."""
    kinds = []
    if any(is_resident_number(number) for number in RESIDENT.findall(text)):
        kinds.append("a resident identity number")
    if MOBILE.search(text):
        kinds.append("a mobile phone number")
    return kinds


def is_resident_number(number: str) -> bool:
    """Whether 18 signs are a resident identity number of China: a possible date of birth and the right check digit."""
    try:
        born = datetime.datetime.strptime(number[6:14], "%Y%m%d")
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return 1900 <= born.year <= 2100 and CHECK_DIGITS[total % 11] == number[17].upper()


def identities_in_text(text: str) -> list[tuple[int, str]]:
    """Line and kind of what belongs to a person in any text."""
    found = []
    for match in RESIDENT.finditer(text):
        if is_resident_number(match[0]):
            found.append((text.count("\n", 0, match.start()) + 1, "a resident identity number"))
    return found


def identities_in_table(rows: list[list[str]]) -> list[tuple[int, str]]:
    """Line and kind of what looks like an identity in the rows of a table, titles and column names among them."""
    found = []
    names: dict[int, int] = {}
    for number, cells in enumerate(rows, start=1):
        if number <= HEAD_ROWS:
            found += [(number, f"a column named {cell.strip()!r}") for cell in cells if is_identity_header(cell)]
            names |= {place: number for place, cell in enumerate(cells) if _plain(cell) in NAME_COLUMNS}
        found += [(number, what) for what in personal_numbers("\t".join(cells))]
    for place, head in names.items():
        below = [(number, cells[place].strip()) for number, cells in enumerate(rows, start=1) if len(cells) > place]
        below = [(number, cell) for number, cell in below if number > head and cell]
        people = [number for number, cell in below if PERSON.fullmatch(cell)]
        if people and 2 * len(people) >= len(below):
            found.append((people[0], "a column that holds names of people"))
    return found


def identities_in_lines(text: str) -> list[tuple[int, str]]:
    """Line and kind of what is no table and says who a person is: printed headers, 'Patient name: ...'."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        name, sign, value = re.split("([:：=])", line, maxsplit=1) if re.search("[:：=]", line) else ("", "", "")
        if sign and value.strip() and is_identity_header(name):
            found.append((number, "a line that says who a person is"))
        if DUMP.search(line):
            found.append((number, "a printed DICOM header of a patient"))
    return found


def identities_in_json(text: str) -> list[tuple[int, str]]:
    """Line and kind of keys and values of JSON that look like an identity; the line is the key's first one."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    found = []
    for key, value in _pairs(content):
        line = text.count("\n", 0, max(text.find(f'"{key}"'), 0)) + 1
        if is_identity_header(key) and not isinstance(value, bool) and value not in (None, "", [], {}):
            found.append((line, f"a key named {key!r}"))
        if isinstance(value, (str, int)):
            found += [(line, what) for what in personal_numbers(str(value))]
    return found


def is_identity_header(name: str) -> bool:
    """Whether a column or key is named like something that tells who a person is."""
    plain = _plain(name)
    return plain in HEADERS or (len(plain) <= 12 and any(word in plain for word in CHINESE_HEADERS))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).lower())


def _pairs(content: object) -> Iterator[tuple[str, object]]:
    waiting = [("", content)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(key, part) for part in value]
        yield key, value
