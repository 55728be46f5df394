"""Every route x every role x one's own and another's thing. A route without a row here fails."""

from __future__ import annotations

import io
import itertools
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from quizengine import jobs
from quizengine.accounts.oneroster import OneRoster, RosterClass, RosterEnrolment, RosterPerson
from quizengine.accounts.service import classes, create_account_with_hash, deliveries, rosters
from quizengine.accounts.tables import TeachingClass
from quizengine.banks.service import publish, store
from quizengine.banks.service.imports import Settings, start_import
from quizengine.banks.service.parameters import read_parameters
from quizengine.banks.tables import Bank, Item
from quizengine.calibration.service import runs
from quizengine.credits import service as credits
from quizengine.database import reading, transaction
from quizengine.exams.service import offer, rooms, sit
from quizengine.exams.tables import Room
from quizengine.permissions import ROLE_PERMISSIONS, Permission, Role

from .conftest import NOW, Browser, School, make_bank
from .credits import made

PUBLIC = None
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
ROWS = "id,question,A,B,C,D,answer,competency\n{code},What is {code}?,1,2,3,4,{key},A1\n"


@dataclass(frozen=True)
class Things:
    """What a person may name in an address; each is one's own or somebody else's."""

    whose: str
    organisation_id: int
    student_id: int
    instructor_id: int
    bank_id: int
    exam_id: int

    def named(self, argument: str) -> Any:
        """A value for an argument of a route; made anew where a visit changes it."""
        make: dict[str, Callable[[], Any]] = {
            "bank_id": lambda: self.bank_id,
            "exam_id": lambda: self.exam_id,
            "item_id": self._item,
            "import_id": self._import,
            "sitting_id": self._sitting,
            "room_id": self._room,
            "student_id": lambda: self.student_id,
            "position": lambda: 1,
            "run_id": self._run,
            "set_id": self._set,
            "class_id": self._class,
            "member_id": self._member,
            "upload_id": self._roster,
            "delivery_id": self._delivery,
            "account_id": self._person,
            "organisation_id": lambda: self.organisation_id,
            "token": lambda: "not-a-link",
            "evidence_id": self._evidence,
            "rule_id": lambda: self._rule_id,
            "claim_id": self._claim,
            "case_id": self._claim,
        }
        assert argument in make, f"say here how to make a {argument}"
        return make[argument]()

    @property
    def _rule_id(self) -> str:
        return f"both-{self.organisation_id}"

    def _evidence(self) -> int:
        """An invigilated sitting that is worth credit under the rule."""
        with reading() as session:
            code = session.get_one(Bank, self.bank_id).code
        rules = made.rules_json()
        rules["rules"] = [rules["rules"][0] | {"id": self._rule_id, "bank": code}]
        return made.evidence(
            bank_id=self.bank_id,
            organisation_id=self.organisation_id,
            invigilator_id=self.instructor_id,
            student_id=self.student_id,
            rules=rules,
        )

    def _claim(self) -> int:
        """A claim that waits for the first registrar."""
        sitting_id = self._evidence()
        with transaction() as session:
            return credits.submit_claim(
                session,
                sitting_id=sitting_id,
                rule_id=self._rule_id,
                student_id=self.student_id,
                organisation_id=self.organisation_id,
                now=made.LATER,
            )

    def _item(self) -> int:
        with reading() as session:
            return session.scalars(
                select(Item.id)
                .where(Item.bank_id == self.bank_id, Item.retired_at.is_(None))
                .limit(1)
            ).one()

    def _import(self) -> int:
        """An upload that was read, with one row to import and one rejected."""
        rows = ROWS.format(code=f"x-{secrets.token_hex(4)}", key="A") + "y,No key?,1,2,3,4,,A1\n"
        with transaction() as session:
            import_id = start_import(
                session,
                bank_id=self.bank_id,
                organisation_id=self.organisation_id,
                account_id=self.instructor_id,
                filename="q.csv",
                data=rows.encode(),
                settings=Settings(),
                now=NOW,
            )
        while jobs.run_one():
            pass
        return import_id

    def _sitting(self) -> int:
        """An open sitting whose first question is answered."""
        with transaction() as session:
            sitting_id = sit.start_sitting(
                session,
                exam_id=self.exam_id,
                student_id=self.student_id,
                organisation_id=self.organisation_id,
                now=NOW,
                seed=3,
            )
        answer_first(sitting_id, self.student_id)
        return sitting_id

    def _person(self) -> int:
        """Somebody who can sign in."""
        with transaction() as session:
            return create_account_with_hash(
                session,
                organisation_id=self.organisation_id,
                username=f"person-{secrets.token_hex(4)}",
                display_name="Person",
                password_hash="not a hash",
                roles=[Role.STUDENT],
                now=NOW,
            )

    def _class(self) -> int:
        """The one class of the instructor, with a student who waits for a first password."""
        with transaction() as session:
            known = classes.list_classes(session, instructor_id=self.instructor_id)
            class_id = (
                known[0].id
                if known
                else classes.create_class(
                    session, organisation_id=self.organisation_id, code="C", name="C", now=NOW
                )
            )
            classes.add_to_class(
                session, class_id=class_id, account_id=self.instructor_id, role=Role.INSTRUCTOR
            )
            waiting = create_account_with_hash(
                session,
                organisation_id=self.organisation_id,
                username=f"waiting-{secrets.token_hex(4)}",
                display_name="Waiting",
                password_hash="",
                roles=[Role.STUDENT],
                now=NOW,
            )
            classes.add_to_class(session, class_id=class_id, account_id=waiting, role=Role.STUDENT)
            return class_id

    def _member(self) -> int:
        """A student of that class."""
        class_id, account_id = self._class(), self._person()
        with transaction() as session:
            classes.add_to_class(
                session, class_id=class_id, account_id=account_id, role=Role.STUDENT
            )
        return account_id

    def _roster(self) -> int:
        """An uploaded list for that class, with one new student."""
        class_id = self._class()
        with transaction() as session:
            return rosters.start_upload(
                session,
                found=session.get_one(TeachingClass, class_id),
                account_id=self.instructor_id,
                filename="roster.csv",
                lines=[rosters.RosterLine(2, f"new-{secrets.token_hex(4)}", "New")],
                now=NOW,
            )

    def _delivery(self) -> int:
        """A OneRoster delivery of one class with one new student."""
        name = f"new-{secrets.token_hex(4)}"
        student = RosterPerson(name, name, "N", "E", "", "", ("student",), (), False, 2)
        taught = RosterClass("c", "C", f"c-{secrets.token_hex(4)}", "", (), False, 2)
        enrolled = RosterEnrolment(name, "c", "student", "", "", False, 2)
        with transaction() as session:
            return deliveries.start_delivery(
                session,
                organisation_id=self.organisation_id,
                account_id=self.instructor_id,
                filename="roster.zip",
                roster=OneRoster("1.1", False, (), (student,), (taught,), (enrolled,), ()),
                now=NOW,
            )

    def _room(self) -> int:
        """A room that waits, with the student in it."""
        with transaction() as session:
            room_id = rooms.open_room(
                session,
                plan=rooms.Plan(self.bank_id, "UNI", "Room", 60, 20),
                organisation_id=self.organisation_id,
                account_id=self.instructor_id,
                now=NOW,
            )
            rooms.enter_room(
                session,
                code=session.get_one(Room, room_id).code,
                student_id=self.student_id,
                organisation_id=self.organisation_id,
                browser_token="a browser",
                now=NOW,
            )
        return room_id

    def _run(self) -> int:
        with transaction() as session:
            return runs.request_calibration(
                session,
                bank_id=self.bank_id,
                organisation_id=self.organisation_id,
                account_id=self.instructor_id,
                include_simulated=False,
                now=NOW,
            )

    def _set(self) -> int:
        """A calibrated set that is not published, its parameters those in force."""
        with transaction() as session:
            published = publish.find_published(session, self.bank_id)
            assert published is not None
            table = read_parameters(session, published.parameter_set_id)
            return publish.create_calibrated_set(
                session,
                revision_id=published.revision_id,
                fitted={},
                base_set_id=published.parameter_set_id,
                covariance=table.covariance.tolist(),
                model="2PL",
                simulated=False,
                n_persons=0,
                n_responses=0,
                summary={},
                account_id=self.instructor_id,
                now=NOW,
            )


