"""The same numbers from a cluster of two worker processes as from this one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import (
    MISSING,
    Calibration,
    ItemParameters,
    Priors,
    Responses,
    calibrate,
    simulate_responses,
    write_partitions,
)
from models.engines import dask_engine, partitions
from models.kernels import Sample

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client() -> Iterator[object]:
    """Two processes, each with one thread, on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit="600MB"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as found,
    ):
        yield found


def answers(seed: int, n_persons: int, n_items: int = 12, share: float = 1.0) -> Responses:
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(rng.lognormal(0, 0.2, n_items), rng.normal(0, 1, n_items))
    matrix = simulate_responses(rng.normal(size=n_persons), items, rng)
    matrix[rng.random(matrix.shape) > share] = MISSING
    return Responses.from_dense(matrix)


def parts_of(responses: Responses, n_parts: int) -> list[Responses]:
    return [
        responses.take_persons(rows)
        for rows in np.array_split(np.arange(responses.n_persons), n_parts)
    ]


def assert_same(one: Calibration, other: Calibration) -> None:
    for name in ("a", "b", "c"):
        assert_allclose(getattr(one.items, name), getattr(other.items, name), atol=1e-8)
    assert_allclose(one.items.standard_errors, other.items.standard_errors, atol=1e-8)
    assert_allclose(one.log_likelihood, other.log_likelihood, rtol=1e-12)
    assert (one.n_iterations, one.converged) == (other.n_iterations, other.converged)
    assert one.n_persons == other.n_persons
    assert_allclose(one.n_responses, other.n_responses)
    assert one.warnings == other.warnings


def test_a_table_gives_the_same_on_the_cluster(client):
    responses = answers(1, 600)
    assert_same(
        calibrate(responses, engine="dask", client=client), calibrate(responses, engine="native")
    )


def test_parts_give_the_same_as_the_whole(client):
    responses = answers(2, 900, share=0.6)
    found = calibrate(parts_of(responses, 11), engine="dask", client=client)
    assert_same(found, calibrate(responses))


def test_files_give_the_same_as_the_table_in_memory(client, tmp_path):
    responses = answers(3, 500, share=0.15)
    paths = write_partitions(responses, tmp_path, persons_in_each=150)
    assert len(paths) == 4
    assert_same(
        calibrate(tmp_path, priors="default", engine="dask", client=client),
        calibrate(responses, priors="default"),
    )


def test_delayed_parts_and_matrices_give_the_same(client):
    from dask import delayed

    responses = answers(4, 300)
    parts = [delayed(part.to_dense()) for part in parts_of(responses, 3)]
    assert_same(calibrate(parts, engine="dask", client=client), calibrate(responses))


def test_graded_items_groups_weights_and_anchors_give_the_same(client):
    rng = np.random.default_rng(5)
    thresholds = rng.normal(0, 0.6, (6, 1)) + np.array([-0.6, 0.6])
    items = ItemParameters.of(1.1, thresholds=thresholds, model="GRM")
    theta = rng.normal(size=400) + np.repeat([0.0, 0.5], 200)
    responses = Responses.from_dense(simulate_responses(theta, items, rng))
    kwargs = {
        "model": "GRM",
        "groups": np.repeat(["first", "second"], 200),
        "weights": rng.uniform(0.5, 1.5, 400),
        "errors": "sandwich",
    }
    found = calibrate(responses, engine="dask", client=client, **kwargs)
    plain = calibrate(responses, **kwargs)
    assert_same(found, plain)
    assert_allclose(found.latent_mean, plain.latent_mean, atol=1e-8)
    anchored = {"anchors": {0: (1.1, -0.5, 0.5)}, "model": "GRM"}
    assert_same(
        calibrate(parts_of(responses, 3), engine="dask", client=client, **anchored),
        calibrate(responses, **anchored),
    )


def test_hard_data_are_found_in_parts_too(client):
    matrix = answers(6, 240).to_dense()
    matrix[:, 0], matrix[:, 1], matrix[:, 2] = 1, MISSING, matrix[:, 3]
    matrix[17] = MISSING
    responses = Responses.from_dense(matrix)
    found = calibrate(parts_of(responses, 4), engine="dask", client=client)
    plain = calibrate(responses)
    assert_same(found, plain)
    assert set(found.flagged) == set(plain.flagged)
    for code, named in plain.flagged.items():
        assert_allclose(found.flagged[code], named, err_msg=code)


