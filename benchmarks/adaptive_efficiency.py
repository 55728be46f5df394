"""Length, error and coverage of adaptive tests over five correlated competencies.

usage: python -m benchmarks.adaptive_efficiency [--simulees 500]

Simulated: a bank of 5 x 150 2PL items and simulees whose abilities correlate 0.6, the same seeds in
every run, until every standard error is at most 0.35. Prints one line a rule.
"""

from __future__ import annotations

import argparse
import time
from typing import get_args

import numpy as np

from models.adaptive import PreparedBank, Rule, StoppingRule, prepare_bank
from models.adaptive_simulation import simulate_adaptive_tests
from models.parameters import Floats, ItemParameters

K, PER_COMPETENCY, CORRELATION = 5, 150, 0.6


def simulated_bank() -> PreparedBank:
    """5 x 150 2PL items, a log-normal, b normal."""
    rng = np.random.default_rng(14)
    n = K * PER_COMPETENCY
    a = np.clip(np.exp(rng.normal(0.0, 0.3, n)), 0.35, 2.8)
    items = ItemParameters.of(a, rng.normal(0.0, 1.0, n))
    return prepare_bank(items, np.repeat(np.arange(K), PER_COMPETENCY), covariance())


def covariance() -> Floats:
    """Unit variances, equal correlations."""
    return np.full((K, K), CORRELATION) + (1.0 - CORRELATION) * np.eye(K)


def main() -> None:
    """Simulate with each rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulees", type=int, default=500)
    n = parser.parse_args().simulees
    bank = simulated_bank()
    theta = np.random.default_rng(22).multivariate_normal(np.zeros(K), covariance(), n)
    stopping = StoppingRule(0, 200, 0.35)
    for rule in get_args(Rule):
        start = time.perf_counter()
        done = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(21), rule=rule)
        seconds = time.perf_counter() - start
        rmse = np.sqrt((done.rmse**2).mean())
        print(
            f"{rule:12s} items {done.mean_length:6.1f}  RMSE {rmse:.3f}  "
            f"bias {done.bias.mean():+.3f}  95 % cover {done.coverage.mean():.3f}  "
            f"{1e6 * seconds / done.length.sum():.0f} us an item"
        )


if __name__ == "__main__":
    main()
