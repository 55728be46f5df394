"""Calibration: item parameters from responses, by marginal maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.em import Fit, Problem, run_em
from models.kernels import SMALL, kernel_for, one_blas_thread
from models.maximisation import HIGHEST, LOWEST, PriorTable, Structure, lower_asymptote
from models.parameters import Floats, Ints, ItemParameters
from models.priors import DEFAULT, FLAT, Priors
from models.quadrature import Quadrature, nodes_for
from models.responses import Responses
from models.screening import Bools, Flagged, examine, screen
from models.standard_errors import StandardErrors, standard_errors
from models.starting_values import starting_values

MODELS = ("1PL", "2PL", "3PL")
_WEAK = 1e-6  # precision of a flat prior: a standard deviation of 1,000 logits
_SMALLEST_SLOPE = 1e-4  # so that b = -intercept / slope is a number

Progress = Callable[[float, str], None]
Anchors = Mapping[int, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of `calibrate`.

    Attributes
    ----------
    items : estimates with standard errors.
    log_likelihood : marginal, of the responses, without the priors.
    converged : whether the stopping rule was met; False means: do not use without a look.
    n_iterations : E-steps made.
    latent_mean, latent_sd : of ability; 0 and 1 unless anchors hold the scale.
    gradient_norm : largest absolute derivative of the (penalised) log-likelihood at the last step.
    n_persons : persons with at least one answer.
    n_responses : shape (n_items,); answers to each item.
    n_parameters : how many were estimated.
    warnings : codes of `models.screening`, and "not-converged", "no-standard-errors",
        "standard-errors-item-by-item", "prior-for-items" (no finite estimate without it).
    flagged : code to the items (or persons) it names.
    errors : standard errors in more than one parametrisation; None when not asked for.
    """

    items: ItemParameters
    log_likelihood: float
    converged: bool
    n_iterations: int
    latent_mean: float
    latent_sd: float
    gradient_norm: float
    n_persons: int
    n_responses: Ints
    n_parameters: int
    warnings: tuple[str, ...] = ()
    flagged: Flagged = field(default_factory=dict)
    errors: StandardErrors | None = None

    def summary(self) -> str:
        """A few lines for a log or a terminal, in English."""
        head = (
            f"{self.items.model}, {len(self.items)} items, {self.n_persons} persons, "
            f"{int(self.n_responses.sum())} responses\n"
            f"log-likelihood {self.log_likelihood:.3f}, {self.n_parameters} parameters, "
            f"{'converged' if self.converged else 'NOT converged'} after "
            f"{self.n_iterations} iterations\n"
            f"ability: mean {self.latent_mean:.3f}, standard deviation {self.latent_sd:.3f}\n"
        )
        names = f"{'item':>6} {'n':>8} {'a':>8} {'b':>8} {'c':>6} {'se(a)':>7} {'se(b)':>7}"
        lines = [head + names]
        errors = self.items.standard_errors
        for j in range(len(self.items)):
            se_a, se_b = (np.nan, np.nan) if errors is None else errors[j, :2]
            lines.append(
                f"{j:6d} {self.n_responses[j]:8d} {self.items.a[j]:8.3f} {self.items.b[j]:8.3f} "
                f"{self.items.c[j]:6.3f} {se_a:7.3f} {se_b:7.3f}"
            )
        if self.warnings:
            lines.append("warnings: " + ", ".join(self.warnings))
        return "\n".join(lines)


