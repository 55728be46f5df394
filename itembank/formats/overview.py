"""What each format carries, measured: an item for every feature is written and read back.

`python -m itembank.formats.overview` prints the table of `docs/formats.md`; a test compares them,
so that the documentation says what the program does.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from itembank import item_checks
from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.errors import Finding, ItemBankError
from itembank.exchange import read_bank, read_questions
from itembank.formats import grid, xml_safety
from itembank.formats.aiken import write_aiken
from itembank.formats.archive import MEGABYTE
from itembank.formats.draft import ImportDraft, complete
from itembank.formats.gift_writing import write_gift
from itembank.formats.headers import SYNONYMS
from itembank.formats.moodle_xml_writing import write_moodle_xml
from itembank.formats.native import LIMITS, write_native
from itembank.formats.qti3_writing import write_qti3
from itembank.formats.qti_usage_data import read_usage_data
from itembank.formats.table import write_table
from itembank.formats.table_draft import read_table_draft
from itembank.item import (
    ITEM_TYPES,
    Choice,
    Figure,
    Item,
    Numeric,
    Premise,
    Region,
    Stimulus,
    Text,
    assets_of,
    content_hash,
    item_to_native,
    true_false_choices,
)
from itembank.texts import MAX_TEXT

YES, NOTED, LISTED, SILENT = "yes", "yes, noted", "listed", "no"
PARAMETERS = {"Q-1": {"a": 1.2, "b": -0.4, "c": 0.2, "d": 1.0, "n": 250, "model": "3PL"}}
# A picture of 640 x 480 as far as its head tells; nothing here decodes it.
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x02\x00\x00\x00"
_ASSETS = {"figures/film.png": _PNG}
_BLUEPRINT = Blueprint(
    competencies=(
        Competency(
            code="R1",
            name=Text(en="Care", zh="照护"),
            sub_topics=(SubTopic(code="R1.1", name=Text(en="Identity", zh="核对"), share=100),),
        ),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)
_TYPE_NAMES = {
    "single_best": "single best",
    "true_false": "true or false",
    "multiple": "select all that apply",
    "select_n": "select exactly n",
    "numeric": "number with tolerance and unit",
    "short_text": "short answer",
    "order": "put in order",
    "hot_spot": "hot spot on a picture",
    "matching": "matching with shared options (B1)",
}
_NUMBER = Numeric(value=1.5, tolerance=0.1, unit=Text(en="mGy"))
_REGION = Region(id="r", shape="rect", coordinates=(0.1, 0.1, 0.5, 0.5), is_key=True)
_MARKED = "Dose $D = \\frac{E}{m}$, **not** kerma:\n\n| kV | mAs |\n|---|---|\n| 80 | 10 |"
Written = tuple[bytes, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is written and read."""

    name: str
    write: Callable[[ItemBank], Written]
    is_table: bool = False


FORMATS = (
    Format("bank file", lambda bank: (write_native(bank), ())),
    Format("XLSX", lambda bank: (write_table(bank.items, "xlsx"), ()), is_table=True),
    Format("CSV", lambda bank: (write_table(bank.items, "csv"), ()), is_table=True),
    Format("GIFT", write_gift),
    Format("Moodle XML", write_moodle_xml),
    Format("QTI 3.0", lambda bank: write_qti3(bank, PARAMETERS)),
    Format("Aiken", write_aiken),
)


def _item(**changes: object) -> Item:
    """A plain question in English with two options."""
    fields: dict[str, object] = {
        "id": "Q-1",
        "competency": "R1",
        "stem": Text(en="Which is it?"),
        "choices": _choices("a", "b", keys="a"),
    }
    return Item(**(fields | changes))  # type: ignore[arg-type]


def _choices(*words: str, keys: str = "") -> tuple[Choice, ...]:
    return tuple(
        Choice(id=letter, text=Text(en=word), is_key=letter in keys)
        for letter, word in zip("abcdefgh", words, strict=False)
    )


