"""Calibration: item parameters from responses, by marginal maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.acceleration import Anderson
from models.calibration_result import Calibration
from models.calibration_setup import Anchors, Setup, read_models, read_priors, set_up
from models.delta_method import StandardErrors
from models.em import Fit, Problem, run_em
from models.item_families import asymptotes
from models.kernels import SMALL, Kernel, kernel_for, one_blas_thread
from models.maximisation import Structure
from models.parameters import MIXED, Floats, ItemParameters
from models.population import Population
from models.priors import FLAT, Priors
from models.quadrature import LIMIT, nodes_for
from models.responses import Responses
from models.screening import examine
from models.standard_errors import KINDS, standard_errors

__all__ = ["Calibration", "calibrate", "fit_with", "items_of", "result_of"]

_SMALLEST_SLOPE = 1e-4  # so that b = -intercept / slope is a number
_WIDE_LIMIT = 12.0  # logits, where a group lies far out
_REACH = 3.5  # standard deviations of a group that the nodes must cover

_SHORT_TEST = 60  # answers; a person's posterior is wider than 0.3 logits
_FEW_NODES, _SOME_NODES, _MOST_STAGED_NODES = 31, 41, 61
_NEARLY = 0.5  # log-likelihood units that one more step would gain, then the full nodes

Progress = Callable[[float, str], None]


def calibrate(
    responses: Responses | Sequence[Any] | str | Path,
    model: str | Sequence[str] = "2PL",
    engine: str = "native",
    priors: str | Priors | None = None,
    groups: npt.ArrayLike | None = None,
    anchors: Anchors | None = None,
    progress: Progress | None = None,
    *,
    weights: npt.ArrayLike | None = None,
    errors: bool | str = True,
    tolerance: float | None = None,
    max_iterations: int = 500,
    client: Any = None,
) -> Calibration:
    """Estimate item parameters, ability integrated out over a normal distribution.

    Responses that the design left out are ignored; that is right when what a person met depends
    only on earlier answers, as in an adaptive test. Persons with the same answers are counted
    together where that saves time; it changes nothing.

    Parameters
    ----------
    model : for all items, or one for each: "1PL" (one slope common to all 1PL items), "Rasch"
        (slope 1, spread of ability estimated), "2PL", "3PL", "4PL"; "GRM", "GPCM", "PCM" (GPCM
        with slope 1) for scores 0..m, m the highest that anybody got on the item. In a 4PL c stays
        below one half and d above.
    responses : a `Responses`; for engine "dask" also a sequence of parts (`Responses`, matrices,
        or dask's delayed ones) or a folder with partitions (`write_partitions`, or .parquet files
        with the columns person, item, score); nobody's answers lie in two parts.
    engine : "native"; "dask", the same by map-reduce on a cluster (`models.engines.dask_engine`);
        or "pyirt" for a cross-check (slow and limited, see its module).
    priors : None for maximum likelihood, "default" for `Priors()`, or your own. An item without a
        finite estimate (all right, all wrong, unanswered) takes the default priors in any case,
        and a score of a polytomous item that nobody got is given half an imagined person; both
        are named in the warnings.
    groups : a label for each person. Each group has a mean and a standard deviation of ability;
        those of the first label in ascending order are 0 and 1, unless anchors hold the scale.
    anchors : item to (a, b), 3PL (a, b, c), 4PL (a, b, c, d), GRM and GPCM (a, thresholds...),
        which stay as given; mean and standard deviation of ability are then estimated, so that
        new items come out on the anchors' scale.
    progress : called with a fraction and a note; what it raises ends the fit.
    weights : how often each person counts, 0 or more. For sampling weights ask for errors
        "sandwich", and let the weights average 1.
    errors : False, True or "observed" (information), "cross-product" (cheaper; the same where the
        model holds and persons are many), or "sandwich" (right also where it does not hold).
    tolerance : stop when one more EM step would gain less log-likelihood than this; by default
        1e-8, and 1e-4 above 300,000 answers, where standard errors are that much smaller.
    client : for engine "dask"; a `distributed.Client`, the address of a scheduler, or None for
        the client that is current.

    Raises
    ------
    ValueError
        When an argument cannot be used: which one, and what to do. Hard data raise nothing.

    References
    ----------
    Bock & Aitkin (1981), Psychometrika 46, 443-459; groups: Bock & Zimowski (1997) in van der
    Linden & Hambleton, Handbook of modern item response theory, ch. 25.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, calibrate, simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> true = ItemParameters.of([0.8, 1.2, 1.6, 1.0, 1.4], [-1.0, -0.5, 0.0, 0.5, 1.0])
    >>> answers = simulate_responses(rng.standard_normal(2000), true, rng)
    >>> fit = calibrate(Responses.from_dense(answers), "2PL")
    >>> fit.converged, fit.items.b.round(1).tolist(), fit.warnings
    (True, [-1.0, -0.5, 0.0, 0.5, 1.0], ())
    """
    kind = _kind(errors)
    if engine == "dask":
        from models.engines.dask_engine import calibrate_with_dask

        return calibrate_with_dask(
            responses,
            model,
            priors,
            groups,
            anchors,
            weights,
            client=client,
            errors=kind,
            tolerance=tolerance,
            max_iterations=max_iterations,
            progress=progress,
        )
    if engine not in ("native", "pyirt"):
        raise ValueError(f"engine {engine!r} is not offered; choose 'native', 'dask' or 'pyirt'.")
    if not isinstance(responses, Responses):
        raise ValueError(
            f"engine {engine!r} takes a Responses object; parts and folders are for 'dask'."
        )
    if engine == "pyirt":
        special = anchors or groups is not None or weights is not None
        if special or model != "2PL" or read_priors(priors) is not FLAT:
            raise ValueError("engine pyirt fits a 2PL without priors, groups, weights and anchors.")
        read_models(model, responses.n_items)
        from models.engines.pyirt_engine import calibrate_with_pyirt

        return calibrate_with_pyirt(responses, progress=progress)
    setup = set_up(responses, model, priors, groups, anchors, weights)
    kernel = kernel_for(setup.sample)
    with one_blas_thread():
        problem, fit = fit_with(kernel, setup, tolerance, max_iterations, progress)
        log_likelihood = kernel.log_likelihood(problem.tables(fit.xi, fit.population))
        found = None if kind is None else errors_of(setup, problem, fit, kind)
    return result_of(setup, problem, fit, log_likelihood, found)


def _kind(errors: bool | str) -> str | None:
    if isinstance(errors, str):
        if errors not in KINDS:
            raise ValueError(f"errors {errors!r}: give True, False or one of {', '.join(KINDS)}.")
        return errors
    return KINDS[0] if errors else None


def fit_with(
    kernel: Kernel,
    setup: Setup,
    tolerance: float | None = None,
    max_iterations: int = 500,
    progress: Progress | None = None,
) -> tuple[Problem, Fit]:
    """Run the EM iteration on an E-step, wherever that is computed."""
    problem = Problem(
        kernel=kernel,
        n_nodes=nodes_for(setup.longest),
        priors=setup.priors,
        structure=setup.structure,
        tolerance=tolerance or (1e-8 if setup.n_responses <= SMALL else 1e-4),
        max_iterations=max_iterations,
        n_groups=len(setup.sample.group_starts) - 1,
    )
    fit = _in_stages(problem, setup, progress)
    farthest = np.abs(fit.population.mean) + _REACH * fit.population.sd
    if problem.first_free < problem.n_groups and farthest[problem.first_free :].max() > LIMIT:
        problem = replace(problem, n_nodes=2 * problem.n_nodes - 1, limit=_WIDE_LIMIT)
        again = run_em(problem, fit.xi, progress, fit.population)
        fit = replace(again, n_iterations=fit.n_iterations + again.n_iterations)
    return problem, fit


def _in_stages(problem: Problem, setup: Setup, progress: Progress | None) -> Fit:
    """The iteration; of many answers, first on fewer nodes, which leads nearly to the same place.

    Every pass costs as many exponentials as there are nodes. How good the nodes are counts only
    in the last passes.
    """
    if not problem.kernel.single_precision or problem.n_nodes > _MOST_STAGED_NODES:
        return run_em(problem, setup.xi, progress)
    typical = setup.sample.responses.n_responses / max(1, setup.sample.responses.n_persons)
    n_nodes = _FEW_NODES if typical <= _SHORT_TEST else _SOME_NODES
    accelerator = Anderson()
    coarse = replace(problem, n_nodes=n_nodes, tolerance=_NEARLY)
    first = run_em(coarse, setup.xi, _part_of(progress, 0.0), None, accelerator)
    last = run_em(problem, first.xi, _part_of(progress, 0.5), first.population, accelerator)
    return replace(last, n_iterations=first.n_iterations + last.n_iterations)


def _part_of(progress: Progress | None, start: float) -> Progress | None:
    """Progress of one half of the way."""
    if progress is None:
        return None
    whole = progress
    return lambda fraction, note: whole(start + 0.5 * fraction, note)


def errors_of(setup: Setup, problem: Problem, fit: Fit, kind: str) -> StandardErrors:
    """Standard errors at the end of a fit."""
    return standard_errors(
        setup.sample,
        problem.kernel,
        problem.tables(fit.xi, fit.population),
        fit.xi,
        problem.nodes,
        setup.priors,
        setup.structure,
        population=fit.population,
        first_free=problem.first_free,
        kind=kind,
        unit_slope=setup.unit_slope,
    )


def result_of(
    setup: Setup,
    problem: Problem,
    fit: Fit,
    log_likelihood: float,
    errors: StandardErrors | None,
) -> Calibration:
    """The result in the traditional parameters, with what is to be said of it."""
    structure = setup.structure
    slope, unit = _slopes(fit.xi, setup)
    at_bound = structure.at_bound(fit.xi)
    flagged = {**setup.flagged, **examine(slope, at_bound, structure.free)}
    nobody = np.empty(0, dtype=np.intp)
    if not fit.converged:
        flagged["not-converged"] = nobody
    if errors is not None:
        unknown = np.flatnonzero(structure.free & ~np.isfinite(errors.b))
        if unknown.size:
            flagged["no-standard-errors"] = unknown
        if errors.item_by_item:
            flagged["standard-errors-item-by-item"] = nobody
    population = Population(fit.population.mean * unit, fit.population.sd * unit)
    single = setup.labels is None
    n_estimated = int(structure.moving.sum())
    shared = int((structure.moving[:, 0] & structure.tied).sum())
    n_parameters = n_estimated - max(shared - 1, 0) + 2 * (problem.n_groups - problem.first_free)
    return Calibration(
        items=items_of(fit.xi, slope, setup.structure, setup.names, errors),
        log_likelihood=log_likelihood,
        converged=fit.converged,
        n_iterations=fit.n_iterations,
        latent_mean=float(population.mean[0]) if single else population.mean,
        latent_sd=float(population.sd[0]) if single else population.sd,
        gradient_norm=fit.gradient_norm,
        n_persons=setup.n_persons,
        n_responses=setup.met,
        n_parameters=n_parameters,
        warnings=tuple(flagged),
        flagged=flagged,
        errors=errors,
        groups=setup.labels,
    )


def _slopes(xi: Floats, setup: Setup) -> tuple[Floats, float]:
    """Slopes away from 0, on the scale of the result, and its unit."""
    small = np.abs(xi[:, 0]) < _SMALLEST_SLOPE
    slope = np.where(small, np.copysign(_SMALLEST_SLOPE, xi[:, 0]), xi[:, 0])
    unit = float(slope[setup.structure.tied][0]) if setup.unit_slope else 1.0
    return slope / unit, abs(unit)


def items_of(
    xi: Floats,
    slope: Floats,
    structure: Structure,
    models: Sequence[str],
    errors: StandardErrors | None,
) -> ItemParameters:
    """Traditional parameters; `slope` on the scale of the result and away from 0."""
    n_items = slope.size
    b, c, d = -xi[:, 1] / slope, np.zeros(n_items), np.ones(n_items)
    graded = [family for family in structure.families if family.kind != "dichotomous"]
    highest = max((family.upper.shape[1] for family in graded), default=0)
    thresholds = np.full((n_items, highest), np.nan) if highest else None
    for family in structure.families:
        items, p = family.items, family.n_parameters
        if family.kind != "dichotomous" and thresholds is not None:
            thresholds[items, : p - 1] = -xi[items, 1:p] / slope[items, None]
        elif p > 2:
            found = asymptotes(xi[items, :p])
            c[items] = np.ravel(found[0])
            if p > 3:
                d[items] = np.ravel(found[1])
    table, threshold_errors = None, None
    if errors is not None:
        table = np.stack([errors.a, errors.b, errors.c, errors.d], axis=1)
        threshold_errors = None if thresholds is None else errors.thresholds[:, :highest]
    names = set(models)
    return ItemParameters.of(
        slope,
        b,
        c,
        d,
        standard_errors=table,
        model=next(iter(names)) if len(names) == 1 else MIXED,
        models=tuple(models),
        thresholds=thresholds,
        threshold_errors=threshold_errors,
        covariance=None if errors is None else errors.covariance,
    )