def test_a_worker_that_dies_is_replaced_and_the_fit_goes_on(client):
    responses = answers(7, 600)
    killed: list[int] = []

    def kill_once(fraction: float, note: str) -> None:
        if not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    found = calibrate(parts_of(responses, 4), engine="dask", client=client, progress=kill_once)
    assert killed
    assert_same(found, calibrate(responses))


def test_progress_is_told_and_may_cancel(client):
    told: list[float] = []
    calibrate(
        answers(8, 100), engine="dask", client=client, progress=lambda share, _: told.append(share)
    )
    assert len(told) > 3
    assert told[-1] == 1.0

    def cancel(fraction: float, note: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        calibrate(answers(8, 100), engine="dask", client=client, progress=cancel)


def test_workers_keep_nothing_of_the_answers_between_passes(client, tmp_path):
    """Only statistics travel, and files are read anew; four parts here are megabytes."""
    write_partitions(answers(9, 24_000, 20, share=0.8), tmp_path, persons_in_each=6_000)
    held: list[int] = []

    def look(fraction: float, note: str) -> None:
        held.append(sum(client.run(_bytes_held).values()))

    calibrate(tmp_path, engine="dask", client=client, max_iterations=3, errors=False, progress=look)
    assert len(held) == 3
    assert max(held) < 300_000


def _bytes_held(dask_worker) -> int:
    from dask.sizeof import sizeof

    return sum(sizeof(value) for value in dask_worker.data.values())


def test_a_part_is_gone_through_in_blocks_of_bounded_size():
    responses = answers(13, 25, share=0.5)
    sample = Sample.of(responses, weight=np.arange(1.0, 26.0), group_starts=(0, 9, 9, 25))
    pieces = list(dask_engine._pieces(sample, 8))
    assert [piece.responses.n_persons for piece in pieces] == [8, 8, 8, 1]
    assert_allclose(np.concatenate([piece.weight for piece in pieces]), sample.weight)
    assert [piece.group_starts for piece in pieces] == [
        (0, 8, 8, 8),
        (0, 1, 1, 8),
        (0, 0, 0, 8),
        (0, 0, 0, 1),
    ]


def test_what_cannot_be_used_is_refused_in_words(client, tmp_path):
    responses = answers(10, 60)
    with pytest.raises(ValueError, match=r"has no \.parquet or \.npz file"):
        calibrate(tmp_path, engine="dask", client=client)
    with pytest.raises(ValueError, match="is no folder"):
        calibrate(tmp_path / "nowhere", engine="dask", client=client)
    with pytest.raises(ValueError, match="there are no partitions"):
        calibrate([], engine="dask", client=client)
    with pytest.raises(ValueError, match="groups and weights with one Responses"):
        calibrate([responses], engine="dask", client=client, groups=np.zeros(60))
    with pytest.raises(ValueError, match="needs a cluster"):
        calibrate(responses, engine="dask")
    with pytest.raises(ValueError, match="parts and folders are for 'dask'"):
        calibrate([responses])
    (tmp_path / "part-0.npz").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="no file that `write_partitions` made"):
        calibrate(tmp_path, engine="dask", client=client)


def test_a_prior_pulls_the_same_everywhere(client):
    responses, priors = answers(11, 200), Priors(slope=(1.0, 0.2))
    assert_same(
        calibrate(parts_of(responses, 2), priors=priors, engine="dask", client=client),
        calibrate(responses, priors=priors),
    )


def test_partitions_come_back_as_they_went_out(tmp_path):
    responses = answers(12, 25, share=0.5)
    paths = write_partitions(responses, tmp_path, persons_in_each=7)
    found = partitions.join([partitions.read_partition(path) for path in paths])
    assert_allclose(found.to_dense(), responses.to_dense())
    with pytest.raises(ValueError, match="holds partitions already"):
        write_partitions(responses, tmp_path)


def test_a_parquet_file_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = Path(tmp_path) / "answers.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="need the package pyarrow"):
        partitions.read_partition(path)


def test_a_parquet_file_gives_the_answers_of_its_rows(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"person": [907, 3, 3], "item": [0, 1, 0], "score": [1, 0, 1]})
    parquet.write_table(table, tmp_path / "answers.parquet")
    found = partitions.read_partition(tmp_path / "answers.parquet", 3)
    assert_allclose(found.to_dense(), [[1, 0, MISSING], [1, MISSING, MISSING]])
