"""What is fuzzed: one function a reader. Any bytes give questions or an error with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import Finding, ItemBankError, sentence
from itembank.exchange import read_bank, read_questions
from itembank.formats.aiken import read_aiken, write_aiken
from itembank.formats.archive import read_archive
from itembank.formats.draft import ImportDraft, complete
from itembank.formats.gift import read_gift
from itembank.formats.gift_writing import write_gift
from itembank.formats.markup_conversion import html_to_markdown, markdown_to_html
from itembank.formats.moodle_xml import read_moodle_xml
from itembank.formats.moodle_xml_writing import write_moodle_xml
from itembank.formats.native import LIMITS, write_native
from itembank.formats.qti2 import read_qti2
from itembank.formats.qti3_writing import write_qti3
from itembank.formats.qti12 import read_qti12
from itembank.formats.qti_package import read_qti_package
from itembank.formats.qti_usage_data import read_usage_data
from itembank.formats.sniffing import KINDS, look_at
from itembank.formats.table import error_workbook, read_table, write_table
from itembank.formats.table_draft import read_table_draft
from itembank.item import Item, assets_of, check_asset_name, content_hash
from itembank.texts import Text
from quizengine.accounts.oneroster import read_oneroster
from quizengine.errors import InvalidInput
from quizengine.messages import MESSAGES

BLUEPRINT = Blueprint(
    competencies=(Competency(code="R1", name=Text(en="Care", zh="患者照护")),),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)
# Codes of a writer that say that an item is not in the file, or that its texts may differ.
MAY_DIFFER = {"export-type", "export-item", "export-markup", "export-text"}
MAY_DIFFER |= {"export-picture-missing", "figure-missing"}
Reader = Callable[[bytes | Mapping[str, bytes], str], ImportDraft]


def check_sentences(found: Finding | ItemBankError) -> None:
    """The sentence can be shown in both languages: every placeholder has its value."""
    for language in ("en", "zh"):
        assert sentence(found, language)


def check_draft(draft: ImportDraft) -> None:
    """What every draft promises: items that can be made, pictures that can be stored, sentences."""
    assert draft.n_elements == len(draft.items) + len(draft.rejected)
    for item in draft.items:
        json.dumps(item.fields)
        complete(item, competency="-", item_id="-")
        for finding in item.findings:
            check_sentences(finding)
    for rejected in draft.rejected:
        check_sentences(rejected.as_finding())
    for note in draft.notes:
        check_sentences(note)
    for name in draft.assets:
        check_asset_name(name, "")


def _reads(reader: Reader, *, opens_archives: bool = False) -> Callable[[bytes], None]:
    """A target of a reader; those that take the files of an archive get it unpacked."""

    def target(data: bytes) -> None:
        try:
            is_archive = opens_archives and data.startswith(b"PK")
            source = read_archive(data, "file", LIMITS) if is_archive else data
            draft = reader(source, "file")
        except ItemBankError as error:
            check_sentences(error)
            return
        check_draft(draft)

    return target


def fuzz_questions(data: bytes) -> None:
    """The kind is told from the content, then the kind's reader runs."""
    found = look_at(data)
    assert found.kind in KINDS
    try:
        draft = read_questions(data, "file")
    except ItemBankError as error:
        check_sentences(error)
        return
    check_draft(draft)


def fuzz_native(data: bytes) -> None:
    """A bank comes back from its own file as it was; the file sorts the items by competency."""
    try:
        bank = read_bank(data)
    except ItemBankError as error:
        check_sentences(error)
        return
    again = read_bank(write_native(bank))
    assert {item.id: item for item in again.items} == {item.id: item for item in bank.items}
    assert replace(again, items=()) == replace(bank, items=())