def _of_type(kind: str) -> Item:
    """A question of a type with its default rule of scoring."""
    contents: dict[str, dict[str, object]] = {
        "true_false": {"choices": true_false_choices(True)},
        "multiple": {"choices": _choices("one", "two", "three", keys="ab")},
        "select_n": {"choices": _choices("one", "two", "three", keys="ab")},
        "numeric": {"choices": (), "numeric": _NUMBER},
        "short_text": {"choices": (), "accepted": (Text(en="lead"), Text(en="Pb"))},
        "order": {"choices": _choices("first", "second", "third")},
        "hot_spot": {
            "choices": (),
            "figures": (Figure(asset="figures/film.png"),),
            "regions": (_REGION,),
        },
        "matching": {
            "choices": _choices("one", "two", "three"),
            "premises": (
                Premise(id="p1", text=Text(en="un"), match="a"),
                Premise(id="p2", text=Text(en="deux"), match="b"),
            ),
        },
    }  # fmt: skip
    return _item(type=kind, **contents.get(kind, {}))


@dataclass(frozen=True, slots=True)
class Feature:
    """A line of the table: an item that has it, and what of the item it is."""

    name: str
    item: Item
    seen: Callable[[Item], object] = content_hash


def features() -> list[Feature]:
    """The lines of the table that are about items."""
    reasoned = tuple(
        replace(choice, reason=Text(en=f"because {choice.id}")) for choice in _choices("x", "y")
    )
    reasoned = (replace(reasoned[0], is_key=True), reasoned[1])
    both = tuple(
        Choice(id=name, text=Text(en=name, zh=f"选项{name}"), is_key=name == "a") for name in "ab"
    )
    bilingual = Text(en="Which?", zh="哪个？")
    case = Stimulus(id="case-1", text=Text(en="A man fell."), irreversible=True, position=2)
    labels = {
        "sub_topic": "R1.1",
        "cognitive_level": "A",
        "difficulty": "hard",
        "jurisdiction": "CN",
        "posts": ("DR", "CT"),
        "status": "reviewed",
        "reference": "Chapter 3",
        "written": "2026-01-02",
    }
    figure = Figure(asset="figures/film.png", alt=Text(en="a film"), caption=Text(en="Film 1"))
    found = [Feature(_TYPE_NAMES[kind], _of_type(kind)) for kind in ITEM_TYPES]
    partial = replace(_of_type("multiple"), scoring="partial")
    found += [
        Feature("another rule of scoring", partial, lambda item: item.scoring_rule),
        Feature("English and Chinese together", _item(stem=bilingual, choices=both)),
        Feature("a reason for each option", _item(choices=reasoned)),
        Feature("the line to learn (rule)", _item(rule=Text(en="Lead stops it."))),
        Feature("formulas, tables, bold text", _item(stem=Text(en=_MARKED))),
        Feature("pictures, by name", _item(figures=(figure,)), assets_of),
        Feature("their alternative text and caption", _item(figures=(figure,))),
        Feature("sets under one stem (A3/A4)", _item(stimulus=case)),
        Feature("competency", _item(), lambda item: item.competency),
        Feature("our id", _item(), lambda item: item.id),
        Feature("enemy sets", _item(enemies=("pair-1",)), lambda item: item.enemies),
        Feature(
            "sub-topic, level, difficulty, posts, status, source ...",
            _item(**labels),
            lambda item: [item_to_native(item)[name] for name in labels],
        ),
    ]  # fmt: skip
    return found


def _bank(*items: Item) -> ItemBank:
    return ItemBank(
        code="bank",
        name=Text(en="Bank"),
        blueprint=_BLUEPRINT,
        items=items,
        licence="CC BY 4.0",
        assets=_ASSETS,
    )


def _read(data: bytes, kind: Format) -> ImportDraft:
    if kind.is_table:  # the codes of a table mean something with a blueprint only
        return read_table_draft(data, "file", _BLUEPRINT)
    return read_questions(data, "file")


def carried(kind: Format, feature: Feature) -> str:
    """What becomes of a feature in a format: `YES`, `NOTED`, `LISTED` or `SILENT`."""
    data, findings = kind.write(_bank(feature.item))
    own = [one for one in findings if one.where == feature.item.id]
    try:
        draft = _read(data, kind)
    except ItemBankError:  # nothing could be written
        return LISTED if own else SILENT
    if len(draft.items) != 1:
        return LISTED if own else SILENT
    back = complete(draft.items[0], competency="-")
    if feature.seen is content_hash:
        # where the competency is lost, that is a line of its own
        back = replace(back, competency=feature.item.competency)
    if feature.seen(back) == feature.seen(feature.item):
        return NOTED if any(one.code != "export-field" for one in own) else YES
    return LISTED if findings else SILENT


# --- lines that are about the bank ---


