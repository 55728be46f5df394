"""Reviewing: who may read, what is said, whose name stands under it, and versions side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from itembank.item import Numeric, Text
from quizengine import audit
from quizengine.banks.service import history, reviews, sharing, store
from quizengine.banks.service.difference import compare_items
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound, NotPermitted
from quizengine.permissions import Role

from ..conftest import NOW, School, make_item


def home(school: School, role: Role = Role.INSTRUCTOR) -> reviews.Reader:
    return reviews.Reader(school.accounts[role], school.organisation_id)


def away(school: School) -> reviews.Reader:
    return reviews.Reader(school.others[Role.EXPERT], school.other_organisation_id)


def share(school: School) -> None:
    with transaction() as session:
        sharing.share_bank(
            session,
            bank_id=school.bank_id,
            organisation_id=school.organisation_id,
            with_id=school.other_organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )


def end_share(school: School) -> None:
    with transaction() as session:
        sharing.end_share(
            session,
            bank_id=school.bank_id,
            organisation_id=school.organisation_id,
            with_id=school.other_organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )


def say(reader: reviews.Reader, text: str, thread_id: int | None = None) -> int:
    with transaction() as session:
        return reviews.add_comment(
            session, item_id=1, reader=reader, text=text, thread_id=thread_id, now=NOW
        )


def settle(reader: reviews.Reader, thread_id: int, *, resolved: bool = True) -> None:
    with transaction() as session:
        reviews.settle_thread(
            session, item_id=1, thread_id=thread_id, reader=reader, resolved=resolved, now=NOW
        )


def threads(reader: reviews.Reader) -> list[reviews.Thread]:
    with reading() as session:
        return reviews.list_threads(session, 1, reader)


def review(reader: reviews.Reader, status: str, based_on: int = 1) -> int:
    with transaction() as session:
        return reviews.review_item(
            session, item_id=1, reader=reader, status=status, note="", based_on=based_on, now=NOW
        )


def revise(**changes: object) -> None:
    with transaction() as session:
        stored = store.get_item(session, 1)
        store.revise_item(
            session, item_id=1, item=replace(stored.item, **changes), assets={},  # type: ignore[arg-type]
            based_on=stored.number, account_id=None, now=NOW,
        )  # fmt: skip


def test_a_hospital_reads_and_comments_on_what_is_shared_with_it_and_nothing_else(
    school: School,
) -> None:
    with pytest.raises(NotFound):
        say(away(school), "Out of date?")
    share(school)
    thread = say(away(school), "Out of date?")
    with reading() as session:
        place = {"organisation_id": school.other_organisation_id}
        assert store.get_item(session, 1, as_reviewer=True, **place).item_id == 1
        with pytest.raises(NotFound):
            store.get_item(session, 1, **place)
    end_share(school)
    with pytest.raises(NotFound):
        say(away(school), "Still here?")
    assert [one.first.id for one in threads(home(school))] == [thread]  # what was said stays


def test_a_thread_has_answers_and_opens_again_with_the_next(school: School) -> None:
    thread = say(home(school), "  Is B right?\r\n")
    say(home(school, Role.EXPERT), "Yes.", thread)
    settle(home(school), thread)
    (found,) = threads(home(school))
    assert found.first.text == "Is B right?"
    assert [one.by for one in found.answers] == ["Expert"]
    assert (found.resolved_by, found.resolved_at) == ("Instructor", NOW)
    say(home(school), "Not quite.", thread)
    assert threads(home(school))[0].resolved_at is None


def test_open_threads_come_first(school: School) -> None:
    first, second = say(home(school), "One"), say(home(school), "Two")
    settle(home(school), first)
    assert [thread.first.id for thread in threads(home(school))] == [second, first]


def test_a_reviewer_settles_only_what_it_said_itself(school: School) -> None:
    share(school)
    own, other = say(away(school), "Mine"), say(home(school), "Yours")
    settle(away(school), own)
    with pytest.raises(NotPermitted, match="comment-not-yours"):
        settle(away(school), other)
    assert [thread.may_settle for thread in threads(away(school))] == [False, True]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "comment-empty"), (" \n ", "comment-empty"), ("x" * 4001, "comment-too-long"),
     ("a\x00b", "comment-unreadable")],
)  # fmt: skip
def test_a_comment_that_cannot_be_kept_is_refused(school: School, text: str, code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        say(home(school), text)


def test_nobody_answers_a_thread_of_another_item(school: School) -> None:
    thread = say(home(school), "Here")
    with pytest.raises(NotFound), transaction() as session:
        reviews.add_comment(
            session, item_id=2, reader=home(school), text="There", thread_id=thread, now=NOW
        )


def test_a_review_is_a_version_with_a_name_and_a_date(school: School) -> None:
    share(school)
    assert review(away(school), "reviewed") == 2
    with reading() as session:
        stored = store.get_item(session, 1)
        (found,) = reviews.list_reviews(session, 1, content_hash_of(stored))
    assert stored.item.status == "reviewed"
    assert (found.by, found.created_at, found.stale) == ("Away-Expert", NOW, False)
    assert review(home(school), "reviewed", based_on=2) == 2  # a second name, the same version
    with reading() as session:
        actions = [event.action for event in audit.events_in_order(session)]
    assert actions.count("item-reviewed") == 2


def content_hash_of(stored: store.StoredItem) -> str:
    from itembank.item import content_hash

    return content_hash(stored.item)


def test_a_text_that_changes_after_its_review_says_so(school: School) -> None:
    review(home(school), "reviewed")
    revise(stem=Text("Something else?"))
    with reading() as session:
        stored = store.get_item(session, 1)
        (found,) = reviews.list_reviews(session, 1, content_hash_of(stored))
    assert found.stale


def test_nobody_reviews_a_version_that_was_replaced_while_reading(school: School) -> None:
    revise(stem=Text("Something else?"))
    with pytest.raises(Conflict, match="item-changed-meanwhile"):
        review(home(school), "reviewed", based_on=1)
    with pytest.raises(InvalidInput, match="review-status"):
        review(home(school), "published", based_on=2)


def test_sharing_twice_is_once_and_stands_in_the_audit_log(school: School) -> None:
    share(school)
    share(school)
    with reading() as session:
        (found,) = sharing.list_reviewers(session, school.bank_id)
        assert sharing.list_candidates(
            session, school.bank_id, organisation_id=school.organisation_id
        ) == []  # fmt: skip
    assert found.name["en"] == "Away"
    end_share(school)
    end_share(school)
    with reading() as session:
        actions = [event.action for event in audit.events_in_order(session)]
    assert actions[-2:] == ["bank-shared", "bank-share-ended"]


# --- versions ---


def test_the_last_two_versions_stand_side_by_side_unless_others_are_asked_for(
    school: School,
) -> None:
    revise(stem=Text("Second?", "第二？"))
    revise(reference="RT01")
    with reading() as session:
        place = {"organisation_id": school.organisation_id}
        last = history.get_timeline(session, 1, **place)
        turned = history.get_timeline(session, 1, old=3, new=1, **place)
        first = history.get_timeline(session, 1, new=1, **place)
        with pytest.raises(NotFound):
            history.get_timeline(session, 1, old=9, **place)
    assert [change.field for change in last.changes] == ["reference"]
    assert {change.field for change in turned.changes} == {"stem", "reference"}
    assert (turned.old.number if turned.old else None, turned.new.number) == (1, 3)
    assert first.old is None
    assert [len(step.changes) for step in last.steps] == [1, 2, 0]


def test_an_old_version_comes_back_as_the_newest(school: School) -> None:
    revise(stem=Text("Second?"))

    def restore(number: int, based_on: int) -> int | None:
        with transaction() as session:
            return history.restore_version(
                session, item_id=1, organisation_id=school.organisation_id, number=number,
                based_on=based_on, account_id=school.instructor_id, now=NOW,
            )  # fmt: skip

    with pytest.raises(Conflict, match="item-changed-meanwhile"):
        restore(1, 1)
    assert restore(1, 2) == 3
    assert restore(1, 3) is None  # it says so already
    with pytest.raises(NotFound):
        restore(7, 3)
    with reading() as session:
        found = history.get_timeline(session, 1, organisation_id=school.organisation_id)
        assert store.get_item(session, 1).item == store.get_item(session, 1, number=1).item
    assert [step.line.origin for step in found.steps] == ["restored", "", ""]


def test_differences_of_other_kinds_of_questions_are_named() -> None:
    def number(value: float) -> object:
        return make_item(
            "n", "A1", "A1.1", 0, type="numeric", choices=(),
            numeric=Numeric(value=value, tolerance=0.05, relative=True, unit=Text("mGy")),
        )  # fmt: skip

    (change,) = compare_items(number(1.5), number(2.5))  # type: ignore[arg-type]
    assert change.field == "number"
    assert "".join(piece.text for piece in change.new) == "2.5 ± 5 %"