def calibrate(
    responses: Responses,
    model: str = "2PL",
    engine: str = "native",
    priors: str | Priors | None = None,
    groups: object | None = None,
    anchors: Anchors | None = None,
    progress: Progress | None = None,
    *,
    errors: bool = True,
    tolerance: float | None = None,
    max_iterations: int = 500,
) -> Calibration:
    """Estimate item parameters, ability integrated out over N(0, 1).

    Responses that the design left out are ignored; that is right when what a person met depends
    only on earlier answers, as in an adaptive test.

    Parameters
    ----------
    model : "1PL" (one common slope), "2PL", or "3PL".
    engine : "native", or "pyirt" for a cross-check (slow and limited, see its module).
    priors : None for maximum likelihood, "default" for `Priors()`, or your own. An item without a
        finite estimate (all right, all wrong, unanswered) takes the default priors in any case,
        and is named in the warnings.
    groups : not offered yet.
    anchors : item to (a, b), 3PL (a, b, c), which stay as given; mean and standard deviation of
        ability are then estimated, so that new items come out on the anchors' scale.
    progress : called with a fraction and a note; what it raises ends the fit.
    errors : whether to compute standard errors.
    tolerance : stop when one more EM step would gain less log-likelihood than this; by default
        1e-6, and 1e-4 above 300,000 answers, where standard errors are that much smaller.

    Raises
    ------
    ValueError
        When an argument cannot be used: which one, and what to do. Hard data raise nothing.
    """
    _check(responses, model, engine, groups)
    chosen = _chosen(priors)
    if engine == "pyirt":
        if anchors or model != "2PL" or chosen is not FLAT:
            raise ValueError("engine pyirt fits a 2PL without priors and without anchors.")
        from models.engines.pyirt_engine import calibrate_with_pyirt

        return calibrate_with_pyirt(responses, progress=progress)
    flagged = screen(responses)
    used = responses
    if "persons-without-responses" in flagged:
        used = responses.take_persons(np.flatnonzero(responses.per_person() > 0))
    fixed = _read_anchors(anchors or {}, responses.n_items, model)
    xi, free = _start(used, model, fixed)
    hopeless = np.zeros(used.n_items, dtype=bool)
    for code in ("no-responses", "all-right", "all-wrong"):
        hopeless[flagged.get(code, [])] = True
    table = _prior_table(chosen, xi.shape, model, hopeless & free)
    structure = Structure(free, model == "1PL", model == "1PL" and bool(fixed))
    problem = Problem(
        kernel=kernel_for(used),
        n_nodes=nodes_for(int(used.per_person().max(initial=0))),
        priors=table,
        structure=structure,
        tolerance=tolerance or (1e-6 if used.n_responses <= SMALL else 1e-4),
        max_iterations=max_iterations,
    )
    with one_blas_thread():
        fit = run_em(problem, xi, progress)
        log_likelihood = problem.kernel.log_likelihood(problem.tables(fit.xi, fit.population))
    found = _errors(used, problem, fit) if errors else None
    if chosen is FLAT and (hopeless & free).any():
        flagged["prior-for-items"] = np.flatnonzero(hopeless & free)
    return _result(responses, model, problem, fit, log_likelihood, found, flagged)


def _check(responses: Responses, model: str, engine: str, groups: object | None) -> None:
    if model not in MODELS:
        raise ValueError(f"model {model!r} is not offered; choose one of {', '.join(MODELS)}.")
    if engine not in ("native", "pyirt"):
        raise ValueError(f"engine {engine!r} is not offered; choose 'native' or 'pyirt'.")
    if groups is not None:
        raise ValueError(
            "groups are not offered yet: calibrate one group, then the other with anchors."
        )
    if responses.n_items == 0:
        raise ValueError("there are no items to calibrate.")
    if responses.n_responses and int(responses.score.max()) > 1:
        where = int(np.argmax(responses.score > 1))
        raise ValueError(
            f"item {int(responses.item[where])} has a score of {int(responses.score[where])}; "
            f"{model} takes 0 and 1 only, so dichotomise partial credit first."
        )


def _chosen(priors: str | Priors | None) -> Priors:
    if priors is None:
        return FLAT
    if isinstance(priors, Priors):
        return priors
    if priors == "default":
        return DEFAULT
    raise ValueError(f"priors {priors!r}: give None, 'default' or a Priors object.")


def _read_anchors(anchors: Anchors, n_items: int, model: str) -> dict[int, Floats]:
    """Anchors as rows of `xi`."""
    rows = {}
    length = 3 if model == "3PL" else 2
    for item, values in anchors.items():
        row = np.asarray(values, dtype=np.float64)
        if not 0 <= item < n_items:
            raise ValueError(f"anchor {item} is no item; items are 0 to {n_items - 1}.")
        if row.shape != (length,) or not np.isfinite(row).all():
            raise ValueError(f"anchor {item}: give {'(a, b, c)' if length == 3 else '(a, b)'}.")
        if not 0 < row[0] <= HIGHEST[0] or (length == 3 and not 0 < row[2] < 0.9):
            raise ValueError(
                f"anchor {item}: a must lie above 0 and up to {HIGHEST[0]:g}, c between 0 and 0.9."
            )
        row[1] *= -row[0]
        if length == 3:
            row[2] = np.log(row[2] / (1.0 - row[2]))
        rows[int(item)] = row
    if model == "1PL" and len({row[0] for row in rows.values()}) > 1:
        raise ValueError("anchors of a 1PL must have one common a.")
    return rows


