"""The pages around a bank, as its instructor, its reviewers and strangers meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from itembank.item import Choice, Numeric, Premise, Text, true_false_choices
from quizengine import jobs
from quizengine.accounts.service import classes
from quizengine.banks.service import browse, coverage, store
from quizengine.database import reading, transaction
from quizengine.exams.service import sit
from quizengine.exams.tables import Answer
from quizengine.insights.item_usage import Usage, read_usage
from quizengine.permissions import Role

from ..conftest import NOW, School, make_bank, make_item

Open = Callable[[str], Any]


def words(response: TestResponse) -> str:
    """What a reader sees of a page, on one line."""
    html = re.sub(r"<(script|style).*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ")


def hidden(response: TestResponse) -> dict[str, str]:
    """The hidden fields of the form that stores a change of several."""
    html = response.get_data(as_text=True)
    form = re.search(r'<form class="bulk-commit".*?</form>', html, re.S)
    assert form, html[-3000:]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def share(browser_of: Open, school: School) -> None:
    response = browser_of("instructor").post(
        f"/banks/{school.bank_id}/reviewers", {"organisation": school.other_organisation_id}
    )
    assert response.status_code == 303


# --- the list ---


def test_a_filter_is_an_address_that_pages_and_orders_keep(browser_of: Open) -> None:
    page = browser_of("instructor").get("/banks/1/items?competency=A2&level=K&sort=-code")
    shown = words(page)
    assert "4 questions" in shown
    assert shown.index("A2-009") < shown.index("A2-000")
    html = unescape(page.get_data(as_text=True))
    assert "/banks/1/items?competency=A2&level=K&sort=code" in html
    assert 'aria-sort="descending"' in html
    assert 'name="in_competency" value="A2"' in html  # "all found" means these


def test_an_empty_list_says_how_to_get_out_of_it(browser_of: Open) -> None:
    page = browser_of("instructor").get("/banks/1/items?text=nowhere&post=CT")
    assert "No question matches." in words(page)
    assert '<details class="more-filters" open>' in page.get_data(as_text=True)


def test_a_match_outside_the_stem_is_shown_with_what_stands_around_it(browser_of: Open) -> None:
    page = browser_of("instructor").get("/banks/1/items?text=因为 A2-003").get_data(as_text=True)
    assert "<mark>因为</mark> a。" in page


def test_an_expert_gets_no_boxes_to_tick(browser_of: Open) -> None:
    page = browser_of("expert").get("/banks/1/items").get_data(as_text=True)
    assert 'name="item"' not in page
    assert 'id="choose"' not in page


OTHER_KINDS: dict[str, dict[str, Any]] = {
    "true_false": {"choices": true_false_choices(True)},
    "multiple": {"choices": tuple(
        Choice(id=key, text=Text(key.upper()), is_key=key != "c") for key in "abc")},
    "numeric": {"choices": (), "numeric": Numeric(value=1.5, tolerance=0.1, unit=Text("mGy"))},
    "short_text": {"choices": (), "accepted": (Text("cathode", "阴极"),)},
    "order": {"choices": tuple(Choice(id=key, text=Text(f"Step {key}")) for key in "abc")},
    "matching": {
        "choices": tuple(Choice(id=key, text=Text(f"Probe {key}")) for key in "ab"),
        "premises": tuple(Premise(id=f"p{key}", text=Text(f"Organ {key}"), match=key)
                          for key in "ab"),
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_every_kind_of_question_has_its_page_its_line_and_its_versions(
    browser_of: Open, school: School, kind: str
) -> None:
    item = make_item(f"{kind}-1", "A1", "A1.1", 0, type=kind, **OTHER_KINDS[kind])
    with transaction() as session:
        item_id = store.add_item(
            session, bank_id=school.bank_id, item=item, assets={}, account_id=None, now=NOW
        )
    instructor = browser_of("instructor")
    instructor.post(f"/items/{item_id}/review", {"status": "reviewed", "based_on": "1"})
    for path in (f"/items/{item_id}", f"/items/{item_id}/history", f"/items/{item_id}/usage"):
        assert instructor.get(path).status_code == 200, path
    assert f"{kind}-1" in words(instructor.get(f"/banks/1/items?type={kind}"))


def test_the_page_of_a_question_says_what_is_right_in_its_kind(
    browser_of: Open, school: School
) -> None:
    said = {"numeric": "1.5 mGy (± 0.1)", "short_text": "cathode", "order": "Place 2",
            "matching": "The answer is B."}  # fmt: skip
    for kind, expected in said.items():
        item = make_item(f"{kind}-2", "A1", "A1.1", 0, type=kind, **OTHER_KINDS[kind])
        with transaction() as session:
            item_id = store.add_item(
                session, bank_id=school.bank_id, item=item, assets={}, account_id=None, now=NOW
            )
        assert expected in words(browser_of("instructor").get(f"/items/{item_id}")), kind


# --- changes of several ---


def test_several_questions_change_as_previewed_and_back(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    chosen = "/banks/1/bulk?item=1&item=2&scope=ticked"
    assert "Change 2 chosen questions" in words(instructor.get(chosen))
    preview = instructor.get(f"{chosen}&set_difficulty=hard&add_sets=twins&preview=1")
    shown = words(preview)
    assert "Nothing is stored yet. 2 questions would change." in shown
    assert "Stated difficulty easy → becomes hard" in shown
    sent: dict[str, Any] = hidden(preview) | {"item": ["1", "2"]}
    response = instructor.post("/banks/1/bulk", sent)
    assert response.status_code == 303
    listed = words(instructor.get(response.headers["Location"]))
    assert "2 questions were changed." in listed
    assert "Stated difficulty: hard; put into the set: twins" in listed
    again = instructor.post("/banks/1/bulk", sent)
    assert again.status_code == 422 or again.status_code == 409
    assert instructor.post("/banks/1/bulk-edits/undo", {"edit": "1"}).status_code == 303
    assert "Undone by Instructor" in words(instructor.get("/banks/1/bulk-edits"))
    with reading() as session:
        assert store.get_item(session, 1).item == store.get_item(session, 1, number=1).item


def test_everything_found_is_changed_whatever_the_page_shows(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    preview = instructor.get(
        "/banks/1/bulk?scope=all&in_competency=A3&set_jurisdiction=CN&preview=1"
    )
    assert "10 questions would change." in words(preview)
    assert instructor.post("/banks/1/bulk", hidden(preview)).status_code == 303
    assert "10 questions" in words(instructor.get("/banks/1/items?jurisdiction=CN"))


def test_a_change_that_is_no_longer_what_was_seen_is_shown_anew(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    preview = instructor.get("/banks/1/bulk?item=1&set_difficulty=hard&preview=1")
    instructor.post("/items/1/review", {"status": "reviewed", "based_on": "1"})
    response = instructor.post("/banks/1/bulk", hidden(preview))
    assert response.status_code == 409
    assert "changed since you looked" in words(response)
    assert instructor.post("/banks/1/bulk", hidden(response)).status_code == 303


@pytest.mark.parametrize(
    "query",
    ["", "item=x&item=-1", "scope=all&in_text=%00", "item=1&preview=1", "item=999999999&preview=1",
     "item=1&set_sub_topic=A2.1&set_competency=A3&preview=1", "item=1&set_use=burn&preview=1",
     "item=1&add_posts=" + "x" * 500 + "&preview=1", "item=1&set_status=%EF%BF%BD&preview=1"],
)  # fmt: skip
def test_odd_choices_never_break_the_page(browser_of: Open, query: str) -> None:
    assert browser_of("instructor").get(f"/banks/1/bulk?{query}").status_code == 200


# --- comments, reviews, sharing ---


def test_a_hospital_finds_reads_and_comments_on_a_shared_bank_but_cannot_write(
    browser_of: Open, school: School
) -> None:
    share(browser_of, school)
    expert = browser_of("away-expert")
    assert "Bank of Home" in words(expert.get("/banks"))
    assert "Test bank" in words(expert.get("/"))
    for path in ("/banks/1", "/banks/1/items", "/items/1", "/items/1/preview", "/items/1/history",
                 "/banks/1/coverage", "/banks/1/enemies"):  # fmt: skip
        assert expert.get(path).status_code == 200, path
    for path in ("/items/1/usage", "/banks/1/bulk-edits"):
        assert expert.get(path).status_code == 404, path
    assert expert.post("/items/1/comments", {"text": "两种说法？"}).status_code == 303
    said = words(browser_of("instructor").get("/items/1"))
    assert "两种说法？" in said
    assert "Away-Expert" in said
    assert "1 open comment" in words(browser_of("instructor").get("/banks/1/items?comments=open"))
    other = browser_of("away-instructor")  # may edit banks, but not this one
    assert other.get("/items/1").status_code == 200
    assert "Revise to version" not in words(other.get("/items/1"))
    for path in ("/items/1/edit", "/banks/1/items/new", "/banks/1/bulk", "/banks/1/reviewers"):
        assert other.get(path).status_code == 404, path
    for path in ("/banks/1/publish", "/items/1/retire", "/items/1/restore-version"):
        assert other.post(path, {"number": 1, "based_on": 1}).status_code == 404, path


def test_access_taken_back_is_gone_at_once(browser_of: Open, school: School) -> None:
    share(browser_of, school)
    expert = browser_of("away-expert")
    assert expert.get("/items/1").status_code == 200
    sent = {"organisation": school.other_organisation_id}
    assert browser_of("instructor").post("/banks/1/reviewers/end", sent).status_code == 303
    assert expert.get("/items/1").status_code == 404
    assert expert.post("/items/1/comments", {"text": "?"}).status_code == 404


def test_a_comment_that_cannot_be_kept_is_shown_again_with_its_text(browser_of: Open) -> None:
    expert = browser_of("expert")
    response = expert.post("/items/1/comments", {"text": "x" * 4001})
    assert response.status_code == 422
    assert "at most 4000 are kept" in words(response)
    assert "x" * 4001 in response.get_data(as_text=True)


def test_a_comment_is_text_and_never_markup(browser_of: Open) -> None:
    expert = browser_of("expert")
    expert.post("/items/1/comments", {"text": "<script>alert(1)</script>"})
    page = expert.get("/items/1").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_review_shows_the_name_and_the_date_and_a_later_change(browser_of: Open) -> None:
    expert = browser_of("expert")
    sent = {"status": "reviewed", "note": "GB 18871", "based_on": "1"}
    assert expert.post("/items/1/review", sent).status_code == 303
    shown = words(expert.get("/items/1"))
    assert "Reviewed by Expert, Home, on" in shown
    assert "GB 18871" in shown
    assert expert.post("/items/1/review", sent).status_code == 409
    assert expert.post("/items/1/review", sent | {"status": ""}).status_code == 422


def test_an_old_version_is_restored_from_the_page_of_versions(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    instructor.post("/items/1/review", {"status": "reviewed", "based_on": "1"})
    page = words(instructor.get("/items/1/history"))
    assert "What changed from version 1 to version 2" in page
    assert "review status set" in page
    response = instructor.post("/items/1/restore-version", {"number": "1", "based_on": "2"})
    assert response.status_code == 303
    assert "Version 3 says what version 1 said." in words(instructor.get("/items/1/history"))
    assert instructor.get("/items/1/history?old=1&new=9").status_code == 404


# --- sets kept apart ---


def test_sets_are_made_and_dissolved_on_their_page(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    assert "pair 2 questions" in words(instructor.get("/banks/1/enemies"))
    sent = {"name": "doses", "codes": "A2-001, a2-002"}
    assert instructor.post("/banks/1/enemies", sent).status_code == 303
    assert "doses 2 questions" in words(instructor.get("/banks/1/enemies"))
    wrong = instructor.post("/banks/1/enemies", {"name": "doses", "codes": "A2-001, nowhere"})
    assert wrong.status_code == 422
    assert "no items with the codes nowhere" in words(wrong)
    with reading() as session:
        second = store.get_item(session, 12).item.id
    assert second == "A2-001"
    assert instructor.post("/banks/1/enemies", {"name": "doses", "remove": "12"}).status_code == 303
    assert "alone in its set" in words(instructor.get("/banks/1/enemies"))


def test_questions_that_look_alike_are_found_in_the_background(
    browser_of: Open, school: School
) -> None:
    stem = "Which filter keeps slow venous flow visible in a colour Doppler image of the calf?"
    with transaction() as session:
        for code, ending in (("twin-1", ""), ("twin-2", " Choose one.")):
            item = make_item(code, "A1", "A1.1", 0, stem=Text(stem + ending))
            item = replace(item, choices=make_item("twin", "A1", "A1.1", 0).choices)
            store.add_item(
                session, bank_id=school.bank_id, item=item, assets={}, account_id=None, now=NOW
            )
    instructor = browser_of("instructor")
    assert "Nobody has looked" in words(instructor.get("/banks/1/enemies"))
    assert instructor.post("/banks/1/enemies/search").status_code == 303
    waiting = instructor.get("/banks/1/enemies/search", headers={"HX-Request": "true"})
    assert "Looking for questions" in words(waiting)
    while jobs.run_one():
        pass
    done = instructor.get("/banks/1/enemies/search", headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    page = instructor.get("/banks/1/enemies")
    assert "1 pair has nearly the same words" in words(page)
    assert "among 32 questions" in words(page)
    pair = re.findall(r'name="add" value="(\d+)"', page.get_data(as_text=True))
    assert len(pair) == 2
    assert instructor.post("/banks/1/enemies", {"name": "alike", "add": pair}).status_code == 303
    assert "without being kept apart" in words(instructor.get("/banks/1/enemies"))


# --- coverage ---


def read_map(school: School, **need: int) -> coverage.CoverageMap:
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        return coverage.read_coverage(
            session,
            bank,
            profile=bank.blueprint.profiles[0],
            need=coverage.Need(**need),
            published=True,
        )


def test_the_map_counts_what_is_published_against_what_the_profile_needs(school: School) -> None:
    found = read_map(school, length=20, times=3)
    first = found.rows[0]
    # 20 questions x 3 tests x 33.33 %: 20 of the competency, 10 of each half of it
    assert (first.total.count, first.total.need, first.total.grade) == (10, 20, "some")
    assert [(cell.count, cell.need, cell.missing) for cell in first.topics] == [(5, 10, 5)] * 2
    assert first.levels == ()  # the blueprint says nothing about them
    assert len(found.thin) == 6
    enough = read_map(school, length=20, times=1)
    assert enough.thin == []
    assert enough.rows[0].total.grade == "enough"


def test_the_best_precision_grows_with_the_questions_of_a_test(school: School) -> None:
    short, long = (read_map(school, length=n).rows[0].precision for n in (20, 60))
    assert short is not None
    assert long is not None
    assert (short.n_items, short.provisional) == (7, True)
    assert all(
        0 < after < before < 1 for before, after in zip(short.errors, long.errors, strict=True)
    )


def test_thin_spots_are_sentences(browser_of: Open) -> None:
    shown = words(browser_of("expert").get("/banks/1/coverage?length=20&times=3"))
    assert "6 sub-topics have too few questions." in shown
    assert "A1.1 One has 5 of 10 questions: 5 more." in shown
    assert "Standard error at best" in shown


@pytest.mark.parametrize(
    "query", ["profile=nowhere", "length=7&times=0", "of=used", "length=x&of=%00&times=99999999999"]
)
def test_odd_settings_of_the_map_are_left_out(browser_of: Open, query: str) -> None:
    assert browser_of("instructor").get(f"/banks/1/coverage?{query}").status_code == 200


def test_a_bank_without_a_publication_says_so(browser_of: Open, school: School) -> None:
    with transaction() as session:
        bank_id = store.create_bank(
            session, organisation_id=school.organisation_id, bank=make_bank("new"), now=NOW
        )
    instructor = browser_of("instructor")
    assert "every count is 0" in words(instructor.get(f"/banks/{bank_id}/coverage"))
    assert "A1.1 One has no question" in words(instructor.get(f"/banks/{bank_id}/coverage"))
    assert "every count is 0" not in words(instructor.get(f"/banks/{bank_id}/coverage?of=used"))


# --- who uses an item ---


def usage_of(school: School, item_id: int, *, instructor: bool = True) -> Usage:
    with reading() as session:
        return read_usage(
            session,
            store.get_item(session, item_id),
            organisation_id=school.organisation_id,
            instructor_id=school.instructor_id if instructor else None,
        )


def test_an_item_names_its_revisions_exams_and_copies(browser_of: Open, school: School) -> None:
    with transaction() as session:
        store.create_bank(
            session, organisation_id=school.organisation_id, bank=make_bank("copy"), now=NOW
        )
        store.create_bank(
            session, organisation_id=school.other_organisation_id, bank=make_bank("far"), now=NOW
        )
    usage = usage_of(school, 1)
    assert [(one.number, one.version, one.in_force) for one in usage.revisions] == [(1, 1, True)]
    assert [(one.title["en"], one.n_sittings) for one in usage.exams] == [("Test practice", 0)]
    assert usage.answers == ()
    assert [(one.code, one.same_bank) for one in usage.copies] == [("A1-000", False)]
    shown = words(browser_of("instructor").get("/items/1/usage"))
    assert "No student has answered it yet." in shown
    assert "It is in the revision in force." in shown


def test_the_classes_of_others_are_not_counted(browser_of: Open, school: School) -> None:
    assert usage_of(school, 1, instructor=False).classes == ()
    assert "Your classes" not in words(browser_of("expert").get("/items/1/usage"))
    assert browser_of("away-instructor").get("/items/1/usage").status_code == 404


def ask(school: School, student_id: int, item_id: int, score: int) -> None:
    """A sitting in which a student answered one item."""
    with transaction() as session:
        sitting_id = sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=student_id,
            organisation_id=school.organisation_id,
            now=NOW,
        )
        session.add(
            Answer(
                sitting_id=sitting_id,
                position=1,
                item_version_id=store.get_item(session, item_id).version_id,
                choice="a",
                score=score,
                retry_key="key",
                served_at=NOW,
                answered_at=NOW,
            )
        )


def test_answers_are_counted_by_version_exam_and_class(browser_of: Open, school: School) -> None:
    with transaction() as session:
        class_id = classes.create_class(
            session, organisation_id=school.organisation_id, code="C1", name="First", now=NOW
        )
        for account_id, role in (
            (school.instructor_id, Role.INSTRUCTOR),
            (school.student_id, Role.STUDENT),
        ):
            classes.add_to_class(session, class_id=class_id, account_id=account_id, role=role)
    ask(school, school.student_id, 1, 1)
    ask(school, school.second_student_id, 1, 0)
    usage = usage_of(school, 1)
    (one,) = usage.answers
    assert (one.version, one.n_answers, one.n_students, one.mean_score) == (1, 2, 2, 0.5)
    assert [exam.n_sittings for exam in usage.exams] == [2]
    assert [(c.code, c.n_students, c.n_answers) for c in usage.classes] == [("C1", 1, 1)]
    assert "2 answers of students so far." in words(browser_of("instructor").get("/items/1/usage"))