def fuzz_table(data: bytes) -> None:
    """A table with a blueprint: its rows, its findings and the workbook of its errors."""
    try:
        report = read_table(data, "file", blueprint=BLUEPRINT, default_competency="R1")
    except ItemBankError as error:
        check_sentences(error)
        return
    for finding in [*report.findings, *(one for row in report.rows for one in row.findings)]:
        check_sentences(finding)
    assert error_workbook(report).startswith(b"PK")


def fuzz_usage_data(data: bytes) -> None:
    """Item parameters of a QTI package."""
    try:
        json.dumps(read_usage_data(data, "file"))
    except ItemBankError as error:
        check_sentences(error)


def fuzz_oneroster(data: bytes) -> None:
    """A roster."""
    try:
        found = read_oneroster(data, "file")
    except ItemBankError as error:
        check_sentences(error)
        return
    except InvalidInput as error:
        assert error.code in MESSAGES
        return
    for finding in found.findings:
        assert all(sentence_of % dict(finding.details) for sentence_of in MESSAGES[finding.code])


def fuzz_markup(data: bytes) -> None:
    """HTML to Markdown and Markdown to HTML."""
    text = data.decode("utf-8", "replace")
    for convert in (html_to_markdown, markdown_to_html):
        try:
            convert(text)
        except ItemBankError as error:
            check_sentences(error)


def fuzz_out_again(data: bytes) -> None:
    """Whatever could be read is written in every format and read again, the same or as told."""
    try:
        draft = read_questions(data, "file")
    except ItemBankError:
        return
    found = [complete(one, "R1", f"q{n}") for n, one in enumerate(draft.items[:20])]
    items = {item.id: replace(item, competency="R1", sub_topic="") for item in found}
    bank = ItemBank(
        code="bank",
        name=Text(en="Bank"),
        blueprint=BLUEPRINT,
        items=tuple(items.values()),
        assets=dict(draft.assets),
    )
    _comes_back(bank, write_native(bank), ())
    for write in (write_gift, write_moodle_xml, write_qti3):
        _comes_back(bank, *write(bank))
    for language in ("en", "zh"):
        for finding in write_aiken(bank, language)[1]:
            check_sentences(finding)
    for kind in ("csv", "xlsx"):
        try:
            read_table(write_table(bank.items, kind), "file", blueprint=BLUEPRINT)
        except ItemBankError as error:
            check_sentences(error)


def _comes_back(bank: ItemBank, data: bytes, findings: Sequence[Finding]) -> None:
    """Every item has its fingerprint again, unless the writer has said that it may not."""
    for finding in findings:
        check_sentences(finding)
    told = {finding.where for finding in findings if finding.code in MAY_DIFFER}
    told |= {item.id for item in bank.items if not _is_sound(item, bank)}
    promised = {item.id: content_hash(item) for item in bank.items if item.id not in told}
    if promised:
        back = [complete(one) for one in read_questions(data, "file").items]
        assert promised.items() <= {item.id: content_hash(item) for item in back}.items()


def _is_sound(item: Item, bank: ItemBank) -> bool:
    """Its pictures have names of pictures, and no other item has its place in its set."""
    set_ = item.stimulus
    places = [one.stimulus.position for one in bank.items if one.stimulus and set_
              and one.stimulus.id == set_.id]  # fmt: skip
    names = [asset.lower() for asset in assets_of(item)]
    suffixes = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp")
    return len(set(places)) == len(places) and all(name.endswith(suffixes) for name in names)


TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {
        "questions": fuzz_questions,
        "native": fuzz_native,
        "table": fuzz_table,
        "table_draft": _reads(read_table_draft, opens_archives=True),
        "gift": _reads(read_gift, opens_archives=True),
        "aiken": _reads(read_aiken),
        "moodle_xml": _reads(read_moodle_xml, opens_archives=True),
        "qti12": _reads(read_qti12),
        "qti2": _reads(read_qti2),
        "qti_package": _reads(read_qti_package),
        "usage_data": fuzz_usage_data,
        "oneroster": fuzz_oneroster,
        "markup": fuzz_markup,
        "out_again": fuzz_out_again,
    }
)
