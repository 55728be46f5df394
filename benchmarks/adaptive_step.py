"""Time one adaptive step: an answer in, the posterior and its error, the next item.

usage: python -m benchmarks.adaptive_step [--simulees 200] [--answers 20] [--banks A B C K8]

The simulated banks and simulees of `benchmarks.adaptive_banks`; K8 is bank B over eight
competencies correlated 0.6. Each simulee answers until `--answers` items are behind, the next step
is timed. Ours twice: a running test (`AdaptiveState`), and the whole log anew as a web request does
it (`PreparedBank.profile` and `select_item`). Peers (catsim, the Python mirt) are measured in the
same run where they are installed: by maximum likelihood (catsim offers no other) and by expectation
at the 61 points that make it accurate (mirt).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.adaptive_banks import Case, case, equal_correlations
from models.adaptive import prepare_bank, select_item
from models.adaptive_state import AdaptiveState
from models.prepared_bank import PreparedBank

Step = Callable[[], object]  # the step to be timed
Engine = Callable[[int], Step]  # prepares the step of one simulee
SLOW_SIMULEES = {"A": 100, "B": 40, "C": 8}  # simulees of a peer


def our_bank(simulated: Case, n_competencies: int) -> PreparedBank:
    """The bank made ready, items dealt out over the competencies."""
    n = len(simulated.items)
    return prepare_bank(
        simulated.items, np.arange(n) % n_competencies, equal_correlations(n_competencies, 0.6)
    )


def running_test(simulated: Case, bank: PreparedBank, n_answers: int) -> Engine:
    """One more answer to a running test."""

    def prepare(person: int) -> Step:
        state, item = _answered(simulated, bank, n_answers, person)
        score = int(simulated.responses[person, item])
        return lambda: state.answer(item, score).next_item()

    return prepare


def whole_log(simulated: Case, bank: PreparedBank, n_answers: int) -> Engine:
    """The same from the log of all answers."""

    def prepare(person: int) -> Step:
        state, item = _answered(simulated, bank, n_answers, person)
        given = np.array([*state.given, item])
        scores = simulated.responses[person, given].astype(np.intp)
        available = np.ones(len(bank), dtype=np.bool_)
        available[given] = False
        return lambda: select_item(bank.profile(given, scores), bank, available=available)

    return prepare


def _answered(
    simulated: Case, bank: PreparedBank, n_answers: int, person: int
) -> tuple[AdaptiveState, int]:
    state = AdaptiveState.start(bank)
    for _ in range(n_answers):
        item = state.next_item()
        assert item is not None
        state = state.answer(item, int(simulated.responses[person, item]))
    item = state.next_item()
    assert item is not None
    return state, item


def catsim_engine(simulated: Case, n_answers: int) -> Engine:
    """catsim: maximum likelihood, maximum information, and the error it stops by."""
    from catsim import irt  # type: ignore[import-not-found]
    from catsim.estimation import NumericalSearchEstimator  # type: ignore[import-not-found]
    from catsim.item_bank import ItemBank  # type: ignore[import-not-found]
    from catsim.selection import MaxInfoSelector  # type: ignore[import-not-found]

    items = simulated.items
    table = np.column_stack([items.a, items.b, items.c, items.d])
    bank, estimator, selector = ItemBank(table), NumericalSearchEstimator(), MaxInfoSelector()

    def prepare(person: int) -> Step:
        given: list[int] = []
        right: list[bool] = []
        theta = 0.0

        def choose() -> int:
            chosen = selector.select(item_bank=bank, administered_items=given, est_theta=theta)
            return int(chosen)

        def step() -> int:
            nonlocal theta
            theta = estimator.estimate(
                item_bank=bank, administered_items=given, response_vector=right, est_theta=theta
            )
            irt.see(theta, bank.get_items(given) if hasattr(bank, "get_items") else table[given])
            return choose()

        item = choose()
        for position in range(n_answers + 1):
            given.append(item)
            right.append(bool(simulated.responses[person, item]))
            if position < n_answers:
                item = step()
        return step

    return prepare


def mirt_engine(simulated: Case, n_answers: int) -> Engine:
    """The Python mirt: expectation a posteriori at 61 points, maximum information."""
    from mirt.cat import CATEngine  # type: ignore[import-not-found]
    from mirt.models import (  # type: ignore[import-not-found]
        ThreeParameterLogistic,
        TwoParameterLogistic,
    )

    items = simulated.items
    guessing = bool((items.c > 0).any())
    model: Any = (ThreeParameterLogistic if guessing else TwoParameterLogistic)(len(items))
    values = {"discrimination": items.a, "difficulty": items.b}
    model.set_parameters(**(values | ({"guessing": items.c} if guessing else {})))
    model._is_fitted = True
    engine = CATEngine(model, se_threshold=1e-6, max_items=200, n_quadpts=61)

    def prepare(person: int) -> Step:
        engine.reset()
        state = engine.get_current_state()
        for _ in range(n_answers):
            state = engine.administer_item(int(simulated.responses[person, state.next_item]))
        score = int(simulated.responses[person, state.next_item])
        return lambda: engine.administer_item(score)

    return prepare


def timed(engine: Engine, n_simulees: int) -> tuple[float, float, float]:
    """Median and 99th percentile of the wall clock, and median CPU time, in microseconds."""
    wall, cpu = np.empty(n_simulees), np.empty(n_simulees)
    engine(0)()  # what is loaded at the first use
    for person in range(n_simulees):
        step = engine(person)
        begun, used = time.perf_counter(), time.process_time()
        step()
        cpu[person] = time.process_time() - used
        wall[person] = time.perf_counter() - begun
    return (
        float(np.median(wall)) * 1e6,
        float(np.percentile(wall, 99)) * 1e6,
        float(np.median(cpu)) * 1e6,
    )


def line(name: str, seconds: tuple[float, float, float], ours: float | None = None) -> str:
    """One line of the table; the ratio is of CPU time, which other work on the machine spares."""
    median, p99, cpu = seconds
    ratio = "" if ours is None else f"  {cpu / ours:7.0f} x ours"
    return f"  {name:28s} median {median:9.1f} us  p99 {p99:9.1f} us  CPU {cpu:9.1f} us{ratio}"


def main() -> None:
    """Print one block a bank."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulees", type=int, default=200)
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--banks", nargs="+", default=["A", "B", "C", "K8"])
    arguments = parser.parse_args()
    for name in arguments.banks:
        simulated = case("B" if name == "K8" else name, max(arguments.simulees, 1))
        start = time.perf_counter()
        bank = our_bank(simulated, 8 if name == "K8" else 1)
        prepared = time.perf_counter() - start
        n = len(simulated.theta)
        print(f"{name}: {len(bank)} items, {arguments.answers} answers; prepared {prepared:.2f} s")
        ours = timed(running_test(simulated, bank, arguments.answers), n)
        print(line("ours, running test", ours))
        print(line("ours, whole log", timed(whole_log(simulated, bank, arguments.answers), n)))
        for peer, make in (("catsim", catsim_engine), ("mirt (Python)", mirt_engine)):
            if name == "K8":
                continue
            try:
                engine = make(simulated, arguments.answers)
            except ImportError as missing:
                print(f"  {peer}: not measured, {missing}")
                continue
            print(line(peer, timed(engine, min(n, SLOW_SIMULEES[name])), ours[2]))


if __name__ == "__main__":
    main()
