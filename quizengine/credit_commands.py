"""`flask credits load|recompute`: rules from a file, and the proof that reports can be repeated."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from quizengine.credits import service
from quizengine.credits.tables import Claim
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Refusal
from quizengine.messages import sentence

credits = AppGroup("credits", help="Credit rules, and reports computed again.")


@credits.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.option("--organisation", "organisation_id", type=int, default=1, show_default=True)
def load(file: Path | None, organisation_id: int) -> None:
    """Load a FILE of credit rules as the next version; without one, those the program brings."""
    try:
        rules = service.read_rules(file.read_bytes()) if file is not None else None
        with transaction() as session:
            number = service.load_rules(
                session, organisation_id=organisation_id, rules=rules, now=utcnow()
            )
    except Refusal as refusal:
        raise click.ClickException(sentence(refusal.code, "en", refusal.details)) from None
    click.echo(f"Version {number} of the credit rules is in force.")


@credits.command()
@click.argument("claim_id", type=int, required=False)
def recompute(claim_id: int | None) -> None:
    """Compute the report of a claim (or of all) from its frozen inputs; exit 1 on a difference."""
    with reading() as session:
        wanted = service.claim_ids(session) if claim_id is None else [claim_id]
    differing = 0
    for one in wanted:
        with reading() as session:  # one at a time: a claim holds its whole log
            claim = session.get(Claim, one)
            if claim is None:
                raise click.ClickException(sentence("claim", "en"))
            done = service.recompute(claim)
        differing += not done.is_equal
        if claim_id is not None or not done.is_equal:
            said = "equal" if done.is_equal else "DIFFERENT"
            click.echo(f"{done.number}: {len(done.figures)} figures computed again, {said}.")
        for figure in done.differences:
            click.echo(f"  {figure.place}: stored {figure.stored}, computed {figure.computed}")
    if claim_id is None:
        click.echo(f"{len(wanted)} reports computed again, {differing} different.")
    if differing:
        raise SystemExit(1)
