"""Length, error and accuracy of adaptive tests, simulated.

usage: python -m benchmarks.adaptive_efficiency [--simulees 1000] [--part decisions|competencies]

decisions: pass or fail at cut 0 with 10 to 60 items of bank A (500 2PL), by each stopping rule.
competencies: five competencies correlated 0.6, until every standard error is at most 0.35, by each
selection rule. The same seeds in every run, see `benchmarks.adaptive_banks`.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.adaptive_banks import (
    M_COMPETENCIES,
    M_CORRELATION,
    M_ITEMS,
    Case,
    case,
    equal_correlations,
    items_of,
)
from models.adaptive import Rule, StoppingRule, halfway, prepare_bank, should_stop
from models.adaptive_simulation import simulate_adaptive_tests
from models.adaptive_state import AdaptiveState
from models.likelihood import score_table
from models.parameters import Floats
from models.prepared_bank import PreparedBank
from models.stopping import sides_of_cut

CUT = 0.0
RULES: tuple[Rule, ...] = ("target", "D", "A", "information", "random")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of many decisions.

    Attributes
    ----------
    length : mean number of items
    accuracy : share of right decisions, undecided ones by the estimate
    undecided : share that reached the longest test undecided
    rmse : of the ability
    """

    length: float
    accuracy: float
    undecided: float
    rmse: float


def decide_all(simulated: Case, bank: PreparedBank, stopping: StoppingRule, where: str) -> Outcome:
    """Give every simulee a test until it is decided.

    Parameters
    ----------
    where : items are chosen at the "estimate", at the "cut" or "halfway"
    """
    points = CUT + np.array([-stopping.delta, stopping.delta])
    low, high = score_table(points, bank.items).T
    odds = high - low
    ended = [_decide(bank, responses, stopping, where, odds) for responses in simulated.responses]
    lengths, sides, means = (np.array(column) for column in zip(*ended, strict=True))
    above = np.where(sides == 0, means > CUT, sides > 0)
    return Outcome(
        float(lengths.mean()),
        float((above == (simulated.theta > CUT)).mean()),
        float((sides == 0).mean()),
        float(np.sqrt(np.mean((means - simulated.theta) ** 2))),
    )


def _decide(
    bank: PreparedBank, responses: Floats, stopping: StoppingRule, where: str, odds: Floats
) -> tuple[int, int, float]:
    state, log_odds = AdaptiveState.start(bank), np.zeros(1)
    while should_stop(state.profile, len(state.given), stopping, log_odds=log_odds) is None:
        if where == "estimate":
            item = state.next_item("information")
        else:
            place = halfway(state.profile, CUT) if where == "halfway" else np.array([CUT])
            item = state.next_item("information", at=place)
        if item is None:
            break
        score = int(responses[item])
        log_odds = log_odds + odds[bank.offsets[item] + score]
        state = state.answer(item, score)
    side = int(sides_of_cut(state.profile, stopping, log_odds)[0])
    return len(state.given), side, float(state.profile.mean[0])


def decisions(n_simulees: int) -> None:
    """One line a stopping rule."""
    simulated = case("A", n_simulees)
    bank = prepare_bank(simulated.items, np.zeros(len(simulated.items), int), [[1.0]])
    rules = (
        ("interval, two-sided 95 %", "estimate", {"decision": "interval", "sides": 2}),
        ("interval, one-sided 95 %", "estimate", {"decision": "interval", "sides": 1}),
        ("posterior odds 19 : 1", "cut", {"decision": "posterior"}),
        ("sequential ratio, +-0.25", "halfway", {"decision": "sprt", "delta": 0.25}),
        ("sequential ratio, +-0.40", "halfway", {"decision": "sprt", "delta": 0.40}),
    )
    print(f"bank A, cut {CUT}, 10 to 60 items, {len(simulated.theta)} simulees")
    for name, where, options in rules:
        rule = StoppingRule(10, 60, precision=False, cut=CUT, **options)
        start = time.perf_counter()
        done = decide_all(simulated, bank, rule, where)
        print(
            f"{name:26s} items at {where:8s} mean {done.length:5.2f} items  "
            f"accuracy {done.accuracy:.3f}  undecided {done.undecided:.3f}  "
            f"RMSE {done.rmse:.3f}  ({time.perf_counter() - start:.1f} s)"
        )


def competencies(n_simulees: int) -> None:
    """One line a selection rule."""
    covariance = equal_correlations(M_COMPETENCIES, M_CORRELATION)
    items = items_of(M_COMPETENCIES * M_ITEMS, guessing=False, seed=14)
    bank = prepare_bank(items, np.repeat(np.arange(M_COMPETENCIES), M_ITEMS), covariance)
    rng = np.random.default_rng(22)
    theta = rng.multivariate_normal(np.zeros(M_COMPETENCIES), covariance, min(n_simulees, 500))
    stopping = StoppingRule(0, 200, 0.35)
    print(f"bank M, until every standard error <= 0.35, {len(theta)} simulees")
    for rule in RULES:
        start = time.perf_counter()
        done = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(21), rule=rule)
        seconds = time.perf_counter() - start
        rmse = np.sqrt((done.rmse**2).mean())
        print(
            f"{rule:12s} items {done.mean_length:6.1f}  RMSE {rmse:.3f}  "
            f"bias {done.bias.mean():+.3f}  95 % cover {done.coverage.mean():.3f}  "
            f"{1e6 * seconds / done.length.sum():.0f} us an item"
        )


def main() -> None:
    """Simulate with each rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulees", type=int, default=1000)
    parser.add_argument("--part", choices=("decisions", "competencies", "all"), default="all")
    arguments = parser.parse_args()
    if arguments.part != "competencies":
        decisions(arguments.simulees)
    if arguments.part != "decisions":
        competencies(arguments.simulees)


if __name__ == "__main__":
    main()
