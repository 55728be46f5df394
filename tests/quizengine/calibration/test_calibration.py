"""Fitting stored answers: what counts, what comes out, what is stored, who may publish."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import func, select, update

from itembank.item import Text
from quizengine import jobs
from quizengine.banks.service import publish, store
from quizengine.banks.service.parameters import read_parameters
from quizengine.banks.tables import Item, ParameterSet
from quizengine.calibration.jobs import calibrate_bank
from quizengine.calibration.service import overview, runs
from quizengine.calibration.service.compare import compare_set
from quizengine.calibration.service.fit import LEAST_ANSWERS, fit_bank
from quizengine.calibration.service.responses import count_stock, read_responses
from quizengine.calibration.tables import CalibrationRun
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, NotFound
from quizengine.exams.service import simulate, sit
from quizengine.exams.service.simulate import SimulatedCohort
from quizengine.exams.tables import Sitting
from quizengine.jobs import Job, LeaseLost, RunningJob

from ..conftest import NOW, Browser, School

_cohorts: dict[tuple[int, ...], SimulatedCohort] = {}


def make_cohort(school: School, n_students: int, n_sittings: int = 1) -> SimulatedCohort:
    """A stored cohort; computed once for all fresh databases, whose keys are the same."""
    with reading() as session:
        offer = simulate.read_offer(session, exam_id=school.exam_id)
    table = offer.engine.table
    keys = (offer.exam_id, offer.organisation_id, table.parameter_set_id, *table.version_ids)
    wanted = (n_students, n_sittings, *(int(key) for key in keys))
    if wanted not in _cohorts:
        _cohorts[wanted] = simulate.simulate_cohort(
            offer, n_students=n_students, n_sittings=n_sittings, seed=11, now=NOW
        )
    with transaction() as session:
        simulate.store_cohort(session, cohort=_cohorts[wanted], now=NOW)
    return _cohorts[wanted]


def ask(school: School, *, simulated: bool = True) -> int:
    with transaction() as session:
        return runs.request_calibration(
            session,
            bank_id=school.bank_id,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            include_simulated=simulated,
            now=NOW,
        )


def calibrated(school: School) -> tuple[int, int]:
    """A finished run over whatever is stored: its id, and that of its parameter set."""
    run_id = ask(school)
    assert jobs.run_one()
    with reading() as session:
        run = session.get_one(CalibrationRun, run_id)
    assert run.parameter_set_id is not None
    return run_id, run.parameter_set_id


def set_in_force(school: School) -> int:
    with reading() as session:
        published = publish.find_published(session, school.bank_id)
    assert published is not None
    return published.parameter_set_id


def start(school: School, student_id: int) -> int:
    with transaction() as session:
        return sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=student_id,
            organisation_id=school.organisation_id,
            now=NOW,
        )


def test_a_fit_finds_the_difficulties_that_the_cohort_was_drawn_from(school: School) -> None:
    cohort = make_cohort(school, 250)
    run_id, set_id = calibrated(school)
    with reading() as session:
        table = read_parameters(session, set_id)
        run = overview.read_run(session, run_id, organisation_id=school.organisation_id)
    fitted = ~table.provisional
    assert fitted.sum() >= 24
    truth = cohort.items.b[fitted]
    assert np.corrcoef(table.items.b[fitted], truth)[0, 1] > 0.9
    assert table.items.standard_errors is not None
    assert np.all(table.items.standard_errors[fitted, 1] > 0)
    assert np.all(table.items.c[fitted] == 0)
    assert table.kind == "calibrated"
    assert run.status == "done"


def test_the_covariance_of_the_competencies_is_an_estimated_correlation(school: School) -> None:
    make_cohort(school, 250)
    _, set_id = calibrated(school)
    with reading() as session:
        covariance = read_parameters(session, set_id).covariance
        found = compare_set(session, set_id)
    off = covariance[np.triu_indices(3, 1)]
    assert np.allclose(np.diagonal(covariance), 1.0)
    assert np.all((off > 0.2) & (off < 0.9))
    assert np.all(off != publish.PROVISIONAL_CORRELATION)
    assert np.all(found.correlation_errors[np.triu_indices(3, 1)] > 0)


def test_what_is_fitted_to_simulated_answers_says_so(school: School) -> None:
    make_cohort(school, 120)
    _, set_id = calibrated(school)
    with reading() as session:
        facts = overview.set_facts(session, set_id)
        marks = session.execute(
            select(Sitting.simulated, func.count()).group_by(Sitting.simulated)
        ).all()
    assert facts.simulated
    assert facts.n_persons == 120
    assert [tuple(row) for row in marks] == [(True, 120)]


def test_simulated_answers_stay_out_unless_they_are_asked_for(school: School) -> None:
    make_cohort(school, 120)
    run_id = ask(school, simulated=False)
    jobs.run_one()
    with reading() as session:
        run = overview.read_run(session, run_id, organisation_id=school.organisation_id)
    assert (run.status, run.error) == ("failed", "too-few-sittings")
    assert run.error_details == {"found": "0", "needed": "100"}


def test_an_item_met_again_by_the_same_student_does_not_count(school: School) -> None:
    # 30 items and sittings of up to 40: the second sitting asks nothing new
    cohort = make_cohort(school, 5, n_sittings=2)
    distinct = {
        (sitting.student, int(item)) for sitting in cohort.sittings for item in sitting.items
    }
    assert len(distinct) < cohort.n_answers
    with reading() as session:
        table = read_parameters(session, set_in_force(school))
        stored = read_responses(session, table, include_simulated=True)
        stock = count_stock(session, school.bank_id)
    assert stored.responses.n_responses == len(distinct)
    assert stored.n_left_out == cohort.n_answers - len(distinct)
    assert (stock.simulated_sittings, stock.simulated_answers) == (10, cohort.n_answers)
    first = {
        (sitting.student, int(item)): int(score)
        for sitting in reversed(cohort.sittings)
        for item, score in zip(sitting.items, sitting.scores, strict=True)
    }
    assert stored.responses.score.sum() == sum(first.values())


def test_an_answer_counts_for_a_new_version_only_if_the_text_is_the_same(school: School) -> None:
    cohort = make_cohort(school, 8)
    asked = np.bincount(np.concatenate([s.items for s in cohort.sittings]), minlength=30)
    changed = int(np.argmax(asked))
    with transaction() as session:
        old = read_parameters(session, set_in_force(school))
        item_id = int(old.item_ids[changed])
        stored_item = store.get_item(session, item_id)
        store.revise_item(
            session,
            item_id=item_id,
            item=replace(stored_item.item, stem=Text("Asked otherwise?", "换个问法？")),
            assets={},
            based_on=1,
            account_id=None,
            now=NOW,
        )
        publish.publish_revision(session, bank_id=school.bank_id, account_id=None, now=NOW)
    with reading() as session:
        table = read_parameters(session, set_in_force(school))
        stored = read_responses(session, table, include_simulated=True)
    counts = dict(zip(table.item_ids.tolist(), stored.responses.per_item().tolist(), strict=True))
    assert counts[item_id] == 0
    assert stored.n_left_out == asked[changed]
    assert sum(counts.values()) == cohort.n_answers - asked[changed]


def test_items_with_too_few_answers_keep_their_parameters_and_are_named(school: School) -> None:
    make_cohort(school, 120)
    with reading() as session:
        table = read_parameters(session, set_in_force(school))
        stored = read_responses(session, table, include_simulated=True)
    few = stored.responses.per_item() < LEAST_ANSWERS
    fit = fit_bank(table, stored, lambda fraction, note: None)
    assert {code for code, why in fit.kept.items() if why == "few-answers"} == {
        code for code, is_few in zip(table.codes, few, strict=True) if is_few
    }
    _, set_id = calibrated(school)
    with reading() as session:
        new = read_parameters(session, set_id)
    kept = np.array([code in fit.kept for code in table.codes])
    assert np.array_equal(new.provisional, kept)
    assert np.array_equal(new.items.b[kept], table.items.b[kept])
    assert np.array_equal(new.items.c[kept], table.items.c[kept])


def test_a_published_set_holds_for_new_sittings_and_not_for_running_ones(school: School) -> None:
    make_cohort(school, 120)
    before = set_in_force(school)
    running = start(school, school.student_id)
    _, set_id = calibrated(school)
    assert set_in_force(school) == before
    with transaction() as session:
        runs.publish_set(
            session,
            set_id,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )
    fresh = start(school, school.second_student_id)
    with reading() as session:
        assert session.get_one(Sitting, running).parameter_set_id == before
        assert session.get_one(Sitting, fresh).parameter_set_id == set_id
        old = read_parameters(session, before)
    assert old.provisional.all()
    with transaction() as session:  # and back again
        runs.publish_set(
            session,
            before,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )
    assert set_in_force(school) == before


def test_a_fit_that_a_new_revision_overtook_is_not_published(school: School) -> None:
    make_cohort(school, 120)
    _, set_id = calibrated(school)
    with transaction() as session:
        session.execute(update(Item).where(Item.code == "A1-005").values(retired_at=NOW))
        publish.publish_revision(session, bank_id=school.bank_id, account_id=None, now=NOW)
    with pytest.raises(Conflict, match="revision-moved-on"), transaction() as session:
        runs.publish_set(
            session,
            set_id,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )


def test_another_school_finds_neither_run_nor_parameters(school: School) -> None:
    run_id = ask(school)
    other = school.other_organisation_id
    with reading() as session:
        with pytest.raises(NotFound):
            overview.read_run(session, run_id, organisation_id=other)
        with pytest.raises(NotFound):
            runs.get_set(session, set_in_force(school), organisation_id=other)
        assert overview.list_banks(session, organisation_id=other) == []


def test_asking_twice_makes_one_run(school: School) -> None:
    assert ask(school) == ask(school)


def test_a_cancelled_run_stores_nothing(school: School) -> None:
    make_cohort(school, 120)
    run_id = ask(school)
    with transaction() as session:
        runs.cancel_run(session, run_id, organisation_id=school.organisation_id, now=NOW)
    assert not jobs.run_one()
    with reading() as session:
        run = overview.read_run(session, run_id, organisation_id=school.organisation_id)
        assert session.scalar(select(func.count()).select_from(ParameterSet)) == 1
    assert run.status == "cancelled"
    assert run.result is None


def test_a_worker_whose_lease_was_taken_over_stores_nothing(school: School) -> None:
    make_cohort(school, 120)
    run_id = ask(school)
    with transaction() as session:
        job = session.scalars(select(Job)).one()
        job.status, job.lease, job.attempts = "running", "of another worker", 2
    late = RunningJob(job.id, {"run_id": run_id}, 1, "mine, run out")
    with pytest.raises(LeaseLost):
        calibrate_bank(late)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ParameterSet)) == 1


# --- pages ---------------------------------------------------------------------------------------

BrowserOf = Callable[[str], Browser]


def test_an_instructor_fits_compares_and_publishes(school: School, browser_of: BrowserOf) -> None:
    make_cohort(school, 120)
    browser = browser_of("instructor")
    page = browser.get("/calibrations").get_data(as_text=True)
    assert "in 120 simulated sittings" in page
    assert re.search(r'name="include_simulated" value="1" checked', page)
    sent = browser.post(f"/banks/{school.bank_id}/calibrations", {"include_simulated": "1"})
    assert sent.status_code == 303
    address = sent.headers["Location"]
    waiting = browser.get(address).get_data(as_text=True)
    assert f'hx-get="{address}/progress"' in waiting
    fragment = browser.get(f"{address}/progress", headers={"HX-Request": "true"})
    assert "<html" not in fragment.get_data(as_text=True)
    assert "HX-Refresh" not in fragment.headers
    assert jobs.run_one()
    fragment = browser.get(f"{address}/progress", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Refresh"] == "true"
    result = browser.get(address).get_data(as_text=True)
    assert "items were fitted" in result
    assert "Questions with one point follow the 2PL" in result
    assert "log evidence of the 3PL" in result
    assert "Simulated data" in result
    assert result.count('class="dot') >= 20
    found = re.search(r'href="(/calibrations/sets/\d+/publish)"', result)
    assert found
    assert "running sittings keep theirs" in browser.get(found[1]).get_data(as_text=True)
    before = set_in_force(school)
    assert browser.post(found[1]).status_code == 303
    assert set_in_force(school) != before
    listed = browser.get("/calibrations").get_data(as_text=True)
    assert f"/calibrations/sets/{before}/publish" in listed
    assert browser.post(found[1]).status_code == 409


def test_the_items_of_a_result_are_sorted_and_filtered(
    school: School, browser_of: BrowserOf
) -> None:
    make_cohort(school, 120)
    run_id, _ = calibrated(school)
    browser = browser_of("instructor")

    def rows(query: str) -> list[str]:
        page = browser.get(f"/calibrations/{run_id}?{query}").get_data(as_text=True)
        return re.findall(r'<a href="/items/\d+">([^<]+)</a>', page)

    assert rows("") == sorted(rows(""))
    assert len(rows("")) == 30
    assert set(rows("competency=A2")) == {code for code in rows("") if code.startswith("A2")}
    assert rows("order=new") == rows("order=new&down=1")[::-1]
    assert set(rows("show=moved")) < set(rows(""))
    assert rows("order=nonsense&page=-1&show=nothing") == rows("")


def test_a_run_with_too_few_sittings_says_what_is_missing(
    school: School, browser_of: BrowserOf
) -> None:
    run_id = ask(school)
    jobs.run_one()
    page = browser_of("instructor").get(f"/calibrations/{run_id}").get_data(as_text=True)
    assert "Only 0 sittings have answers that count; a fit needs at least 100." in page


def test_a_student_is_kept_out_and_another_school_sees_nothing(
    school: School, browser_of: BrowserOf
) -> None:
    run_id = ask(school)
    assert browser_of("student").get(f"/calibrations/{run_id}").status_code == 403
    assert browser_of("away-instructor").get(f"/calibrations/{run_id}").status_code == 404
