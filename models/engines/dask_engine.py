"""`calibrate(engine="dask")`: the E-step by map-reduce over partitions on a dask cluster.

The same statistics as the native engine, summed in another order. Each pass sends the item tables
to the workers and gets back, over a tree of sums, expected counts: for 200 items and 61 nodes
about 200 KB, however many persons there are. A worker holds one partition for each of its threads
and goes through it in blocks of 16,384 persons; partitions given as files or as dask's delayed
objects are read anew in each pass (persist the latter where they fit into the cluster's memory).

A task whose worker died runs again elsewhere, by dask; where that is not enough, as with answers
that were handed over from here and died with their worker, the pass is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calibration_setup import Anchors, Setup, set_up, set_up_parts
from models.e_step import Block, Expected, Sample, Tables, one_blas_thread
from models.engines.partitions import (
    Look,
    add_looks,
    find_partitions,
    join,
    look_at,
    overview_of,
    read_partition,
    some_of,
)
from models.kernels import add_expected, expected_counts_of, kernel_for
from models.lost_information import LostInformation, ScoreTables, by_item
from models.parameters import Floats, Ints
from models.patterns import collapse
from models.priors import Priors
from models.responses import Responses
from models.standard_errors import posteriors_of

if TYPE_CHECKING:
    from models.calibration import Calibration

BLOCK = 16_384  # persons, in a worker's memory at once beside their answers
_PERSONS_IN_EACH = 50_000  # of a table that is divided here
_STARTING_ANSWERS = 1_000_000  # that come here, for the values to start from
_TRIES = 4
_FOLD = 8  # statistics added up in one task

Progress = Callable[[float, str], None]


def calibrate_with_dask(
    responses: Any,
    model: str | Sequence[str] = "2PL",
    priors: str | Priors | None = None,
    groups: Any = None,
    anchors: Anchors | None = None,
    weights: Any = None,
    *,
    client: Any = None,
    errors: str | None = "observed",
    tolerance: float | None = None,
    max_iterations: int = 500,
    progress: Progress | None = None,
) -> Calibration:
    """What `calibrate(engine="dask")` does; see there.

    Parameters
    ----------
    responses : a `Responses`, which is divided among the workers; a sequence of parts, each a
        `Responses`, a matrix persons x items or a delayed one of either; or a folder with
        partitions, readable under the same path by every worker.
    client : a `distributed.Client`, the address of a scheduler, or None for the current client.

    Raises
    ------
    ValueError
        When there is no cluster, a partition cannot be read, or an argument cannot be used.
    """
    from models.calibration import errors_of, fit_with, result_of  # it imports this module

    whole = isinstance(responses, Responses)
    if not whole and (groups is not None or weights is not None):
        raise ValueError(
            "engine dask takes groups and weights with one Responses object only, not with parts."
        )
    with _connected(client) as cluster:
        if whole:
            setup = set_up(responses, model, priors, groups, anchors, weights)
            kernel = DaskKernel(cluster, _divided(setup.sample), setup.sample.responses.n_persons)
        else:
            setup, kernel = _set_up_parts(cluster, responses, model, priors, anchors)
        with one_blas_thread():
            problem, fit = fit_with(kernel, setup, tolerance, max_iterations, progress)
            log_likelihood = kernel.log_likelihood(problem.tables(fit.xi, fit.population))
            found = None if errors is None else errors_of(setup, problem, fit, errors)
    return result_of(setup, problem, fit, log_likelihood, found)


@contextmanager
def _connected(client: Any) -> Iterator[Any]:
    """A client of the cluster; closed again when it was made here."""
    try:
        from distributed import Client, default_client
    except ImportError as error:
        raise ValueError(
            "engine dask needs the package distributed; install requirements.txt or use 'native'."
        ) from error
    if isinstance(client, str):
        try:
            made: Any = Client(client, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise ValueError(f"no dask scheduler answers at {client!r}.") from error
        try:
            yield made
        finally:
            made.close()
        return
    if client is None:
        try:
            client = default_client()  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise ValueError(
                "engine dask needs a cluster: pass client=distributed.Client(...), or the "
                "address of a scheduler."
            ) from error
    yield client


def _set_up_parts(
    cluster: Any,
    given: Any,
    model: str | Sequence[str],
    priors: str | Priors | None,
    anchors: Anchors | None,
) -> tuple[Setup, DaskKernel]:
    """The setup and the kernel of answers in parts; two passes over them."""
    parts = find_partitions(given) if isinstance(given, str | Path) else list(given)
    if not parts:
        raise ValueError("there are no partitions; give one at least.")
    crew = _Crew(cluster, parts)
    look: Look = crew.run(look_at, add_looks, numbered=True)
    n_items = look.counts.shape[0]
    if n_items == 0:
        raise ValueError("there are no items to calibrate.")
    step = max(1, int(look.counts.sum()) // _STARTING_ANSWERS)
    some: Responses = crew.run(partial(some_of, n_items=n_items, step=step), join)
    setup = set_up_parts(overview_of(look), some, model, priors, anchors)
    highest = setup.structure.max_scores
    return setup, DaskKernel(cluster, crew.parts, setup.n_persons, (n_items, highest))


def _divided(sample: Sample) -> list[Sample]:
    return list(_pieces(sample, _PERSONS_IN_EACH))


def _pieces(sample: Sample, size: int) -> Iterator[Sample]:
    """The persons in turn, groups keeping their numbers."""
    n_persons, starts = sample.responses.n_persons, np.array(sample.group_starts)
    if n_persons <= size:
        yield sample
        return
    for first in range(0, n_persons, size):
        last = min(first + size, n_persons)
        yield Sample(
            sample.responses.take_persons(np.arange(first, last)),
            sample.max_scores,
            sample.weight_of(slice(first, last)),
            tuple(int(start) for start in np.clip(starts, first, last) - first),
        )


# --- what runs on the workers ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """What standard errors need to know of the persons."""

    tables: Tables
    scores: ScoreTables
    population: Floats | None = None
    exact: bool = True


def _samples(part: Any, shape: tuple[int, Ints] | None) -> Iterator[Sample]:
    """A part in blocks."""
    if isinstance(part, Sample):
        yield from _pieces(part, BLOCK)
        return
    assert shape is not None  # noqa: S101 - parts that are no samples come with it
    responses = read_partition(part, shape[0])
    responses = responses.take_persons(np.flatnonzero(responses.per_person() > 0))
    yield from _pieces(collapse(Sample.of(responses, shape[1])), BLOCK)


def _expected(part: Any, tables: Tables, shape: tuple[int, Ints] | None) -> Expected:
    with one_blas_thread():
        return add_expected(expected_counts_of(sample, tables) for sample in _samples(part, shape))


def _log_likelihood(part: Any, tables: Tables, shape: tuple[int, Ints] | None) -> float:
    with one_blas_thread():
        return sum(
            kernel_for(sample, double=True).log_likelihood(tables)
            for sample in _samples(part, shape)
        )


def _lost(part: Any, asked: _Question, shape: tuple[int, Ints] | None) -> LostInformation:
    assert asked.population is not None  # noqa: S101 - `lost_information` gives it
    found = []
    with one_blas_thread():
        for sample in _samples(part, shape):
            kernel = kernel_for(sample, double=True)
            expected, blocks = (
                kernel.expected_counts(asked.tables),
                list(kernel.blocks(asked.tables)),
            )
            found.append(
                LostInformation.of(
                    blocks, expected, asked.scores, asked.population, exact=asked.exact
                )
            )
    return _add_lost(found)


def _lost_by_item(part: Any, asked: _Question, shape: tuple[int, Ints] | None) -> Floats:
    found = []
    with one_blas_thread():
        for sample in _samples(part, shape):
            kernel = kernel_for(sample, double=True)
            expected = kernel.expected_counts(asked.tables)
            posteriors = posteriors_of(kernel, asked.tables)
            found.append(by_item(sample, posteriors, expected, asked.scores))
    result: Floats = _add(found)
    return result


def _add_lost(parts: Sequence[LostInformation]) -> LostInformation:
    second = sum((part.second_moment for part in parts[1:]), parts[0].second_moment)
    products = sum((part.products for part in parts[1:]), parts[0].products)
    return LostInformation(np.asarray(second), np.asarray(products))


def _same(value: Any) -> Any:
    return value


def _add(parts: Sequence[Any]) -> Any:
    return sum(parts[1:], parts[0])


# --- and what sends it there ----------------------------------------------------------------------


class _Crew:
    """The workers and the parts of the answers."""

    def __init__(self, client: Any, parts: Sequence[Any]) -> None:
        self.client, self.parts = client, list(parts)
        self._there: list[Any] | None = None

    def run(
        self,
        work: Callable[..., Any],
        add: Callable[[Sequence[Any]], Any],
        *shared: Any,
        numbered: bool = False,
    ) -> Any:
        """`work` on every part, the results added up in their order.

        Raises
        ------
        ValueError
            When workers were lost again and again, or what `work` raises.
        """
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        lost: Exception | None = None
        for _ in range(_TRIES):
            try:
                return self._once(work, add, shared, numbered)
            except (KilledWorker, FutureCancelledError, CommClosedError, TimeoutError) as error:
                lost, self._there = error, None
        raise ValueError(
            f"the cluster lost its workers in {_TRIES} tries at one pass; a partition may be too "
            "large for their memory: make smaller ones."
        ) from lost

    def _once(
        self,
        work: Callable[..., Any],
        add: Callable[[Sequence[Any]], Any],
        shared: tuple[Any, ...],
        numbered: bool,
    ) -> Any:
        client = self.client
        # a task, not scattered data: dask can make it again when its worker dies
        sent = [client.submit(_same, value, pure=False) for value in shared]
        results = [
            client.submit(work, part, *([number] if numbered else []), *sent, pure=False)
            for number, part in enumerate(self._handed_over())
        ]
        while len(results) > 1:
            groups = (results[first : first + _FOLD] for first in range(0, len(results), _FOLD))
            results = [client.submit(add, group, pure=False) for group in groups]
        return results[0].result()

    def _handed_over(self) -> list[Any]:
        """What a task is given of each part: a path, or a reference to what lies on a worker."""
        if self._there is not None:
            return self._there
        found: list[Any] = []
        keep = True
        for part in self.parts:
            if isinstance(part, str | Path):
                found.append(part)
            elif hasattr(part, "__dask_graph__"):
                found.append(self.client.compute(part))
                keep = False  # computed anew in each pass, so that nothing stays in memory
            else:
                found.append(self.client.scatter(part, hash=False))
        self._there = found if keep else None
        return found


class DaskKernel:
    """The E-step of `models.kernels` on a cluster."""

    single_precision = False

    def __init__(
        self,
        client: Any,
        parts: Sequence[Any],
        n_persons: int,
        shape: tuple[int, Ints] | None = None,
    ) -> None:
        self._crew, self._n_persons, self._shape = _Crew(client, parts), n_persons, shape

    @property
    def n_persons(self) -> int:
        """Of all parts."""
        return self._n_persons

    def _run(
        self, work: Callable[..., Any], add: Callable[[Sequence[Any]], Any], given: Any
    ) -> Any:
        return self._crew.run(partial(work, shape=self._shape), add, given)

    def expected_counts(self, tables: Tables) -> Expected:
        """Expected counts and log-likelihood of all persons."""
        result: Expected = self._run(_expected, add_expected, tables)
        return result

    def log_likelihood(self, tables: Tables) -> float:
        """Marginal log-likelihood of all persons."""
        return float(self._run(_log_likelihood, _add, tables))

    def lost_information(
        self, tables: Tables, scores: ScoreTables, population: Floats, *, exact: bool
    ) -> LostInformation:
        """What the unknown abilities take from the information."""
        asked = _Question(tables, scores, population, exact)
        result: LostInformation = self._run(_lost, _add_lost, asked)
        return result

    def lost_by_item(self, tables: Tables, scores: ScoreTables) -> Floats:
        """The same for each item alone."""
        result: Floats = self._run(_lost_by_item, _add, _Question(tables, scores))
        return result

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors of persons stay where they are."""
        raise TypeError("the posteriors of persons stay on the workers of a dask cluster.")
