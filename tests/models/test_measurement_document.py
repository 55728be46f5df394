"""The examples of docs/measurement.md run as they stand, and the tests it names exist."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

import models

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "measurement.md").read_text(encoding="utf-8")
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
IMPORT = re.compile(r"^\s*from models[\w.]* import (\([^)]*\)|.*)", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_run_one_after_another():
    runner = doctest.DocTestRunner(verbose=False)
    names: dict[str, object] = {}
    for block in BLOCK.finditer(TEXT):
        line = TEXT.count("\n", 0, block.start()) + 1
        test = doctest.DocTestParser().get_doctest(
            block.group(1), names, "measurement.md", "docs/measurement.md", line
        )
        runner.run(test, clear_globs=False)
        names = test.globs

    assert runner.tries > 60
    assert runner.failures == 0


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", TEXT))))
def test_a_test_named_as_evidence_exists(name):
    assert f"def {name}(" in TESTS or hasattr(models, name)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:models|tests|benchmarks|quizengine)/[\w/.]*)`", TEXT)))
)
def test_a_file_named_exists(path):
    assert (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


@pytest.mark.parametrize(
    "name", [name for name in models.__all__ if inspect.isfunction(getattr(models, name))]
)
def test_every_public_function_stands_in_the_handbook(name):
    assert re.search(rf"\b{name}\b", TEXT)


def test_the_web_product_uses_nothing_that_the_handbook_calls_unused():
    """Whoever puts one of these to use takes it from the list, here and in the handbook."""
    unused = {
        *("learn_exposure_control", "sympson_hetter", "select_controlled_item", "shadow_test"),
        *("assemble_forms", "should_stop", "select_pilot", "select_item", "item_fit"),
        *("person_fit", "item_statistics", "distractor_statistics", "response_time_flags"),
        *("differential_item_functioning", "link_scales", "item_drift", "decision_accuracy"),
        *("calibrate", "simulate_adaptive_tests", "model_fit", "fit_difficulty_model"),
    }
    imported = {
        name
        for path in (ROOT / "quizengine").rglob("*.py")
        for names in IMPORT.findall(path.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", names)
    }

    assert unused <= set(models.__all__)
    assert "calibrate_jointly" in imported
    assert not unused & imported


def test_every_source_in_the_text_is_in_the_list():
    text, sources = TEXT.split("## Sources")
    entries = sources.split("\n- ")
    cited = set(re.findall(r"([A-Z]\w+)\s\(?((?:19|20)\d\d)\b", text))

    assert len(cited) > 40
    for author, year in cited:
        assert any(author in entry and year in entry for entry in entries), (author, year)
