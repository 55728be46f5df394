"""What a file is, told from its content and never from its name."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from itembank.errors import ItemBankError
from itembank.formats.archive import DAMAGE
from itembank.formats.grid import DELIMITERS, read_archive_names, sniff
from itembank.formats.headers import header_score
from itembank.formats.text_decoding import decode

KINDS = (
    "native",
    "csv",
    "xlsx",
    "xls",
    "ods",
    "table_zip",
    "gift",
    "gift_zip",
    "aiken",
    "moodle_xml",
    "qti12",
    "qti2",
    "qti3",
    "qti_package",
    "json_list",
    "oneroster",
    "dicom",
    "unknown",
)
_HEAD = 200_000  # bytes of a text that are looked at
_XML_ROOTS = {
    "quiz": "moodle_xml",
    "questestinterop": "qti12",
    "assessmentItem": "qti2",
    "assessmentTest": "qti2",
    "assessmentSection": "qti2",
    "assessmentStimulus": "qti2",
    "qti-assessment-item": "qti3",
    "qti-assessment-test": "qti3",
    "qti-assessment-section": "qti3",
    "qti-assessment-stimulus": "qti3",
}
_BEFORE_ROOT = re.compile(
    r"\s*(<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^<\[]*(\[.*?\]\s*)?>\s*)*", re.S
)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_QUESTION_FIELD = re.compile(
    r'"(question|stem|prompt|options?|choices|answers?|correct|key|题|试题|问题|选项|答案)[^"]{0,20}"\s*:',
    re.IGNORECASE,
)
_ONEROSTER = {"users.csv", "classes.csv", "enrollments.csv", "orgs.csv"}
_AIKEN_ANSWER = re.compile(r"(?m)^[ \t]*ANSWER[ \t]*[:：][ \t]*[A-Z]\b")
_AIKEN_OPTION = re.compile(r"(?m)^[ \t]*[A-Z][.)][ \t]+\S")
_GIFT_CERTAIN = re.compile(r"(?m)^[ \t]*(\$CATEGORY:|::(?:[^:\\\n]|\\.|:(?!:))+::)")
_GIFT_ANSWER = re.compile(
    r"(?<!\\)\{(?:\s*(?:T|F|TRUE|FALSE)\s*(?:#[^{}]*)?|\s*#[^{}]+|[^{}]*?(?<!\\)[=~](?:[^{}]|\\[{}])*)\}",
    re.IGNORECASE,
)
_GIFT_LIKELY = re.compile(
    r"(?m)^[ \t]*\[(?:markdown|html|plain|moodle)\]|^//[ \t]*\[(?:id|tag):|(?<!\\)\{\s*\}[ \t]*$"
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A kind out of `KINDS`, and what it was told from ("root element questestinterop")."""

    kind: str
    reason: str


def sniff_kind(data: bytes) -> str:
    """The kind of a file, one of `KINDS`; "unknown" for what holds no questions."""
    return look_at(data).kind


def look_at(data: bytes) -> Sniffed:
    """The kind of a file and why; never raises."""
    if data[128:132] == b"DICM":
        return Sniffed("dicom", "DICM at byte 128")
    rough = sniff(data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _look_into_zip(data)
    if rough == "xls":
        return Sniffed("xls", "compound file")
    if rough in ("empty", "pdf", "picture", "binary"):
        return Sniffed("unknown", rough)
    try:
        text = _head_of(data)
    except ItemBankError:
        return Sniffed("unknown", "binary")
    return look_at_text(text)


def _head_of(data: bytes) -> str:
    """The beginning of a text, in whatever encoding."""
    head = data[:_HEAD]
    if len(data) > _HEAD:
        # not in the middle of a character: UTF-16 has two bytes, other encodings keep the LF
        is_wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:200]
        end = _HEAD if is_wide else max(head.rfind(b"\n"), 0) or _HEAD
        head = head[:end]
    try:
        return decode(head, "").text
    except ItemBankError:
        return decode(data, "").text[:_HEAD]


def look_at_text(text: str) -> Sniffed:
    """The kind of a text file."""
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith("<"):
        found = _look_at_xml(text)
        if found is not None:
            return found
    if re.match(r"\s*[\[{]\s*[\[{\"\]}]", text):
        found = _look_at_json(text)
        if found is not None:
            return found
    if _GIFT_CERTAIN.search(text):
        return Sniffed("gift", "a category or a title of GIFT")
    if _header_of(text):
        return Sniffed("csv", "a row of known column names")
    if _GIFT_ANSWER.search(text):
        return Sniffed("gift", "an answer in braces")
    if _AIKEN_ANSWER.search(text) and _AIKEN_OPTION.search(text):
        return Sniffed("aiken", "a line ANSWER: and options A. B.")
    if _GIFT_LIKELY.search(text):
        return Sniffed("gift", "a text format, a tag or empty braces of GIFT")
    if _is_even(text):
        return Sniffed("csv", "lines of as many cells each")
    return Sniffed("unknown", "text")