def _start(responses: Responses, model: str, anchors: dict[int, Floats]) -> tuple[Floats, Bools]:
    slope, intercept = starting_values(responses)
    columns = [slope, intercept]
    if model == "3PL":
        columns.append(np.full(slope.size, -1.4))
    xi = np.stack(columns, axis=1)
    free = np.ones(slope.size, dtype=bool)
    for item, row in anchors.items():
        xi[item], free[item] = row, False
    if anchors and model == "1PL":
        xi[:, 0] = next(iter(anchors.values()))[0]
    return np.clip(xi, LOWEST[: xi.shape[1]], HIGHEST[: xi.shape[1]]), free


def _prior_table(priors: Priors, shape: tuple[int, ...], model: str, hopeless: Bools) -> PriorTable:
    mean, precision = np.zeros(shape), np.full(shape, _WEAK)

    def put(column: int, rows: Bools | slice, prior: tuple[float, float] | None) -> None:
        if prior is not None:
            mean[rows, column] = prior[0]
            precision[rows, column] = prior[1] ** -2

    for column, name in enumerate(("slope", "intercept", "logit_c")[: shape[1]]):
        put(column, slice(None), getattr(priors, name))
        if getattr(priors, name) is None and not (model == "1PL" and column == 0):
            put(column, hopeless, getattr(DEFAULT, name))
    if model == "1PL":  # one slope, one prior: each item carries its share
        if priors.slope is None and hopeless.all():
            put(0, slice(None), DEFAULT.slope)
        precision[:, 0] /= shape[0]
    return PriorTable(mean, precision)


def _errors(responses: Responses, problem: Problem, fit: Fit) -> StandardErrors:
    return standard_errors(
        responses,
        problem.kernel,
        problem.tables(fit.xi, fit.population),
        fit.xi,
        Quadrature.normal(problem.n_nodes).nodes,
        problem.priors,
        problem.structure,
    )


def _result(
    responses: Responses,
    model: str,
    problem: Problem,
    fit: Fit,
    log_likelihood: float,
    errors: StandardErrors | None,
    flagged: Flagged,
) -> Calibration:
    xi, free = fit.xi, problem.structure.free
    slope = np.where(
        np.abs(xi[:, 0]) < _SMALLEST_SLOPE, np.copysign(_SMALLEST_SLOPE, xi[:, 0]), xi[:, 0]
    )
    columns = xi.shape[1]
    outside = (xi <= LOWEST[:columns]) | (xi >= HIGHEST[:columns])
    at_bound: Bools = np.asarray(outside.any(axis=1))
    flagged = {**flagged, **examine(slope, at_bound, free)}
    nobody = np.empty(0, dtype=np.intp)
    table = None
    if not fit.converged:
        flagged["not-converged"] = nobody
    if errors is not None:
        table = np.stack([errors.a, errors.b, errors.c, np.full(slope.size, np.nan)], axis=1)
        unknown = np.flatnonzero(free & ~np.isfinite(errors.b))
        if unknown.size:
            flagged["no-standard-errors"] = unknown
        if errors.item_by_item:
            flagged["standard-errors-item-by-item"] = nobody
    c = lower_asymptote(xi)
    items = ItemParameters.of(
        slope, -xi[:, 1] / slope, 0.0 if c is None else c, standard_errors=table, model=model
    )
    n_free = int(free.sum())
    per_item = columns - 1 if problem.structure.common_slope else columns
    n_parameters = n_free * per_item + (2 if problem.anchored else 0)
    if problem.structure.common_slope and not problem.structure.fixed_slope:
        n_parameters += 1
    return Calibration(
        items=items,
        log_likelihood=log_likelihood,
        converged=fit.converged,
        n_iterations=fit.n_iterations,
        latent_mean=fit.population[0],
        latent_sd=fit.population[1],
        gradient_norm=fit.gradient_norm,
        n_persons=int((responses.per_person() > 0).sum()),
        n_responses=responses.per_item(),
        n_parameters=n_parameters,
        warnings=tuple(flagged),
        flagged=flagged,
        errors=errors,
    )
