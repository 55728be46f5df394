"""Changing many items at once: as previewed, all or nothing, and back."""

from __future__ import annotations

import pytest

from quizengine import audit
from quizengine.banks.service import browse, bulk, bulk_undo, edit, enemies, reviews, store
from quizengine.banks.service.bulk import BulkPlan, Changes, Selection
from quizengine.banks.service.items import Filters
from quizengine.banks.tables import BulkEdit, Item
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound

from ..conftest import NOW, School


def plan(school: School, ids: tuple[int, ...], **changes: object) -> BulkPlan:
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        return bulk.plan_bulk(session, bank, Selection(ids), Changes(**changes))  # type: ignore[arg-type]


def commit(school: School, made: BulkPlan) -> int:
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
    prepared = bulk.prepare_bulk(made, bank, account_id=school.instructor_id, now=NOW)
    with transaction() as session:
        return bulk.store_bulk(session, prepared, fingerprint=made.fingerprint)


def undo(school: School, bulk_id: int) -> tuple[int, int]:
    """How many items went back, and how many kept what they have."""
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        prepared = bulk_undo.prepare_undo(
            session, bank, bulk_id, account_id=school.instructor_id, now=NOW
        )
    with transaction() as session:
        bulk_undo.store_undo(session, prepared)
    return len(prepared.versions), prepared.n_kept


def item(item_id: int, number: int | None = None) -> store.StoredItem:
    with reading() as session:
        return store.get_item(session, item_id, number=number)


def test_a_change_makes_a_new_version_of_each_item_and_leaves_the_rest_alone(
    school: School,
) -> None:
    made = plan(school, (1, 2, 3), difficulty="hard", add_posts=("CT",))
    assert (made.n_chosen, len(made.lines)) == (3, 3)
    assert made.n_by_field == {"difficulty": 2, "posts": 3}  # the third is hard already
    assert item(1).number == 1  # a preview stores nothing
    commit(school, made)
    for item_id in (1, 2, 3):
        stored = item(item_id)
        assert (stored.number, stored.item.difficulty, stored.item.posts) == (2, "hard", ("CT",))
        assert stored.item.stem == item(item_id, 1).item.stem
    assert item(4).number == 1


def test_what_the_items_say_already_is_no_change(school: School) -> None:
    made = plan(school, (3,), difficulty="hard")
    assert made.lines == ()
    with pytest.raises(InvalidInput, match="bulk-nothing-changes"):
        commit(school, made)


def test_everything_found_can_be_chosen(school: School) -> None:
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        chosen = Selection(filters=Filters(competency="A2"))
        made = bulk.plan_bulk(session, bank, chosen, Changes(jurisdiction="CN"))
    assert len(made.lines) == 10
    assert {line.item.competency for line in made.lines} == {"A2"}


def test_an_item_that_changed_after_the_preview_stops_everything(school: School) -> None:
    made = plan(school, (1, 2), difficulty="hard")
    commit(school, plan(school, (2,), jurisdiction="US"))
    with pytest.raises(Conflict, match="bulk-changed-meanwhile"):
        commit(school, made)
    assert item(1).number == 1
    with pytest.raises(Conflict, match="bulk-changed-meanwhile"):
        prepared_with_another_fingerprint(school)


def prepared_with_another_fingerprint(school: School) -> None:
    made = plan(school, (1,), difficulty="hard")
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
    prepared = bulk.prepare_bulk(made, bank, account_id=school.instructor_id, now=NOW)
    with transaction() as session:
        bulk.store_bulk(session, prepared, fingerprint="another")


def test_a_new_competency_takes_the_sub_topic_away_and_a_sub_topic_brings_its_competency(
    school: School,
) -> None:
    (line,) = plan(school, (1,), competency="A3").lines
    assert (line.item.competency, line.item.sub_topic) == ("A3", "")
    (line,) = plan(school, (1,), sub_topic="A2.1").lines
    assert (line.item.competency, line.item.sub_topic) == ("A2", "A2.1")
    with pytest.raises(InvalidInput, match="bulk-sub-topic-elsewhere"):
        plan(school, (1,), competency="A3", sub_topic="A2.1")