def _look_at_xml(text: str) -> Sniffed | None:
    start = _BEFORE_ROOT.match(text)
    root = _ROOT.match(text, start.end() if start else 0)
    if root is None:
        return None
    name = root[1]
    if name in _XML_ROOTS:
        return Sniffed(_XML_ROOTS[name], f"root element {name}")
    if name == "manifest":
        return Sniffed("unknown", "a manifest without its package")
    if name.lower() in ("html", "table", "body", "head", "p", "div", "img", "span", "b", "i"):
        return None if _GIFT_CERTAIN.search(text) or _GIFT_ANSWER.search(text) else _html()
    is_xml = text.lstrip().startswith("<?xml") or re.search(
        rf"</(?:[\w.-]+:)?{re.escape(name)}>", text
    )
    return Sniffed("unknown", f"root element {name}") if is_xml else None


def _html() -> Sniffed:
    return Sniffed("unknown", "html")


def _look_at_json(text: str) -> Sniffed | None:
    """A list of objects, one object a line, or an object that holds such a list."""
    if not _QUESTION_FIELD.search(text):
        return Sniffed("unknown", "JSON without questions")
    if re.match(r"\s*\[\s*\{", text):
        return Sniffed("json_list", "a list of objects")
    if re.match(r"\s*\{\s*\"", text):
        first = text.lstrip().split("\n", 1)[0]
        try:
            json.loads(first)
        except ValueError:
            is_list = re.search(r"\"\s*:\s*\[\s*\{", text) is not None
            return Sniffed("json_list", "an object with a list") if is_list else None
        return Sniffed("json_list", "an object a line")
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def _header_of(text: str) -> bool:
    """Whether one of the first lines is a header that the table reader knows."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    return any(
        header_score(_cells(line, delimiter)) >= 2
        for line in lines
        for delimiter in DELIMITERS
        if delimiter in line
    )


def _is_even(text: str) -> bool:
    """Whether most lines have the same number of delimiters, at least two cells."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    for delimiter in DELIMITERS:
        counts = [len(re.sub(r'"[^"]*"', "", line).split(delimiter)) for line in lines]
        most = max(set(counts), key=counts.count, default=1)
        if most >= 3 and counts.count(most) >= 0.6 * len(counts):
            return True
    return False


# --- archives ---


def _look_into_zip(data: bytes) -> Sniffed:
    names = read_archive_names(data)
    if not names:
        return Sniffed("unknown", "a damaged archive")
    last = {name.rsplit("/", 1)[-1].lower() for name in names if "__MACOSX/" not in name}
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return Sniffed("xlsx", "a workbook")
    if "mimetype" in names and b"opendocument.spreadsheet" in _entry(data, "mimetype"):
        return Sniffed("ods", "an OpenDocument spreadsheet")
    if "bank.json" in last:
        return Sniffed("native", "bank.json")
    if "imsmanifest.xml" in last:
        return Sniffed("qti_package", "imsmanifest.xml")
    if len(last & _ONEROSTER) >= 2 or ("manifest.csv" in last and last & _ONEROSTER):
        return Sniffed("oneroster", "files of OneRoster")
    return _look_at_entries(data, sorted(names))


def _look_at_entries(data: bytes, names: Iterable[str]) -> Sniffed:
    """An archive of question files with their pictures: the first question file decides."""
    kinds = {"gift": "gift_zip", "csv": "table_zip", "qti2": "qti_package", "qti3": "qti_package"}
    kinds |= {"qti12": "qti_package", "moodle_xml": "moodle_xml"}
    for name in names:
        suffix = name.rsplit(".", 1)[-1].lower()
        if "__MACOSX/" in name or suffix not in ("gift", "txt", "csv", "tsv", "xml", "xlsx"):
            continue
        if suffix == "xlsx":
            return Sniffed("table_zip", f"the workbook {name}")
        found = look_at_text(_text_of(_entry(data, name)))
        if found.kind in kinds:
            return Sniffed(kinds[found.kind], f"{name}: {found.reason}")
    return Sniffed("unknown", "an archive without questions")


def _entry(data: bytes, name: str) -> bytes:
    """The beginning of one entry; empty when it cannot be unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(name) as file:
            return file.read(_HEAD)
    except (*DAMAGE, KeyError):
        return b""


def _text_of(head: bytes) -> str:
    try:
        return _head_of(head)
    except ItemBankError:
        return ""
