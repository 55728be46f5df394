"""Shadow tests inside the simulation of many simulees."""

from __future__ import annotations

import numpy as np

from models.lockstep import Block
from models.parameters import Ints
from models.shadow_tests import DEFAULT_MOVE, ShadowRules, ShadowTest, shadow_test


class ShadowItems:
    """Selection by shadow tests, one simulee after another.

    Attributes
    ----------
    layers : how many shadow tests came from each layer
    """

    def __init__(self, rules: ShadowRules, move: float = DEFAULT_MOVE) -> None:
        self._rules, self._move = rules, move
        self._last: dict[int, ShadowTest] = {}
        self.layers = {"kept": 0, "greedy": 0, "reduced": 0}

    def __call__(self, block: Block) -> Ints:
        """The next item of every running simulee; -1 where the test is complete."""
        if block.position == 0:
            self._last = {}
        mean = block.beliefs.mean
        chosen = np.full(block.rows.size, -1, dtype=np.intp)
        for row, person in enumerate(block.rows.tolist()):
            found = shadow_test(
                mean[row],
                self._rules,
                block.items[person, : block.position],
                previous=self._last.get(person),
                move=self._move,
            )
            self._last[person] = found
            self.layers[found.layer] += 1
            if found.next_item is not None:
                chosen[row] = found.next_item
        return chosen