def test_labels_can_be_taken_away(school: School) -> None:
    (line,) = plan(school, (1,), difficulty="-", sub_topic="-", remove_sets=("pair",)).lines
    assert line.item.difficulty is None
    assert (line.item.sub_topic, line.item.enemies) == ("", ())


def test_retiring_makes_no_version_and_is_undone_with_the_rest(school: School) -> None:
    with transaction() as session:
        edit.retire_item(session, item_id=2, organisation_id=school.organisation_id, now=NOW)
    bulk_id = commit(school, plan(school, (1, 2), use="retire"))
    assert (item(1).retired, item(1).number) == (True, 1)
    assert undo(school, bulk_id) == (1, 0)  # the second was retired before
    assert (item(1).retired, item(2).retired) == (False, True)


def test_undoing_says_again_what_was_said_except_where_somebody_changed_it_since(
    school: School,
) -> None:
    bulk_id = commit(school, plan(school, (1, 2, 3), jurisdiction="US"))
    commit(school, plan(school, (3,), difficulty="easy"))
    assert undo(school, bulk_id) == (2, 1)
    assert item(1).number == 3
    assert item(1).item == item(1, 1).item
    assert (item(3).item.jurisdiction, item(3).item.difficulty) == ("US", "easy")
    with pytest.raises(Conflict, match="bulk-undone-already"):
        undo(school, bulk_id)
    with reading() as session:
        entries = bulk_undo.list_bulk_edits(session, school.bank_id)
    assert [(entry.n_items, entry.undone_by) for entry in entries] == [(1, ""), (3, "Instructor")]


def test_nobody_undoes_the_change_of_another_bank(school: School) -> None:
    with pytest.raises(NotFound):
        undo(school, 99)


def test_items_of_another_bank_are_not_chosen(school: School) -> None:
    assert plan(school, (1, 9999), difficulty="hard").n_chosen == 1


def test_the_status_of_many_carries_the_name_of_whoever_set_it(school: School) -> None:
    commit(school, plan(school, (1, 2), status="reviewed"))
    with reading() as session:
        (review,) = reviews.list_reviews(session, 1, "")
    assert (review.by, review.status, review.number) == ("Instructor", "reviewed", 2)


def test_every_change_stands_in_the_audit_log(school: School) -> None:
    bulk_id = commit(school, plan(school, (1,), difficulty="hard"))
    undo(school, bulk_id)
    with reading() as session:
        events = [event for event in audit.events_in_order(session) if "bulk" in event.action]
        assert [event.action for event in events] == ["items-bulk-edited", "items-bulk-undone"]
        assert events[0].after["changes"] == {"difficulty": "hard"}
        assert session.get_one(BulkEdit, bulk_id).lines == [[1, 1, 2, False]]
        assert audit.find_broken_link(session) is None


def test_a_set_grows_and_shrinks_by_codes(school: School) -> None:
    def change(**changes: object) -> int:
        with transaction() as session:
            bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
            return enemies.change_set(
                session, bank, account_id=school.instructor_id, now=NOW, **changes
            )  # type: ignore[arg-type]

    with reading() as session:
        ids = enemies.find_items(session, school.bank_id, ["a2-003", "A2-004"])
        assert [session.get_one(Item, key).code for key in ids] == ["A2-003", "A2-004"]
        with pytest.raises(InvalidInput, match="item-codes-unknown"):
            enemies.find_items(session, school.bank_id, ["nowhere"])
    assert change(name="twins", add=ids) == 2
    assert change(name="twins", add=ids) == 0
    assert change(name="twins", remove=ids[:1]) == 1
    with pytest.raises(InvalidInput, match="set-name-wrong"):
        change(name="a,b", add=ids)
    with reading() as session:
        sets = enemies.list_sets(session, school.bank_id)
    assert [(one.name, len(one.members)) for one in sets] == [("pair", 2), ("twins", 1)]
    assert enemies.free_name(sets) == "set-1"
