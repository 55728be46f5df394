"""Simulated adaptive tests: what a published exam would do, before it is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import numpy.typing as npt

from models.adaptive import PreparedBank, Rule, StoppingRule
from models.exposure import ExposureControl
from models.lockstep import (
    REASONS,
    Answer,
    Design,
    Outcome,
    Selector,
    Tables,
    block_size,
    enemy_table,
    odds_of_answers,
    run_block,
)
from models.lockstep_selection import ControlledItems, selector_for
from models.parameters import Floats, Ints
from models.responses import Int8s
from models.shadow_simulation import ShadowItems
from models.shadow_tests import ShadowRules
from models.simulation import draw_scores, uniforms
from models.simulation_summary import AdaptiveSimulation

Progress = Callable[[float, str], None]


def simulate_adaptive_tests(
    theta: npt.ArrayLike,
    bank: PreparedBank,
    stopping: StoppingRule,
    rng: np.random.Generator,
    *,
    rule: Rule = "target",
    weights: npt.ArrayLike | None = None,
    blueprint: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    enemies: Sequence[Sequence[int]] = (),
    randomesque: int = 1,
    exposure: ExposureControl | None = None,
    shadow: ShadowRules | None = None,
    halfway: bool | None = None,
    responses: Int8s | None = None,
    progress: Progress | None = None,
) -> AdaptiveSimulation:
    """Give adaptive tests to simulated persons, all of a block at once.

    Parameters
    ----------
    theta : shape (n_simulees, K), or (n_simulees,) for one competency; true abilities
    stopping : every rule but the time, which is not simulated
    rng : the answers of a simulee to an item depend on its state only, not on the rule: two rules
        tried with the same seed get the same answers to the same items
    rule, weights, randomesque : as in `select_item`
    blueprint : fewest and most items of each competency, from `quotas` for `stopping.max_items`
    enemies : groups of items of which one test gets at most one
    exposure : lottery, prices and chance of `models.exposure`, instead of `randomesque`; `rule`
        chooses the competency
    shadow : rules of content that shadow tests keep, instead of `rule` and its options; a test is
        complete at the rules' length
    halfway : judge items halfway between estimate and cut; for "sprt" decisions by default
    responses : shape (n_simulees, n_items); scores to use instead of drawing them
    progress : called with the share done and a note; may raise to cancel

    Raises
    ------
    ValueError
        Shapes do not fit the bank, the rule is unknown, or two options exclude each other.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, StoppingRule, prepare_bank, simulate_adaptive_tests
    >>> bank = prepare_bank(ItemParameters.of(1.2, np.linspace(-2, 2, 40)), [0] * 40, [[1]])
    >>> rule = StoppingRule(8, 8, precision=False)
    >>> rng = np.random.default_rng(1)
    >>> done = simulate_adaptive_tests(rng.standard_normal(500), bank, rule, rng)
    >>> done.mean_length, set(done.reasons), bool(done.rmse[0] < 0.75)
    (8.0, {'length'}, True)
    """
    truth = np.asarray(theta, dtype=np.float64)
    truth = truth[:, None] if truth.ndim == 1 else truth
    if truth.ndim != 2 or truth.shape[1] != bank.n_competencies or truth.shape[0] == 0:
        raise ValueError(f"theta must have {bank.n_competencies} columns and at least one row")
    if responses is not None and responses.shape != (truth.shape[0], len(bank)):
        raise ValueError("responses must have one row a simulee and one column an item")
    if rule not in get_args(Rule):
        raise ValueError(f"rule must be one of {', '.join(get_args(Rule))}, not {rule!r}")
    if exposure is not None and exposure.n_items != len(bank):
        raise ValueError(f"exposure must hold {len(bank)} items, one probability each")
    if exposure is not None and bank.sets:
        raise ValueError("exposure control chooses single items: it needs a bank without sets")
    if shadow is not None and (shadow.bank is not bank or exposure is not None):
        raise ValueError("shadow needs rules prepared for this very bank, and no exposure control")
    design = _design(bank, stopping, rule, weights, blueprint, enemies, randomesque)
    if halfway if halfway is not None else stopping.decision == "sprt":
        design = replace(design, halfway=True)
    selector: Selector = selector_for(rule, bank)
    if exposure is not None:
        selector = ControlledItems(exposure, bank)
    if shadow is not None:
        selector = ShadowItems(shadow)
    outcomes = _run_blocks(design, selector, truth, rng, responses, progress)
    return _joined(truth, outcomes, len(bank))


def _design(
    bank: PreparedBank,
    stopping: StoppingRule,
    rule: Rule,
    weights: npt.ArrayLike | None,
    blueprint: tuple[npt.ArrayLike, npt.ArrayLike] | None,
    enemies: Sequence[Sequence[int]],
    randomesque: int,
) -> Design:
    k = bank.n_competencies
    limits = [None, None] if blueprint is None else [np.asarray(row, np.intp) for row in blueprint]
    return Design(
        bank,
        stopping,
        rule,
        np.broadcast_to(np.square(stopping.target_standard_error), k).astype(np.float64),
        None if weights is None else np.asarray(weights, dtype=np.float64),
        limits[0],
        limits[1],
        enemy_table(enemies, len(bank)),
        randomesque,
        False,
        odds_of_answers(bank, stopping),
    )


def _run_blocks(
    design: Design,
    selector: Selector,
    truth: Floats,
    rng: np.random.Generator,
    responses: Int8s | None,
    progress: Progress | None,
) -> list[Outcome]:
    n, bank = len(truth), design.bank
    seed = int(rng.integers(2**63))
    tables = Tables.of(design)
    lottery = selector.lottery if isinstance(selector, ControlledItems) else None
    size = block_size(bank, n, whole_bank=lottery is not None)
    outcomes = []
    for first in range(0, n, size):
        some = truth[first : first + size]
        answer = _answers(bank, some, first, seed, responses)
        outcomes.append(run_block(design, tables, some, answer, selector, rng, lottery))
        if progress is not None:
            done = first + len(some)
            progress(done / n, f"{done} of {n} tests finished")
    return outcomes


def _answers(
    bank: PreparedBank, truth: Floats, first: int, seed: int, responses: Int8s | None
) -> Answer:
    """Scores of one block's simulees, drawn or looked up."""
    if responses is not None:
        known = responses[first : first + len(truth)]
        return lambda rows, item: known[rows, item]

    def draw(rows: Ints, item: Ints) -> Int8s:
        theta = truth[rows, bank.competency[item]]
        return draw_scores(bank.items, theta, item, uniforms(seed, first + rows, item, len(bank)))

    return draw


def _joined(truth: Floats, outcomes: list[Outcome], n_items: int) -> AdaptiveSimulation:
    """One result of all blocks."""
    items = np.concatenate([outcome.items for outcome in outcomes])
    counts = np.concatenate([outcome.counts for outcome in outcomes])
    covariance = np.concatenate([outcome.covariance for outcome in outcomes])
    longest = int(counts.sum(axis=1).max())
    met = np.bincount(items[items >= 0], minlength=n_items)
    return AdaptiveSimulation(
        truth,
        np.concatenate([outcome.mean for outcome in outcomes]),
        np.sqrt(covariance.diagonal(axis1=1, axis2=2)),
        counts.sum(axis=1),
        counts,
        met / truth.shape[0],
        tuple(REASONS[code] for outcome in outcomes for code in outcome.reasons),
        items[:, :longest],
        np.concatenate([outcome.scores for outcome in outcomes])[:, :longest],
    )
