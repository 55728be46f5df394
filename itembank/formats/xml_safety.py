"""Parses XML that somebody sent: no document type, no entities, no network, limits on everything.

Expat reads the file first and builds nothing: it stops at a declaration, at too great a depth and
at too many elements, and names the line of a mistake. Only then does lxml build the tree.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from itembank.errors import ItemBankError
from itembank.formats.archive import MEGABYTE
from itembank.formats.text_decoding import decode

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:  # the name of the type, without loading lxml
    Element = object

__all__ = ["Element", "child_named", "children_named", "local_name", "parse_xml", "xml_text"]

MAX_XML_SIZE = 50 * MEGABYTE
MAX_XML_DEPTH = 200
MAX_XML_ELEMENTS = 1_000_000
# Old QTI 1.2 files name their document type so; the file is never opened.
_HARMLESS_TYPE = re.compile(
    r"(https?://www\.imsglobal\.org/[\w./-]*/)?(ims_qtiasiv\w+|qti_\w+)\.dtd", re.IGNORECASE
)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_DECLARED = re.compile(rb"""^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def parse_xml(data: bytes, where: str) -> Element:
    """The root element of an XML file, with comments and processing instructions left out.

    Parameters
    ----------
    data : the file; UTF-8, UTF-16 or any encoding it declares (GB18030, Big5 ...).
    where : the file's name, for the sentences.

    Raises
    ------
    ItemBankError
        "file-empty", "file-too-large", "encoding-unknown", "xml-broken" with `line` and `column`,
        "xml-unsafe" with `line` (a document type or an entity), "xml-too-deep",
        "xml-too-many-elements".
    """
    text = xml_text(data, where).encode("utf-8", "surrogatepass")
    _scan(text, where)
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=True,  # the limits above are ours; libxml2's would cut long base64 pictures
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise ItemBankError("xml-broken", where, line=line, column=column) from None


def xml_text(data: bytes, where: str) -> str:
    """The text of an XML file without its declaration; lines keep their numbers.

    Raises
    ------
    ItemBankError
        "file-empty", "file-too-large", "encoding-unknown".
    """
    if len(data) > MAX_XML_SIZE:
        raise ItemBankError("file-too-large", where, limit=MAX_XML_SIZE // MEGABYTE)
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise ItemBankError("file-empty", where)
    text = _decoded(data, where).removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    if declaration:
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    return text


def _decoded(data: bytes, where: str) -> str:
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    if declared and b"\0" not in data[:200]:
        name = declared[1].decode("ascii")
        # GB2312 and GBK files of today hold characters of GB18030, which contains both.
        name = "gb18030" if name.lower() in ("gb2312", "gbk", "gb_2312-80") else name
        try:
            if not name.lower().startswith(("utf-16", "utf-32", "utf16", "ucs", "iso-10646")):
                return data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            pass  # the declaration is wrong: the bytes decide
    return decode(data, where).text


def _scan(data: bytes, where: str) -> None:
    """Refuse what must not reach the tree builder.

    Raises
    ------
    ItemBankError
        "xml-broken", "xml-unsafe", "xml-too-deep", "xml-too-many-elements".
    """
    parser = expat.ParserCreate("utf-8")
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1 + len(attributes)
        if depth > MAX_XML_DEPTH:
            line = parser.CurrentLineNumber
            raise ItemBankError("xml-too-deep", where, line=line, limit=MAX_XML_DEPTH)
        if count > MAX_XML_ELEMENTS:
            raise ItemBankError("xml-too-many-elements", where, limit=MAX_XML_ELEMENTS)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def unsafe(*about: object) -> NoReturn:
        raise ItemBankError("xml-unsafe", where, line=parser.CurrentLineNumber)

    def document_type(name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal or not _HARMLESS_TYPE.fullmatch(system or ""):
            unsafe()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = document_type
    parser.EntityDeclHandler = unsafe
    parser.ExternalEntityRefHandler = unsafe
    parser.SkippedEntityHandler = unsafe
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ItemBankError(
            "xml-broken", where, line=error.lineno, column=error.offset + 1
        ) from None


# --- reading a tree, whatever its namespaces ---


def local_name(element: Element) -> str:
    """The element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def children_named(element: Element, *names: str) -> list[Element]:
    """The element's own children with one of these names, in order."""
    return [child for child in element if local_name(child) in names]


def child_named(element: Element, *names: str) -> Element | None:
    """The first of the element's own children with one of these names."""
    return next((child for child in element if local_name(child) in names), None)