def _pictures(kind: Format) -> str:
    item = _item(figures=(Figure(asset="figures/film.png"),))
    data, findings = kind.write(_bank(item))
    if dict(_read(data, kind).assets) == _ASSETS:
        return YES
    return LISTED if findings else SILENT


def _bank_fields(kind: Format) -> str:
    bank = _bank(_item())
    data, findings = kind.write(bank)
    try:
        if replace(read_bank(data), items=()) == replace(bank, items=()):
            return YES
    except ItemBankError:
        pass
    return LISTED if any(one.where == bank.code for one in findings) else SILENT


def _parameters(kind: Format) -> str:
    data, _ = kind.write(_bank(_item()))
    if not data.startswith(b"PK"):
        return SILENT
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "usage-data.xml" not in archive.namelist():
            return SILENT
        found = read_usage_data(archive.read("usage-data.xml"))
    wanted = PARAMETERS["Q-1"].items()
    return YES if all(found["Q-1"].get(name) == value for name, value in wanted) else SILENT


_OF_BANKS: Mapping[str, Callable[[Format], str]] = {
    "pictures themselves": _pictures,
    "item parameters": _parameters,
    "blueprint, licence, name of the bank": _bank_fields,
}


def rows() -> list[Sequence[str]]:
    """The table: a header, then what each format does with a feature."""
    found: list[Sequence[str]] = [["", *(kind.name for kind in FORMATS)]]
    for feature in features():
        found.append([feature.name, *(carried(kind, feature) for kind in FORMATS)])
    for name, measure in _OF_BANKS.items():
        found.append([name, *(measure(kind) for kind in FORMATS)])
    return found


def as_markdown(table: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in table]
    lines.insert(1, "|" + "---|" * len(table[0]))
    return "\n".join(lines)


# --- numbers and words of the readers ---


def limit_rows() -> list[Sequence[str]]:
    """The limits in force, as the modules state them."""
    named = {
        "a table or workbook": f"{grid.MAX_SIZE // MEGABYTE} MB",
        "a workbook unpacked": f"{grid.WORKBOOK_LIMITS.unpacked // MEGABYTE} MB",
        "rows of a table": f"{grid.MAX_ROWS}",
        "columns of a table": f"{grid.MAX_COLUMNS}",
        "a bank, a package or another zip": f"{LIMITS.size // MEGABYTE} MB",
        "the same unpacked": f"{LIMITS.unpacked // MEGABYTE} MB",
        "unpacked to packed size, above 1 MB": f"{LIMITS.ratio}",
        "files in a zip": f"{LIMITS.entries}",
        "an XML file": f"{xml_safety.MAX_XML_SIZE // MEGABYTE} MB",
        "depth of XML": f"{xml_safety.MAX_XML_DEPTH}",
        "elements and attributes of XML": f"{xml_safety.MAX_XML_ELEMENTS}",
        "one text of an item": f"{MAX_TEXT} characters",
        "one accepted answer": f"{item_checks.MAX_ANSWER} characters",
        "an id": f"{item_checks.MAX_ID} characters",
        "options, single best": _least_and_most("single_best"),
        "options, select several or put in order": _least_and_most("multiple"),
        "options, matching": _least_and_most("matching"),
        "premises of a matching item": f"{item_checks.MAX_PREMISES}",
        "accepted answers of a short answer": f"{item_checks.MAX_ACCEPTED}",
        "regions of a hot spot": f"{item_checks.MAX_REGIONS}",
        "pictures beside a question": f"{item_checks.MAX_FIGURES}",
        "items of a set": f"{item_checks.MAX_SET}",
    }
    return [["what", "at most"], *([name, value] for name, value in named.items())]


def _least_and_most(kind: str) -> str:
    least, most = item_checks.CHOICE_COUNTS[kind]
    return f"{most}, at least {least}"


def header_rows() -> list[Sequence[str]]:
    """The names a column may have for each field."""
    found: list[Sequence[str]] = [["field", "headers in English", "headers in Chinese"]]
    for name, words in SYNONYMS.items():
        english = [word for word in words.split() if word.isascii()]
        chinese = [word for word in words.split() if not word.isascii()]
        found.append([f"`{name}`", ", ".join(english), "、".join(chinese)])
    return found


SECTIONS: Mapping[str, Callable[[], list[Sequence[str]]]] = {
    "features": rows,
    "limits": limit_rows,
    "headers": header_rows,
}


if __name__ == "__main__":
    for section in SECTIONS.values():
        print(as_markdown(section()), end="\n\n")