def answer_first(sitting_id: int, student_id: int) -> None:
    """Answer the first question of a sitting with option a, unless it is answered."""
    from quizengine.exams.service import answer as answering

    with reading() as session:
        turn = answering.read_turn(session, sitting_id=sitting_id, student_id=student_id)
    if turn.row.n_answered:
        return
    weighed = answering.weigh_answer(
        turn, position=1, values={"choice": ["a"]}, retry_key="first-answer", shown_at=None, now=NOW
    )
    with transaction() as session:
        answering.record_answer(session, answer=weighed)


Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """What a route asks for, what to send it, and how it answers those who may use it."""

    permission: Permission | None
    data: Callable[[], Data] = dict
    answers: tuple[int, ...] = (200,)
    shared: str = ""  # why a named thing has no owner


EVERYBODY = "an administrator looks after every organisation of the installation"
LINK = "whoever has the link may use it, once"
TAKEN = (303,)  # a form was accepted, and the browser goes on
ITEM_LEFT_EMPTY = (422,)

# In the order of a walk: what ends a sitting or a sign-in comes after what needs it.
ROUTES: dict[str, Row] = {
    "static": Row(PUBLIC, shared="the program's own files"),
    "healthz": Row(PUBLIC),
    "readyz": Row(PUBLIC),
    "metrics.show": Row(PUBLIC),
    "audit.index": Row(Permission.SEE_AUDIT),
    "audit.check": Row(Permission.SEE_AUDIT),
    "audit.export": Row(Permission.SEE_AUDIT),
    "home.show": Row(PUBLIC, answers=(200, 302)),
    "accounts.sign_in": Row(PUBLIC, answers=(200, 302)),
    "accounts.start_session": Row(PUBLIC, answers=(422,)),
    "accounts.set_language": Row(PUBLIC, lambda: {"lang": "en"}, TAKEN),
    "accounts.set_theme": Row(PUBLIC, lambda: {"theme": "dark"}, TAKEN),
    "accounts.account": Row(Permission.USE_ACCOUNT),
    "accounts.change_password": Row(
        Permission.USE_ACCOUNT, lambda: {"present": "not this one", "new": "x" * 12}, (422,)
    ),
    "accounts.welcome": Row(PUBLIC, answers=(404,), shared=LINK),
    "accounts.accept_welcome": Row(PUBLIC, answers=(404,), shared=LINK),
    "people.index": Row(Permission.ADMINISTER),
    "people.new": Row(Permission.ADMINISTER),
    "people.invite": Row(Permission.ADMINISTER, answers=(422,)),  # an empty form
    "people.person": Row(Permission.ADMINISTER, shared=EVERYBODY),
    "people.change": Row(
        Permission.ADMINISTER,
        lambda: {"display_name": "Somebody", "roles": "expert"},
        TAKEN,
        EVERYBODY,
    ),
    "people.reset": Row(Permission.ADMINISTER, shared=EVERYBODY),
    "people.disable": Row(Permission.ADMINISTER, answers=TAKEN, shared=EVERYBODY),
    "people.enable": Row(Permission.ADMINISTER, answers=TAKEN, shared=EVERYBODY),
    "organisations.index_of_organisations": Row(Permission.ADMINISTER),
    "organisations.add_organisation": Row(Permission.ADMINISTER, answers=(422,)),
    "organisations.organisation": Row(Permission.ADMINISTER, shared=EVERYBODY),
    "organisations.rename_organisation": Row(
        Permission.ADMINISTER,
        lambda: {"kind": "school", "name_en": "Renamed", "name_zh": "改名"},
        TAKEN,
        EVERYBODY,
    ),
    "classes.index": Row(Permission.SEE_CLASSES),
    "classes.create": Row(
        Permission.SEE_CLASSES, lambda: {"name": "Class", "code": secrets.token_hex(4)}, TAKEN
    ),
    "classes.show": Row(Permission.SEE_CLASSES),
    "classes.add_member": Row(
        Permission.SEE_CLASSES, lambda: {"username": "student", "role": "student"}, TAKEN
    ),
    "classes.remove_member": Row(Permission.SEE_CLASSES, answers=TAKEN),
    "classes.welcome_links": Row(Permission.SEE_CLASSES),
    "classes.new_roster": Row(Permission.SEE_CLASSES),
    "classes.upload_roster": Row(
        Permission.SEE_CLASSES,
        lambda: {"file": (io.BytesIO("学号,姓名\n20260001,李".encode()), "roster.csv")},
        TAKEN,
    ),
    "classes.roster": Row(Permission.SEE_CLASSES),
    "classes.commit_roster": Row(Permission.SEE_CLASSES, lambda: {"new": 1, "joins": 0}, TAKEN),
    "banks.index": Row(Permission.SEE_BANKS),
    "banks.bank": Row(Permission.SEE_BANKS),
    "banks.item_list": Row(Permission.SEE_BANKS),
    "banks.item": Row(Permission.SEE_BANKS),
    "banks.preview": Row(Permission.SEE_BANKS),
    "banks.asset": Row(
        Permission.USE_ACCOUNT, shared="named by the hash of its bytes, which nobody can guess"
    ),
    "banks.new_item": Row(Permission.EDIT_BANKS),
    "banks.create_item": Row(Permission.EDIT_BANKS, answers=ITEM_LEFT_EMPTY),
    "banks.edit_item": Row(Permission.EDIT_BANKS),
    "banks.save_item": Row(Permission.EDIT_BANKS, answers=ITEM_LEFT_EMPTY),
    "banks.item_history": Row(Permission.SEE_BANKS),
    "banks.restore_version": Row(
        Permission.EDIT_BANKS, lambda: {"number": 1, "based_on": 1}, TAKEN
    ),
    "banks.add_comment": Row(Permission.REVIEW_BANKS, lambda: {"text": "Is B right?"}, TAKEN),
    "banks.settle_comment": Row(Permission.REVIEW_BANKS, answers=(404,)),  # of no comment
    "banks.review_item": Row(Permission.REVIEW_BANKS, lambda: {"status": ""}, (422,)),
    "banks.reviewers": Row(Permission.PUBLISH_BANKS),
    "banks.share": Row(Permission.PUBLISH_BANKS, answers=(404,)),  # with nobody
    "banks.end_share": Row(Permission.PUBLISH_BANKS, answers=TAKEN),
    "banks.bulk_edit": Row(Permission.EDIT_BANKS),
    "banks.commit_bulk": Row(Permission.EDIT_BANKS, answers=(422,)),  # nothing is set
    "banks.bulk_edits": Row(Permission.SEE_BANKS),
    "banks.undo_bulk": Row(Permission.EDIT_BANKS, answers=(404,)),  # of no edit
    "banks.coverage_map": Row(Permission.SEE_BANKS),
    "banks.enemy_sets": Row(Permission.SEE_BANKS),
    "banks.change_set": Row(Permission.EDIT_BANKS, lambda: {"name": "set"}, (422,)),
    "banks.search_similar": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "banks.search_progress": Row(Permission.SEE_BANKS, answers=TAKEN),
    "item_usage.show": Row(Permission.SEE_BANKS),
    "imports.new": Row(Permission.EDIT_BANKS),
    "imports.upload": Row(
        Permission.EDIT_BANKS,
        lambda: {"file": (io.BytesIO(ROWS.format(code="up", key="B").encode()), "up.csv")},
        TAKEN,
    ),
    "imports.show": Row(Permission.SEE_BANKS),
    "imports.progress": Row(Permission.SEE_BANKS, answers=TAKEN),
    "imports.rejected": Row(Permission.SEE_BANKS),
    "imports.choose": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "imports.read": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "imports.commit": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "deliveries.new": Row(Permission.SEE_CLASSES),
    "deliveries.upload": Row(Permission.SEE_CLASSES, answers=(422,)),  # without a file
    "deliveries.show": Row(Permission.SEE_CLASSES),
    "deliveries.commit": Row(Permission.SEE_CLASSES, answers=TAKEN),
    "exports.show": Row(Permission.EDIT_BANKS),
    "exports.download": Row(Permission.EDIT_BANKS),
    "imports.stop": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "imports.place": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "imports.picture": Row(Permission.SEE_BANKS, answers=(404,)),  # the file has none
    "imports.discard": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "banks.retire_item": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "banks.restore_item": Row(Permission.EDIT_BANKS, answers=TAKEN),
    "banks.publish_bank": Row(Permission.PUBLISH_BANKS, answers=TAKEN),
    "calibration.index": Row(Permission.CALIBRATE),
    "calibration.start": Row(Permission.CALIBRATE, answers=TAKEN),
    "calibration.run": Row(Permission.CALIBRATE),
    "calibration.progress": Row(Permission.CALIBRATE, answers=TAKEN),
    "calibration.cancel": Row(Permission.CALIBRATE, answers=TAKEN),
    "calibration.confirm": Row(Permission.PUBLISH_BANKS),
    "calibration.publish": Row(Permission.PUBLISH_BANKS, answers=TAKEN),
    "standards.index": Row(Permission.SEE_STANDARDS),
    "standards.bank": Row(Permission.SEE_STANDARDS),
    "standards.new": Row(Permission.ADOPT_STANDARDS),
    "standards.adopt": Row(Permission.ADOPT_STANDARDS, answers=(422,)),  # an empty form
    "exams.index": Row(Permission.SIT_EXAMS),
    "exams.start": Row(Permission.SIT_EXAMS, answers=TAKEN),
    "exams.question": Row(Permission.SIT_EXAMS),
    "exams.submit_answer": Row(
        Permission.SIT_EXAMS,
        lambda: {"position": 1, "choice": "a", "retry_key": "first-answer"},
        TAKEN,
    ),
    "exams.feedback": Row(Permission.SIT_EXAMS),
    "exams.end": Row(Permission.SIT_EXAMS, answers=TAKEN),
    "rooms.enter": Row(Permission.SIT_EXAMS),
    "rooms.take_place": Row(Permission.SIT_EXAMS, lambda: {"code": "AAAAAA"}, (422,)),
    "rooms.seat": Row(Permission.SIT_EXAMS),
    "rooms.index": Row(Permission.INVIGILATE),
    "rooms.new": Row(Permission.INVIGILATE),
    "rooms.create": Row(Permission.INVIGILATE, lambda: {"title": ""}, (422,)),
    "rooms.show": Row(Permission.INVIGILATE),
    "rooms.student": Row(Permission.INVIGILATE),
    "rooms.set_extra_time": Row(Permission.INVIGILATE, lambda: {"minutes": 10}, TAKEN),
    "rooms.release_browser": Row(Permission.INVIGILATE, answers=TAKEN),
    "rooms.add_note": Row(Permission.INVIGILATE, lambda: {"note": "Left the room."}, TAKEN),
    "rooms.start": Row(Permission.INVIGILATE, answers=TAKEN),
    "rooms.confirm_close": Row(Permission.INVIGILATE),
    "rooms.close": Row(Permission.INVIGILATE, answers=TAKEN),
    "insights.report": Row(Permission.SIT_EXAMS, answers=(200, 303)),
    "insights.reports": Row(Permission.SIT_EXAMS),
    "credits.index": Row(Permission.CLAIM_CREDITS),
    "credits.transcript": Row(Permission.CLAIM_CREDITS),
    "credits.draft": Row(Permission.CLAIM_CREDITS),
    "credits.submit": Row(Permission.CLAIM_CREDITS, answers=TAKEN),
    "credits.claim": Row(Permission.CLAIM_CREDITS),
    "credits.withdraw": Row(Permission.CLAIM_CREDITS, answers=TAKEN),
    "credit_files.own_report": Row(Permission.CLAIM_CREDITS),
    "credit_files.report": Row(Permission.DECIDE_CREDITS),
    "credit_files.records_csv": Row(Permission.DECIDE_CREDITS),
    "credit_files.records_xlsx": Row(Permission.DECIDE_CREDITS),
    "credits.queue": Row(Permission.DECIDE_CREDITS),
    "credits.case": Row(Permission.DECIDE_CREDITS),
    "credits.check": Row(Permission.DECIDE_CREDITS, lambda: {"condition": "lab"}, TAKEN),
    "credits.confirm": Row(Permission.DECIDE_CREDITS, answers=(409,)),  # nobody has checked it
    "credits.refuse": Row(Permission.DECIDE_CREDITS, lambda: {"reason": "No lab"}, TAKEN),
    "accounts.sign_out": Row(PUBLIC, answers=TAKEN),
}


