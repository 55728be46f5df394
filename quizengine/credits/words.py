"""The sentences of the pages of credits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from flask_babel import gettext, ngettext

from quizengine.credits.rules import credits_text
from quizengine.credits.service import ClaimReport, Flag
from quizengine.credits.service.reports import CapLine, ConditionLine, Level, Signature
from quizengine.web import day_time, language


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def credits_words(tenths: int) -> str:
    """ "1 credit", "1.5 credits"."""
    return str(ngettext("%(count)s credit", "%(count)s credits", 1 if tenths == 10 else 2,
                        count=credits_text(tenths)))  # fmt: skip


def signed(value: float, decimals: int = 2) -> str:
    """A number in logits with a true minus sign."""
    return f"{value:.{decimals}f}".replace("-", "−")


def chance(probability: float) -> str:
    """A probability to two decimals; never as certain as 0 or 1."""
    if probability >= 0.995:
        return "> 0.99"
    return "< 0.01" if probability < 0.005 else f"{probability:.2f}"


def lower_bound(probability: float) -> str:
    """A lower bound, rounded down."""
    return f"{math.floor(probability * 100) / 100:.2f}"


def state_word(state: str) -> str:
    """Where a claim stands."""
    return {
        "draft": _("Draft"),
        "submitted": _("Waits for the first check"),
        "checked": _("Waits for the second signature"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    }.get(state, state)


def state_chip(state: str) -> str:
    """The kind of chip a state has."""
    return {"checked": "info", "approved": "right", "refused": "wrong", "draft": "outline"}.get(
        state, "neutral"
    )


def kind_word(kind: str) -> str:
    """A kind of courses."""
    return {
        "professional": _("professional courses"),
        "public": _("public courses"),
        "elective": _("electives"),
    }[kind]


def step_word(step: str) -> str:
    """A step of a claim, as its line of signatures names it."""
    return {
        "submitted": _("Claimed"),
        "checked": _("First registrar"),
        "confirmed": _("Second registrar"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    }[step]


def action_word(action: str) -> str:
    """An event of the audit log about a claim."""
    return {
        "credit-claimed": _("Claimed"),
        "credit-checked": _("Checked"),
        "credit-approved": _("Approved"),
        "credit-refused": _("Refused"),
        "credit-withdrawn": _("Withdrawn"),
    }.get(action, action)


def grade_word(grade: str) -> str:
    """The grade entered for recognised credits."""
    return _("Pass") if grade == "pass" else grade


def flag_sentence(flag: Flag) -> str:
    """What speaks against a claim, and what could be done."""
    detail = dict(flag.detail)
    if flag.code in {"too-few-items", "below-standard", "too-close", "not-measured"}:
        return _measured(flag.code, detail)
    return {
        "not-invigilated": _(
            "The sitting was not invigilated. Only an exam in a room can support credit."
        ),
        "room-not-closed": _("The exam room is still open. Come back when it is closed."),
        "irregularity": _(
            "The room noted an irregularity about this sitting. A flagged sitting cannot support "
            "credit; talk to the invigilator."
        ),
        "provisional-parameters": _(
            "Questions of this sitting have provisional difficulties: stated by experts, not "
            "measured from answers."
        ),
        "simulated-parameters": _(
            "The difficulties were fitted to simulated students. They can decide nothing about a "
            "real one."
        ),
        "standard-provisional": _(
            "The standard is our provisional default. A panel has to set one first."
        ),
        "evidence-used": _("This result is used by another claim. An evidence counts once."),
        "family-pending": _("Another claim for the same waits for a decision."),
        "nothing-left": _("The course or the cap is full: no credit would be recognised."),
    }.get(flag.code, flag.code)


def _measured(code: str, detail: dict[str, object]) -> str:
    values: dict[str, object] = {"name": detail["competency"]}
    if code == "not-measured":
        return _("%(name)s was not measured in this sitting.", **values)
    if code == "too-few-items":
        values |= {"items": detail["items"], "least": detail["least"]}
        return _(
            "%(name)s: %(items)s answers are too few; the rule asks for at least %(least)s.",
            **values,
        )
    values |= {
        "chance": chance(float(str(detail["probability"]))),
        "needed": f"{float(str(detail['needed'])):.2f}",
    }
    if code == "below-standard":
        return _(
            "%(name)s lies below the standard: the chance of being above it is %(chance)s.",
            **values,
        )
    return _(
        "%(name)s is too close to call: the chance of being above the standard is %(chance)s, and "
        "the rule asks for %(needed)s.",
        **values,
    )


def reason_sentence(reason: str) -> str:
    """Why fewer credits are recognised than the evidence carries."""
    return {
        "course-full": _("The course has no more credits to recognise; the rest lapses."),
        "cap-full": _("The cap is reached; the rest lapses."),
        "family-counted": _("Evidence of the same family was recognised before; only more counts."),
        "evidence-used": _("This result is used by another claim. An evidence counts once."),
    }.get(reason, reason)


def stop_word(reason: str) -> str:
    """Why a sitting ended."""
    return {
        "precision": _("precise enough"),
        "length": _("all questions asked"),
        "exhausted": _("no question left"),
        "time": _("time over"),
        "closed": _("room closed"),
        "given-up": _("ended early"),
    }.get(reason, reason)


def course_codes(courses: Sequence[tuple[str, int]]) -> str:
    """ "MIT131 · 2 credits" of a claim in a list."""
    return ", ".join(f"{code} · {credits_words(tenths)}" for code, tenths in courses)


def headline(report: ClaimReport, *, own: bool) -> str:
    """The report in one sentence."""
    credits = report.proposed if report.awarded is None else report.awarded
    values = {
        "name": report.student_name,
        "credits": credits_words(credits),
        "courses": ", ".join(course.code for course in report.courses),
    }
    if report.state == "approved":
        return _("%(credits)s recognised in %(courses)s", **values)
    if report.state == "draft":
        return _("What this exam says about %(courses)s", **values)
    if own:
        return _("You ask for %(credits)s in %(courses)s", **values)
    return _("%(name)s asks for %(credits)s in %(courses)s", **values)


def cap_sentence(cap: CapLine) -> str:
    """A cap after the claim."""
    return _(
        "Cap of %(kind)s: %(after)s of %(cap)s credits after this (%(percent)s of %(total)s)",
        kind=kind_word(cap.kind),
        after=credits_text(cap.after),
        cap=credits_text(cap.cap),
        percent=f"{cap.percent}\u00a0%",
        total=credits_text(cap.total),
    )


def level_sentence(level: Level) -> str:
    """A mini band in words."""
    return _(
        "%(name)s: %(theta)s, two chances in three within %(error)s; cut %(cut)s; chance of being "
        "above %(chance)s.",
        name=level.name[language()] if level.code else "",
        theta=signed(level.theta),
        error=f"{level.standard_error:.2f}",
        cut=signed(level.cut),
        chance=chance(level.probability),
    )


def condition_rows(conditions: Sequence[ConditionLine]) -> list[dict[str, object]]:
    """Conditions as rows of checks: met, or still to be looked at."""
    return [{"ok": one.met or None, "text": one.text[language()]} for one in conditions]


def signature_rows(people: Sequence[Signature]) -> list[dict[str, str]]:
    """Who signed, who is next, who comes after."""
    rows = []
    is_next = True
    for person in people:
        state, detail = "done", f"{person.name}, {day_time(person.at)}" if person.at else ""
        if person.at is None:
            state, detail = ("now" if is_next else "waiting"), _("Waiting")
            is_next = False
        rows.append({"name": step_word(person.step), "detail": detail, "state": state})
    return rows


def competency_codes(competencies: Sequence[str]) -> str:
    """Competencies of a course without their bank's code; a dash for none."""
    return ", ".join(one.rpartition(":")[2] for one in competencies) or "–"
