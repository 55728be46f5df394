"""`flask calibration fit|simulate`: the fit of the background job, and a cohort to try it on."""

from __future__ import annotations

import sys
import time

import click
from flask.cli import AppGroup

from quizengine.banks.service.publish import publish_parameter_set
from quizengine.calibration.service import runs
from quizengine.calibration.service.fit import BankFit, fit_bank
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Refusal
from quizengine.exams.service import simulate as simulation
from quizengine.messages import sentence

calibration = AppGroup("calibration", help="Item parameters: fit them, or simulate answers.")


def _say(fraction: float, note: str = "") -> None:
    """Progress on one line of a terminal; nothing in a log file."""
    if sys.stderr.isatty():
        click.echo(f"\r{fraction:4.0%} {note:<20}", nl=fraction >= 1.0, err=True)


def _refused(refusal: Refusal) -> click.ClickException:
    return click.ClickException(sentence(refusal.code, "en", refusal.details))


@calibration.command()
@click.option("--bank", "code", required=True, help="Code of the bank, such as rad.")
@click.option("--students", default=300, show_default=True)
@click.option("--sittings", default=1, show_default=True, help="Sittings of each student.")
@click.option("--correlation", default=0.6, show_default=True, help="Between the competencies.")
@click.option("--guessing/--no-guessing", default=True, help="Whether the truth has a lower bound.")
@click.option("--seed", default=1, show_default=True)
def simulate(
    code: str, students: int, sittings: int, correlation: float, guessing: bool, seed: int
) -> None:
    """Store a labelled cohort of simulated students who sat the practice exam of a bank.

    Nothing of it counts as real: accounts, sittings and all that is fitted to them say so.
    """
    started = time.monotonic()
    try:
        with reading() as session:
            exam_id = simulation.find_exam(session, simulation.find_bank(session, code))
            offer = simulation.read_offer(session, exam_id=exam_id)
        cohort = simulation.simulate_cohort(
            offer,
            n_students=students,
            n_sittings=sittings,
            correlation=correlation,
            guessing=guessing,
            seed=seed,
            now=utcnow(),
            progress=_say,
        )
        with transaction() as session:
            simulation.store_cohort(session, cohort=cohort, now=utcnow())
    except Refusal as refusal:
        raise _refused(refusal) from None
    click.echo(
        f"{students} simulated students, {len(cohort.sittings)} sittings, {cohort.n_answers} "
        f"answers to bank {code}, in {time.monotonic() - started:.1f} s."
    )


@calibration.command()
@click.option("--bank", "code", required=True, help="Code of the bank, such as rad.")
@click.option("--include-simulated", is_flag=True, help="Count simulated answers too.")
@click.option("--publish", is_flag=True, help="Let new sittings use the result at once.")
def fit(code: str, include_simulated: bool, publish: bool) -> None:
    """Fit a bank's items to the stored answers, here and now, and store the result."""
    started = time.monotonic()
    try:
        with reading() as session:
            base = runs.get_published(session, simulation.find_bank(session, code))
            given = runs.read_input(
                session,
                base_set_id=base.parameter_set_id,
                include_simulated=include_simulated,
            )
        found = fit_bank(given.table, given.stored, _say)
        with transaction() as session:
            now = utcnow()
            run = runs.create_run(
                session,
                base=base,
                account_id=None,
                include_simulated=include_simulated,
                now=now,
            )
            set_id = runs.store_result(session, run_id=run.id, given=given, fit=found, now=now)
            if publish:
                publish_parameter_set(session, parameter_set_id=set_id, account_id=None, now=now)
    except Refusal as refusal:
        raise _refused(refusal) from None
    _report(found)
    click.echo(
        f"Parameter set {set_id} is {'published' if publish else 'stored, not published'} "
        f"({time.monotonic() - started:.1f} s)."
    )


def _report(found: BankFit) -> None:
    click.echo(
        f"{found.n_real} real and {found.n_simulated} simulated sittings, {found.n_responses} "
        f"answers, {found.n_left_out} left out; {len(found.fitted)} items fitted, "
        f"{len(found.kept)} keep their parameters."
    )
    if found.model.evidence is not None:
        click.echo(
            f"Items with one point follow the {found.model.single}: log evidence of guessing "
            f"{found.model.evidence:+.1f}, 3PL above {found.model.bar:.1f}."
        )
    for part in found.competencies:
        state = {True: "converged", False: "NOT converged", None: "not fitted"}[part.converged]
        warnings = ", ".join(part.warnings)
        click.echo(
            f"{part.code:>4}  {part.n_fitted:3d} of {part.n_items:3d} items "
            f"{part.n_persons:6d} sittings {part.n_responses:7d} answers  {state}"
            + (f"  ({warnings})" if warnings else "")
        )
    if not found.correlation_converged:
        click.echo("The correlations have NOT converged.")