@dataclass(frozen=True)
class World:
    """Oneself, and everybody whose things one must not touch."""

    own: Things
    strangers: tuple[Things, ...]
    picture: str  # sha256

    def values_of(self, rule: Rule, things: Things) -> Data:
        """The arguments of a route, all of them of these things."""
        return {name: self._value(rule, name, things) for name in rule.arguments}

    def _value(self, rule: Rule, name: str, things: Things) -> Any:
        if name == "filename":
            return "css/tokens.css"
        return self.picture if name == "sha256" else things.named(name)

    def foreign(self, rule: Rule) -> Iterator[tuple[str, Data]]:
        """Every way to name a stranger's thing, also below one's own, and what is not there."""
        names = sorted(rule.arguments - {"position", "sha256"})
        same = {"position": 1, "sha256": self.picture}  # a picture is nobody's; its place is
        for stranger in self.strangers:
            for whose in itertools.product((self.own, stranger), repeat=len(names)):
                if stranger not in whose or not _is_foreign(names, whose, stranger, self.own):
                    continue
                values = {n: w.named(n) for n, w in zip(names, whose, strict=True)}
                told = ", ".join(f"{n} of {w.whose}" for n, w in zip(names, whose, strict=True))
                yield told, values | {n: v for n, v in same.items() if n in rule.arguments}
        yield "nothing that exists", dict.fromkeys(rule.arguments, 987_654)


