"""Every public function has an example in its docstring that runs as it stands."""

from __future__ import annotations

import doctest
import inspect

import pytest

import models

FUNCTIONS = [name for name in models.__all__ if inspect.isfunction(getattr(models, name))]
CLASSES = [name for name in models.__all__ if inspect.isclass(getattr(models, name))]
EXCEPTIONS = [name for name in CLASSES if issubclass(getattr(models, name), Exception)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_every_public_function_runs(name):
    function = getattr(models, name)
    found = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    runner = doctest.DocTestRunner(verbose=False)

    for example in found:
        runner.run(example)

    assert "Examples\n--------" in (inspect.getdoc(function) or "")
    assert runner.tries > 0
    assert runner.failures == 0


@pytest.mark.parametrize("name", sorted(set(CLASSES) - set(EXCEPTIONS)))
def test_every_public_class_describes_its_attributes(name):
    described = inspect.getdoc(getattr(models, name)) or ""

    assert "Attributes\n----------" in described
    for field in getattr(models, name).__dataclass_fields__:
        assert field in described or field.startswith("_"), field


def test_what_is_public_is_a_function_a_class_or_the_code_of_a_missing_answer():
    assert set(models.__all__) == {*FUNCTIONS, *CLASSES, "MISSING"}
    assert len(FUNCTIONS) > 50


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_public_error_says_when_it_is_raised(name):
    assert len(inspect.getdoc(getattr(models, name)) or "") > 30
