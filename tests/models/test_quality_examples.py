"""The examples in the docstrings of the functions on the quality of items and persons run."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = [
    "classical",
    "classification",
    "dif",
    "drift",
    "item_misfit",
    "limited_information",
    "linking",
    "local_dependence",
    "person_misfit",
    "response_times",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_as_they_stand(name):
    result = doctest.testmod(import_module(f"models.{name}"))

    assert result.attempted > 0
    assert result.failed == 0