def _is_foreign(names: list[str], whose: tuple[Things, ...], stranger: Things, own: Things) -> bool:
    """A colleague's bank is one's own too: only what belongs to a person is foreign there."""
    if stranger.organisation_id != own.organisation_id:
        return True
    personal = {"sitting_id", "evidence_id", "claim_id"}  # a registrar's case_id is of the school
    return any(name in personal and w is stranger for name, w in zip(names, whose, strict=True))


@pytest.fixture
def world(school: School) -> World:
    with transaction() as session:
        away = store.create_bank(
            session,
            organisation_id=school.other_organisation_id,
            bank=make_bank("away"),
            now=NOW,
        )
        publish.publish_revision(session, bank_id=away, account_id=None, now=NOW)
        exam = offer.create_practice_exam(
            session, bank_id=away, profile="UNI", title={"en": "Away", "zh": "外校"}, now=NOW
        )
        picture = store.store_asset(session, PNG)
    ids = school.accounts, school.others
    home_of, away_of = ({role: made[role] for role in Role} for made in ids)
    own = Things(
        "oneself",
        school.organisation_id,
        home_of[Role.STUDENT],
        home_of[Role.INSTRUCTOR],
        school.bank_id,
        school.exam_id,
    )
    classmate = Things(
        "a classmate",
        school.organisation_id,
        school.second_student_id,
        home_of[Role.INSTRUCTOR],
        school.bank_id,
        school.exam_id,
    )
    outsider = Things(
        "the other school",
        school.other_organisation_id,
        away_of[Role.STUDENT],
        away_of[Role.INSTRUCTOR],
        away,
        exam,
    )
    return World(own, (classmate, outsider), picture)


