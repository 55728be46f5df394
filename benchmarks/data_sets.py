"""Simulated answers for the calibration benchmark, with fixed seeds.

Dense: 2PL d2_1k (1,000 persons x 50 items), d2_10k (10,000 x 100), d2_100k (100,000 x 100); 3PL
d3_10k (10,000 x 60); graded g5_5k (5,000 x 40, five scores). Sparse, 40 answers a person as a small
adaptive test leaves them: s2_800k (20,000 x 1,000), s2_8m (200,000 x 2,000).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.parameters import Floats, ItemParameters
from models.responses import Responses

DENSE = {
    "d2_1k": (1_000, 50, "2PL"),
    "d2_10k": (10_000, 100, "2PL"),
    "d2_100k": (100_000, 100, "2PL"),
    "d3_10k": (10_000, 60, "3PL"),
    "g5_5k": (5_000, 40, "GRM"),
}
SPARSE = {"s2_800k": (20_000, 1_000, 40), "s2_8m": (200_000, 2_000, 40)}
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Data:
    """A simulated set and what made it."""

    name: str
    model: str
    items: ItemParameters
    responses: Responses

    def save(self, folder: Path) -> Path:
        """Write it so that another process can read it."""
        path = folder / f"{self.name}.npz"
        found, items = self.responses, self.items
        thresholds = np.empty((0, 0)) if items.thresholds is None else items.thresholds
        np.savez(
            path,
            model=self.model,
            size=[found.n_persons, found.n_items],
            starts=found.starts,
            item=found.item,
            score=found.score,
            parameters=np.stack([items.a, items.b, items.c, items.d]),
            thresholds=thresholds,
        )
        return path


def load(path: Path) -> Data:
    """What `Data.save` wrote."""
    with np.load(path) as stored:
        n_persons, n_items = (int(size) for size in stored["size"])
        model, thresholds = str(stored["model"]), stored["thresholds"]
        responses = Responses(n_persons, n_items, stored["starts"], stored["item"], stored["score"])
        items = ItemParameters.of(
            *stored["parameters"], thresholds=thresholds if thresholds.size else None, model=model
        )
    return Data(path.stem, model, items, responses)


def make(name: str) -> Data:
    """One of the sets."""
    rng = np.random.default_rng(sum(name.encode()))
    if name in SPARSE:
        n_persons, n_items, length = SPARSE[name]
        items = _items(n_items, "2PL", rng)
        return Data(
            name, "2PL", items, _adaptive(rng.standard_normal(n_persons), items, length, rng)
        )
    n_persons, n_items, model = DENSE[name]
    items = _items(n_items, model, rng)
    theta = rng.standard_normal(n_persons)
    rows = [
        _scores(theta[first : first + ROWS_AT_ONCE], items, rng)
        for first in range(0, n_persons, ROWS_AT_ONCE)
    ]
    return Data(name, model, items, Responses.from_dense(np.concatenate(rows)))


def _items(n_items: int, model: str, rng: np.random.Generator) -> ItemParameters:
    a = np.clip(rng.lognormal(0.15, 0.3, n_items), 0.4, 2.8)
    b = np.clip(rng.normal(0, 1, n_items), -2.8, 2.8)
    if model == "GRM":
        gaps = np.concatenate([np.zeros((n_items, 1)), rng.uniform(0.4, 1.1, (n_items, 3))], axis=1)
        steps = np.cumsum(gaps, axis=1)
        thresholds = 0.7 * b[:, None] + steps - steps.mean(axis=1, keepdims=True)
        return ItemParameters.of(a, thresholds=thresholds, model="GRM")
    c = rng.uniform(0.1, 0.28, n_items) if model == "3PL" else 0.0
    return ItemParameters.of(a, b, c, model=model)


def _scores(theta: Floats, items: ItemParameters, rng: np.random.Generator) -> np.ndarray:
    draw = rng.random((theta.size, len(items)))
    if items.thresholds is None:
        curve = 1.0 / (1.0 + np.exp(-items.a * (theta[:, None] - items.b)))
        return (draw < items.c + (1.0 - items.c) * curve).astype(np.int8)
    score = np.zeros(draw.shape, dtype=np.int8)
    for threshold in items.thresholds.T:
        score += draw < 1.0 / (1.0 + np.exp(-items.a * (theta[:, None] - threshold)))
    return score


def _adaptive(
    theta: Floats, items: ItemParameters, length: int, rng: np.random.Generator
) -> Responses:
    """A crude adaptive test: each next item has a difficulty near a running estimate.

    What a person meets depends only on that person's earlier answers, so it may be ignored.
    """
    n_persons, n_items = theta.size, len(items)
    by_difficulty = np.argsort(items.b)
    sorted_b = items.b[by_difficulty]
    used = np.zeros((n_persons, n_items), dtype=bool)
    estimate = np.zeros(n_persons)
    everybody = np.arange(n_persons)
    chosen = np.empty((n_persons, length), dtype=np.intp)
    scores = np.empty((n_persons, length), dtype=np.int8)
    for step in range(length):
        waiting, width = everybody, 60
        while waiting.size:
            centre = np.searchsorted(sorted_b, estimate[waiting])
            if step < 5:
                pick = rng.integers(0, n_items, waiting.size)
            else:
                pick = centre + rng.integers(-width, width + 1, waiting.size)
                width = min(2 * width, n_items)
            pick = by_difficulty[np.clip(pick, 0, n_items - 1)]
            fresh = ~used[waiting, pick]
            chosen[waiting[fresh], step] = pick[fresh]
            waiting = waiting[~fresh]
        item = chosen[:, step]
        used[everybody, item] = True
        p = 1.0 / (1.0 + np.exp(-items.a[item] * (theta - items.b[item])))
        scores[:, step] = rng.random(n_persons) < p
        expected = 1.0 / (1.0 + np.exp(items.b[item] - estimate))
        estimate += (scores[:, step] - expected) * 2.5 / np.sqrt(step + 2.0)
    return Responses.from_triples(
        np.repeat(everybody, length),
        chosen.ravel(),
        scores.ravel(),
        n_persons=n_persons,
        n_items=n_items,
    )
