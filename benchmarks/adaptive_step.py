"""Time one adaptive step: the profile from the log of the answers, and the next item.

usage: python -m benchmarks.adaptive_step [--answers 60] [--steps 2000]

The banks are simulated (3PL, eight competencies correlated 0.6), and so are the answers.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from models.adaptive import PreparedBank, prepare_bank, select_item
from models.parameters import ItemParameters

K = 8


def simulated_bank(n_items: int, rng: np.random.Generator) -> tuple[PreparedBank, float]:
    """A bank and the seconds it took to prepare it."""
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0.0, 0.3, n_items)), 0.35, 2.8),
        rng.normal(0.0, 1.0, n_items),
        np.clip(rng.beta(5, 17, n_items), 0.05, 0.4),
    )
    start = time.perf_counter()
    bank = prepare_bank(items, np.arange(n_items) % K, np.full((K, K), 0.6) + 0.4 * np.eye(K))
    return bank, time.perf_counter() - start


def time_steps(bank: PreparedBank, n_answers: int, n_steps: int, rng: np.random.Generator) -> str:
    """Median and 99th percentile of whole steps and of their two parts."""
    n = len(bank)
    seconds = np.empty((n_steps, 2))
    for step in range(n_steps):
        given = rng.permutation(n)[:n_answers]
        theta = rng.normal()
        p = 0.2 + 0.8 / (1 + np.exp(-bank.items.a[given] * (theta - bank.items.b[given])))
        scores = (rng.random(n_answers) < p).astype(np.int8)
        available = np.ones(n, dtype=bool)
        available[given] = False
        start = time.perf_counter()
        profile = bank.profile(given, scores)
        middle = time.perf_counter()
        select_item(profile, bank, available=available)
        seconds[step] = middle - start, time.perf_counter() - middle
    whole = seconds.sum(axis=1) * 1e6
    profile_us, select_us = np.median(seconds, axis=0) * 1e6
    return (
        f"median {np.median(whole):6.0f} us  p99 {np.percentile(whole, 99):6.0f} us  "
        f"(profile {profile_us:.0f}, next item {select_us:.0f})"
    )


def main() -> None:
    """Print one line a bank."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=60)
    parser.add_argument("--steps", type=int, default=2000)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    for n_items in (500, 5_000, 50_000):
        bank, prepared = simulated_bank(n_items, rng)
        line = time_steps(bank, arguments.answers, arguments.steps, rng)
        print(f"{n_items:6d} items, {arguments.answers} answers: {line}; prepared {prepared:.2f} s")


if __name__ == "__main__":
    main()