def rules(app: Flask) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in app.url_map.iter_rules()}


def method_of(rule: Rule) -> str:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return method


def visit(app: Flask, browser: Browser, rule: Rule, values: Data) -> TestResponse:
    """Use a route as a browser does: a form carries its token."""
    with app.test_request_context():
        path = app.url_for(rule.endpoint, **values)
    if method_of(rule) == "GET":
        response = browser.get(path)
        response.get_data()  # a file that is sent would stay open
        response.close()
        return response
    data = ROUTES[rule.endpoint].data()
    return browser.post(path, data, content_type="multipart/form-data")


def walk(app: Flask) -> Iterator[tuple[Rule, Row]]:
    present = rules(app)
    for endpoint, row in ROUTES.items():
        yield present[endpoint], row


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Who may do what is decided before any database is asked: one kind shows it."""
    return sqlite_url


@pytest.fixture
def writes(sqlite_url: str, world: World) -> Iterator[Callable[[], int]]:
    """A number that changes whenever somebody else writes to the database."""
    watching = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    yield lambda: watching.execute("PRAGMA data_version").fetchone()[0]
    watching.close()


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert set(rules(app)) == set(ROUTES)
    assert all(len([r for r in app.url_map.iter_rules() if r.endpoint == e]) == 1 for e in ROUTES)


def test_every_route_asks_for_the_permission_of_its_row(app: Flask) -> None:
    for rule, row in walk(app):
        if rule.endpoint == "static":
            continue
        view = app.view_functions[rule.endpoint]
        assert view.permission == row.permission, rule.endpoint  # type: ignore[attr-defined]


def test_a_route_says_why_what_it_names_has_no_owner(app: Flask) -> None:
    for rule, row in walk(app):
        owned = rule.arguments - {"sha256", "filename", "account_id", "organisation_id", "token"}
        assert bool(row.shared) == (bool(rule.arguments) and not owned), rule.endpoint


@pytest.mark.parametrize("role", list(Role))
def test_a_role_uses_its_own_things(
    app: Flask, world: World, browser_of: Callable[[str], Browser], role: Role
) -> None:
    browser = browser_of(role.value)
    for rule, row in walk(app):
        if row.permission is not None and row.permission not in ROLE_PERMISSIONS[role]:
            continue
        response = visit(app, browser, rule, world.values_of(rule, world.own))
        assert response.status_code in row.answers, (
            rule.endpoint,
            response.get_data(as_text=True)[-1500:],
        )


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_kept_out_of_what_it_may_not_use(
    app: Flask,
    world: World,
    browser_of: Callable[[str], Browser],
    writes: Callable[[], int],
    role: Role,
) -> None:
    browser = browser_of(role.value)
    for rule, row in walk(app):
        if row.permission is None or row.permission in ROLE_PERMISSIONS[role]:
            continue
        for things in (world.own, world.strangers[-1]):
            values = world.values_of(rule, things)
            before = writes()
            response = visit(app, browser, rule, values)
            assert response.status_code == 403, (rule.endpoint, things.whose)
            assert writes() == before, rule.endpoint


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reaches_the_things_of_others(
    app: Flask,
    world: World,
    browser_of: Callable[[str], Browser],
    writes: Callable[[], int],
    role: Role,
) -> None:
    browser = browser_of(role.value)
    for rule, row in walk(app):
        allowed = row.permission is not None and row.permission in ROLE_PERMISSIONS[role]
        if not allowed or not rule.arguments or row.shared:
            continue
        for told, values in world.foreign(rule):
            before = writes()
            response = visit(app, browser, rule, values)
            assert response.status_code == 404, (rule.endpoint, told, response.status_code)
            assert writes() == before, (rule.endpoint, told)


def test_whoever_is_not_signed_in_is_asked_to_sign_in(
    app: Flask, world: World, anonymous: Browser, writes: Callable[[], int]
) -> None:
    for rule, row in walk(app):
        values = world.values_of(rule, world.own)
        before = writes()
        response = visit(app, anonymous, rule, values)
        if row.permission is None:
            assert response.status_code in row.answers, rule.endpoint
        elif method_of(rule) == "GET":
            assert response.status_code == 302, rule.endpoint
            assert response.headers["Location"].startswith("/sign-in?next="), rule.endpoint
        else:
            assert response.status_code == 401, rule.endpoint
        assert writes() == before, rule.endpoint


def test_no_form_is_taken_without_its_token(
    app: Flask, world: World, browser_of: Callable[[str], Browser], writes: Callable[[], int]
) -> None:
    browsers = {role: browser_of(role.value) for role in Role}
    forms = [(rule, row) for rule, row in walk(app) if method_of(rule) == "POST"]
    assert len(forms) > 10
    for rule, row in forms:
        role = next(r for r in Role if row.permission in {None, *ROLE_PERMISSIONS[r]})
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **world.values_of(rule, world.own))
        before = writes()
        for token in (None, "", "not-the-token"):
            sent = row.data() | ({} if token is None else {"csrf_token": token})
            response = browsers[role].client.post(path, data=sent)
            assert response.status_code == 400, (rule.endpoint, token)
        assert writes() == before, rule.endpoint


def test_a_picture_that_is_not_stored_is_not_found(browser_of: Callable[[str], Browser]) -> None:
    assert browser_of("student").get(f"/assets/{'0' * 64}").status_code == 404
