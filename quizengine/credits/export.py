"""A claim's report as PDF, in English and Chinese."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext

from quizengine.config import PROJECT
from quizengine.credits import words
from quizengine.credits.rules import credits_text
from quizengine.credits.service import ClaimReport
from quizengine.credits.service.reports import Level, StandardLine
from quizengine.credits.tables import Claim
from quizengine.credits.typesetting import NotSet, set_report
from quizengine.errors import Unavailable
from quizengine.web import day, day_time, language

log = logging.getLogger(__name__)

TEMPLATE = PROJECT / "templates" / "credits" / "report.typ"
LOWEST, HIGHEST = -3.0, 3.0  # logits at the ends of a band
Z68 = 1.0


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def fingerprint(claim: Claim) -> str:
    """SHA-256 of what the report was computed from: the same inputs, the same letters."""
    canonical = json.dumps(claim.frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def report_pdf(report: ClaimReport, claim: Claim, *, now: datetime) -> bytes:
    """The report in the language of the request; one or two A4 pages.

    Raises
    ------
    Unavailable
        "report-not-set": the typesetter failed or took too long.
    """
    try:
        return set_report(TEMPLATE, report_content(report, claim, now=now))
    except NotSet as problem:
        log.error("the report of claim %s could not be set: %s", claim.id, problem)
        raise Unavailable("report-not-set") from None


def report_content(report: ClaimReport, claim: Claim, *, now: datetime) -> dict[str, Any]:
    """Every word and number of the PDF, in the language of the request."""
    lang = language()
    number = _("Equivalence report %(number)s", number=report.number)
    status = words.state_word(report.state)
    return {
        "lang": lang,
        "region": "cn" if lang == "zh" else "gb",
        "title": f"{number} · {report.institution[lang]}",
        "institution": report.institution[lang],
        "number": number,
        "status": status,
        "kicker": _join((number, status, report.programme[lang])),
        "headline": words.headline(report, own=False),
        "lead": _lead(report),
        "notices": list(_notices(report)),
        "sections": list(_sections(report)),
        "footer": _(
            "As the records stood on %(time)s. Check: the registry computes every figure again "
            "from the frozen inputs (flask credits recompute %(claim)s). Fingerprint of the "
            "inputs: %(fingerprint)s.",
            time=day_time(now), claim=claim.id, fingerprint=fingerprint(claim)[:16],
        ),
    }  # fmt: skip


def _lead(report: ClaimReport) -> str:
    rule = _("Proposed under rule %(rule)s, version %(version)s.",
             rule=report.rule_id, version=report.rule_set_number)  # fmt: skip
    if report.state == "approved":
        return rule
    return rule + " " + _("No credit before two people have signed.")


def _notices(report: ClaimReport) -> Iterable[str]:
    """What must not be overlooked, before anything else."""
    if report.simulated:
        yield _("Simulated student: this report shows the program, it is about nobody.")
    if report.measurement.simulated_parameters:
        yield _("The parameters were fitted to simulated answers.")
    if report.reason:
        yield _("Refused:") + " " + report.reason
    for flag in report.flags:
        yield words.flag_sentence(flag)


def _sections(report: ClaimReport) -> Iterable[dict[str, Any]]:
    yield {"title": _("Claim"), "kind": "pairs", "rows": _claim(report)}
    yield _levels(report)
    yield {"title": _("How it was measured"), "kind": "pairs", "rows": _measurement(report)}
    yield {
        "title": _("The standard"),
        "kind": "text",
        "rows": list(_standard(report.standard, report.rule_levels)),
    }
    yield _courses(report)
    if report.conditions:
        yield {
            "title": _("Conditions"),
            "kind": "list",
            "rows": [
                one.text[language()] + " – " + (_("met") if one.met else _("not looked at yet"))
                for one in report.conditions
            ],
        }
    yield {
        "title": _("Signatures"),
        "kind": "pairs",
        "rows": [[row["name"], row["detail"]] for row in words.signature_rows(report.people)],
    }
    yield {"title": _("What this report does not show"), "kind": "text", "rows": _limits(report)}


def _claim(report: ClaimReport) -> list[list[str]]:
    rows = [
        [_("Student"), f"{report.student_name} ({report.student_username})"],
        [_("Institution"), report.institution[language()]],
        [_("Programme"), report.programme[language()]],
        [_("Credit rule"), f"{report.rule_id} · {report.rule_title[language()]}"],
        [_("Proposed"), words.credits_words(report.proposed)],
    ]
    if report.classes:
        rows.insert(1, [_("Class"), ", ".join(report.classes)])
    if report.submitted_at:
        rows.append([_("Claimed"), day_time(report.submitted_at)])
    if report.awarded is not None:
        rows.append([_("Recognised"), words.credits_words(report.awarded)])
    return rows


def _levels(report: ClaimReport) -> dict[str, Any]:
    others = [level for level in report.levels if not level.in_rule]
    shown = [*report.rule_levels, *others, report.overall]
    note = _(
        "Rule: a chance of at least %(chance)s and %(items)s answers in each competency, "
        "invigilated.",
        chance=f"{report.minimum_probability:.2f}",
        items=report.minimum_items,
    )
    together = _("All of them together: at least %(chance)s.",
                 chance=f"{report.together_at_least:.2f}")  # fmt: skip
    return {
        "title": _("Ability against the standard"),
        "kind": "levels",
        "head": [
            _("Competency"), "−3 … +3", _("Ability (SE)"), _("Cut (SE)"), _("Items"),
            _("Chance above"), _("Decision"),
        ],
        "rows": [_level(level) for level in shown],
        "notes": [
            " ".join([note, together] if len(report.rule_levels) > 1 else [note]),
            _("Marked ● are the competencies of the rule. The bar is the ability within one "
              "standard error, the upright line the cut, the grey field the cut within one "
              "standard error."),
            _("Logits, scale of this bank; not an official score.") + " "
            + _("The chance includes the error of the cut."),
        ],
    }  # fmt: skip


def _level(level: Level) -> dict[str, Any]:
    name = f"{level.code} {level.name[language()]}" if level.code else ""
    return {
        "name": ("● " if level.in_rule else "")
        + (name or _("The whole, weighted by the blueprint")),
        "band": {
            "theta": _place(level.theta),
            "low": _place(level.theta - Z68 * level.standard_error),
            "high": _place(level.theta + Z68 * level.standard_error),
            "cut": _place(level.cut),
            "cut_low": _place(level.cut - Z68 * level.cut_error),
            "cut_high": _place(level.cut + Z68 * level.cut_error),
        },
        "cells": [
            f"{words.signed(level.theta)} ({level.standard_error:.2f})",
            f"{words.signed(level.cut)} ({level.cut_error:.2f})",
            str(level.n_items),
            f"{level.probability:.2f}",
            _verdict(level.verdict),
        ],
    }


def _place(theta: float) -> float:
    """Where an ability lies in a band, from 0 to 1."""
    return min(max((theta - LOWEST) / (HIGHEST - LOWEST), 0.0), 1.0)


def _verdict(verdict: str) -> str:
    return {
        "above": _("Above"),
        "close": _("Too close to call"),
        "below": _("Below"),
    }.get(verdict, _("Not enough evidence"))


def _measurement(report: ClaimReport) -> list[list[str]]:
    m, lang = report.measurement, language()
    set_words = _("Set %(number)s, %(model)s, of %(date)s", number=m.parameter_set_id,
                  model=m.parameter_model, date=day(m.calibrated_at))  # fmt: skip
    fitted = (
        _("%(persons)s students, %(responses)s answers",
          persons=m.n_persons, responses=m.n_responses)
        if m.n_persons
        else _("Difficulties are provisional")
    )  # fmt: skip
    return [
        [_("Exam"), _join((m.exam_title[lang], m.bank_name[lang], m.profile))],
        [_("Invigilation"), m.room or _("Not invigilated")],
        [_("Time"), f"{day_time(m.started_at)} – {day_time(m.finished_at)}"],
        [_("Questions"), f"{m.n_items} · {words.stop_word(m.stop_reason)}"],
        [_("Parameters"),
         _join((set_words, fitted, _("simulated") if m.simulated_parameters else ""))],
        [_("Irregularities"), ", ".join(m.irregularities) or _("No irregularity noted")],
    ]  # fmt: skip


def _standard(standard: StandardLine, levels: Sequence[Level]) -> Iterable[str]:
    if standard.provisional:
        yield _("Our provisional default; no panel has set one.")
    else:
        yield _join((standard.tier, _method(standard.method), _panel(standard.panel)))
        if standard.effective_from:
            yield _("Adopted by %(name)s, in force from %(date)s.",
                    name=standard.adopted_by, date=day(standard.effective_from))  # fmt: skip
    yield " ".join(
        _("%(name)s: cut %(cut)s, standard error %(error)s.", name=level.code,
          cut=words.signed(level.cut), error=f"{level.cut_error:.2f}")
        for level in levels
    )  # fmt: skip


def _method(method: str) -> str:
    return {
        "modified-angoff": _("modified Angoff"),
        "bookmark": _("bookmark"),
        "contrasting-groups": _("contrasting groups"),
        "stated": _("stated, without a panel"),
    }.get(method, method)


def _panel(panel: Any) -> str:
    if not {"hospital", "school", "rounds"} <= set(panel):
        return ""
    said = _("%(hospital)s from the hospital, %(school)s from the school, %(rounds)s rounds",
             **{key: panel[key] for key in ("hospital", "school", "rounds")})  # fmt: skip
    return _join((said, _("made up for the demonstration") if panel.get("simulated") else ""))


def _courses(report: ClaimReport) -> dict[str, Any]:
    used = {course.kind for course in report.courses}
    notes = [words.cap_sentence(cap) for cap in report.caps if cap.kind in used]
    notes += [
        _("Before this claim: %(before)s credits of %(kind)s.",
          kind=words.kind_word(cap.kind), before=credits_text(cap.before))
        for cap in report.caps if cap.kind in used
    ]  # fmt: skip
    notes += [words.reason_sentence(reason) for reason in report.reasons]
    if report.lapsed > 0:
        notes.append(_("%(credits)s of what the evidence carries lapse.",
                       credits=words.credits_words(report.lapsed)))  # fmt: skip
    return {
        "title": _("Courses and credits"),
        "kind": "table",
        "columns": ["wide", "number", "number", "number", "left", "left", "left"],
        "head": [
            _("Course"), _("Its credits"), _("Recognised before"),
            _("Recognised") if report.awarded is not None else _("Proposed"),
            _("Grade"), _("Covered"), _("Not covered"),
        ],
        "rows": [
            [
                f"{course.code} {course.name[language()]}",
                credits_text(course.course_credits),
                credits_text(course.recognised_before),
                credits_text(course.credits),
                words.grade_word(course.grade) if course.grade else "–",
                words.competency_codes(course.covered),
                words.competency_codes(course.uncovered),
            ]
            for course in report.courses
        ],
        "notes": notes,
    }  # fmt: skip


def _limits(report: ClaimReport) -> list[str]:
    return [
        _("Clinical skill. Answers to questions do not show how somebody works with a patient or a "
          "machine; the conditions and the internship cover that."),
        _("Covered are the competencies of the rule among those the programme lists for the "
          "course; its other outcomes are not in the data."),
        report.note[language()],
    ]  # fmt: skip


def _join(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
