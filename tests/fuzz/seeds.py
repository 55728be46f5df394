"""Files to begin with: what the tests give the readers, the shipped banks, samples where present.

As a plugin of pytest (`pytest -p tests.fuzz.seeds tests/itembank/formats`) this module writes down
every file that a test gives to a reader, so that each case somebody once thought of is a seed.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fuzz.mutation import pack

PROJECT = Path(__file__).resolve().parents[2]
FUZZ = PROJECT / ".fuzz"  # not in git
SAMPLES = Path(os.environ.get("SAMPLES", PROJECT.parent / "shared" / "samples"))
MAX_SEED = 60_000  # bytes; larger files only make each run slower
MAX_SEEDS = 500  # a reader
MAX_OF_ONE_TEST = 10  # a round trip gives a reader hundreds that hardly differ
_TESTS = ("tests/itembank/formats", "tests/quizengine/accounts/test_oneroster.py")
# Module, function, target whose seeds its files are.
_RECORDED = (
    ("itembank.formats.gift", "read_gift", "gift"),
    ("itembank.formats.aiken", "read_aiken", "aiken"),
    ("itembank.formats.moodle_xml", "read_moodle_xml", "moodle_xml"),
    ("itembank.formats.qti12", "read_qti12", "qti12"),
    ("itembank.formats.qti2", "read_qti2", "qti2"),
    ("itembank.formats.qti_package", "read_qti_package", "qti_package"),
    ("itembank.formats.qti_usage_data", "read_usage_data", "usage_data"),
    ("itembank.formats.table", "read_table", "table"),
    ("itembank.formats.native", "read_native", "native"),
    ("itembank.formats.markup_conversion", "html_to_markdown", "markup"),
    ("itembank.formats.markup_conversion", "markdown_to_html", "markup"),
    ("itembank.exchange", "read_questions", "questions"),
    ("quizengine.accounts.oneroster", "read_oneroster", "oneroster"),
)
# Targets that take the seeds of others, a share of each.
_FROM = {
    "table_draft": ("table",),
    "questions": ("gift", "aiken", "moodle_xml", "qti12", "qti2", "qti_package", "table", "native"),
    "out_again": ("questions", "gift", "moodle_xml", "qti12", "qti2", "qti_package", "table"),
}
_SAMPLES = {
    "gift": ("gift",),
    "aiken": ("aiken",),
    "moodle_xml": ("moodle_xml",),
    "qti12": ("qti12",),
    "qti2": ("qti21", "qti22", "qti30"),
    "qti_package": ("qti_packages",),
    "table": ("tabular",),
    "questions": ("gift", "aiken", "moodle_xml", "qti12", "qti21", "qti30", "tabular"),
}


def pytest_configure() -> None:
    """Write down what the readers are given, before any test imports them."""
    for module_name, function, target in _RECORDED:
        module = importlib.import_module(module_name)
        setattr(module, function, _recording(getattr(module, function), target))


def _recording(function: Any, target: str) -> Any:
    met: Counter[str] = Counter()

    @functools.wraps(function)
    def recorded(data: Any, *arguments: Any, **options: Any) -> Any:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition("[")[0]
        met[test] += 1
        try:
            if met[test] <= MAX_OF_ONE_TEST:
                store(target, data)
        except (OSError, UnicodeError, AttributeError, ValueError):
            pass  # a test may give a reader anything
        return function(data, *arguments, **options)

    return recorded


def store(target: str, data: object) -> None:
    """Keep a file as a seed of a target, once."""
    if isinstance(data, Mapping):
        data = pack({name: bytes(content) for name, content in data.items()})
    if isinstance(data, str):
        data = data.encode()
    folder = FUZZ / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    if not isinstance(data, bytes) or len(data) > MAX_SEED:
        return
    if len(list(folder.iterdir())) < MAX_SEEDS:
        (folder / hashlib.sha256(data).hexdigest()[:20]).write_bytes(data)


def make_seeds() -> None:
    """All seeds of all targets; the tests are run only when no seed is there yet."""
    if not (FUZZ / "seeds").exists():
        _store_banks()
        for target, folders in _SAMPLES.items():
            for path in (path for folder in folders for path in (SAMPLES / folder).rglob("*")):
                if path.is_file() and path.stat().st_size <= MAX_SEED:
                    store(target, path.read_bytes())
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.fuzz.seeds", *_TESTS]
        subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, check=False)
        for target, others in _FROM.items():
            for other in others:
                files = sorted((FUZZ / "seeds" / other).glob("*"))
                for path in files[:: max(1, len(files) // 50)]:
                    store(target, path.read_bytes())


def _store_banks() -> None:
    """A few items of each shipped bank in every format."""
    from dataclasses import replace

    from itembank.exchange import read_bank
    from itembank.formats.gift_writing import write_gift
    from itembank.formats.moodle_xml_writing import write_moodle_xml
    from itembank.formats.native import write_native
    from itembank.formats.qti3_writing import write_qti3
    from itembank.formats.table import write_table

    for name in ("radiographer", "sonographer"):
        bank = read_bank(PROJECT / "itembank" / "data" / name)
        bank = replace(bank, items=bank.items[::25], assets={})
        store("native", write_native(bank))
        store("gift", write_gift(bank)[0])
        store("moodle_xml", write_moodle_xml(bank)[0])
        store("qti_package", write_qti3(bank)[0])
        store("table", write_table(bank.items, "csv"))
        store("table", write_table(bank.items, "xlsx"))
