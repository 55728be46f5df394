"""Every code has its sentence in both languages, with placeholders that the details fill."""

import ast
import re
from pathlib import Path

import pytest

from itembank.errors import FINDINGS, Finding, ItemBankError, sentence

SOURCES = [
    path
    for path in (Path(__file__).parents[2] / "itembank").rglob("*.py")
    if "figures" not in path.parts and not path.name.endswith("sentences.py")
]
# What the import of files finds beyond what a reader can.
IMPORTING = sorted((Path(__file__).parents[2] / "quizengine" / "banks" / "service").glob("*.py"))
# Called with a code as the argument of this number.
CODE_ARGUMENT = {
    "ItemBankError": 0,
    "Finding": 1,
    "report": 1,
    "note": 0,
    "warn": 0,
    "SourceFinding": 2,
    "unstorable": 0,
    "break_": 1,
}
# What a table adds to the details of every finding of a row.
ALWAYS_IN_ROWS = {"column", "header", "value"}


def codes_in(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in CODE_ARGUMENT or len(node.args) <= CODE_ARGUMENT[name]:
            continue
        for part in ast.walk(node.args[CODE_ARGUMENT[name]]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value, name, {word.arg for word in node.keywords if word.arg}, node


def test_every_code_used_has_a_sentence_in_both_languages():
    used = {code for path in SOURCES for code, *_ in codes_in(path)}
    # set in headers.py, and handed on by table.py
    used |= {"column-ignored", "column-duplicate"}
    used |= {code for path in IMPORTING for code, *_ in codes_in(path) if code in FINDINGS}
    assert len(used) > 60
    assert used - set(FINDINGS) == set()
    assert set(FINDINGS) - used == set(), "a sentence that nothing says"


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_a_sentence_is_a_sentence_in_each_language(code):
    english, chinese = FINDINGS[code]["en"], FINDINGS[code]["zh"]
    assert english[-1] == "."
    assert chinese[-1] == "。"
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    named = re.compile(r"%\((\w+)\)s")
    assert set(named.findall(english)) == set(named.findall(chinese))


def test_details_given_at_every_call_fill_the_placeholders():
    for path in SOURCES:
        for code, name, given, node in codes_in(path):
            if any(word.arg is None for word in node.keywords) or name.endswith("Finding"):
                continue  # details handed on as a mapping: tried where the finding is made
            needed = set(re.findall(r"%\((\w+)\)s", FINDINGS[code]["en"]))
            here = given | (ALWAYS_IN_ROWS if name == "report" else set())
            # `read_answer` raises without a place; the row adds value, header and column
            here |= ALWAYS_IN_ROWS if path.name == "answers.py" else set()
            assert needed <= here, f"{path.name}: {code} needs {needed - here}"


def test_a_sentence_is_filled_from_the_details():
    finding = Finding("error", "duplicate-option", "R1", {"first": "A", "second": "C"})
    assert sentence(finding, "en").startswith("Options A and C are the same.")
    assert sentence(ItemBankError("stem-missing", "R1"), "zh") == "缺少题干。请填写题干。"
