"""The examples in the docstrings of abilities and adaptive tests run as they stand."""

import doctest
from importlib import import_module

import pytest

MODULES = (
    "ability",
    "profile",
    "prepared_bank",
    "selection",
    "stopping",
    "decisions",
    "adaptive_state",
    "pilots",
    "content",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_as_they_stand(name):
    result = doctest.testmod(import_module(f"models.{name}"))

    assert result.attempted > 0
    assert result.failed == 0
