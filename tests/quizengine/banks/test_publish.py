"""Publishing: what a revision takes up, which parameters it carries over, what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from itembank.item import Text
from quizengine import audit
from quizengine.banks.service import browse, edit, history, items, publish, store
from quizengine.banks.service.parameters import ParameterTable, read_parameters
from quizengine.banks.service.publish import FittedItem, Published
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, NotFound

from ..conftest import NOW, School, make_bank, make_item


def publish_again(school: School) -> Published:
    with transaction() as session:
        return publish.publish_revision(
            session,
            bank_id=school.bank_id,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )


def in_force(school: School) -> ParameterTable:
    with reading() as session:
        published = publish.find_published(session, school.bank_id)
        assert published is not None
        return read_parameters(session, published.parameter_set_id)


def calibrate_all(school: School, *, simulated: bool = False) -> None:
    """Publish invented estimates: what matters here is what becomes of them."""
    present = in_force(school)
    fitted = {
        int(version): FittedItem(1.2, 0.1 * place, 0.0, 1.0, 0.1, 0.2, 500 + place, "2PL")
        for place, version in enumerate(present.version_ids)
    }
    with transaction() as session:
        set_id = publish.create_calibrated_set(
            session,
            revision_id=present.revision_id,
            fitted=fitted,
            base_set_id=present.parameter_set_id,
            covariance=present.covariance.tolist(),
            model="2PL",
            simulated=simulated,
            n_persons=600,
            n_responses=9000,
            summary={},
            account_id=school.instructor_id,
            now=NOW,
        )
        publish.publish_parameter_set(
            session, parameter_set_id=set_id, account_id=school.instructor_id, now=NOW
        )


def revise(school: School, item_id: int, **changes: object) -> None:
    with transaction() as session:
        stored = store.get_item(session, item_id)
        store.revise_item(
            session,
            item_id=item_id,
            item=replace(stored.item, **changes),  # type: ignore[arg-type]
            assets=stored.assets,
            based_on=stored.number,
            account_id=school.instructor_id,
            now=NOW,
        )


def state_of(school: School) -> browse.BankState:
    with reading() as session:
        return browse.get_state(session, school.bank_id, organisation_id=school.organisation_id)


def test_publishing_twice_without_a_change_is_refused(school: School) -> None:
    with pytest.raises(Conflict, match="nothing-to-publish"):
        publish_again(school)
    revise(school, 1, stem=Text("New?"))
    assert publish_again(school).bank_id == school.bank_id
    with pytest.raises(Conflict, match="nothing-to-publish"):
        publish_again(school)


def test_unchanged_items_keep_their_parameters_and_changed_ones_become_provisional(
    school: School,
) -> None:
    calibrate_all(school)
    before = in_force(school)
    revise(school, 1, stem=Text("Another question?"))
    publish_again(school)
    after = in_force(school)
    same = after.item_ids != 1
    order = np.argsort(after.item_ids[same])
    kept = np.argsort(before.item_ids[before.item_ids != 1])
    for name in ("a", "b", "c"):
        np.testing.assert_array_equal(
            getattr(after.items, name)[same][order],
            getattr(before.items, name)[before.item_ids != 1][kept],
        )
    assert not after.provisional[same].any()
    assert after.provisional[~same].tolist() == [True]
    assert np.isnan(after.items.standard_errors[~same]).all()  # type: ignore[index]


def test_a_new_label_keeps_the_parameters(school: School) -> None:
    calibrate_all(school)
    revise(school, 1, reference="RT1", sub_topic="A1.2")
    publish_again(school)
    after = in_force(school)
    place = list(after.item_ids).index(1)
    assert not after.provisional[place]
    assert after.sub_topics[place] == "A1.2"


def test_a_published_parameter_set_is_never_changed(school: School) -> None:
    calibrate_all(school)
    before = in_force(school)
    revise(school, 2, stem=Text("Another question?"))
    with transaction() as session:
        edit.retire_item(session, item_id=3, organisation_id=school.organisation_id, now=NOW)
    publish_again(school)
    with reading() as session:
        again = read_parameters(session, before.parameter_set_id)
    np.testing.assert_array_equal(again.version_ids, before.version_ids)
    for name in ("a", "b", "c", "d", "standard_errors"):
        np.testing.assert_array_equal(getattr(again.items, name), getattr(before.items, name))
    np.testing.assert_array_equal(again.covariance, before.covariance)


def test_the_waiting_changes_are_counted_and_gone_after_publishing(school: School) -> None:
    assert not state_of(school).changes
    revise(school, 1, stem=Text("Another question?"))
    with transaction() as session:
        edit.retire_item(session, item_id=2, organisation_id=school.organisation_id, now=NOW)
        store.add_item(
            session,
            bank_id=school.bank_id,
            item=make_item("A1-900", "A1", "A1.1", 0),
            assets={},
            account_id=None,
            now=NOW,
        )
    state = state_of(school)
    assert (state.changes.added, state.changes.changed, state.changes.retired) == (1, 1, 1)
    assert (state.n_items, state.n_retired) == (30, 1)
    publish_again(school)
    assert not state_of(school).changes
    assert 2 not in in_force(school).item_ids


def test_a_restored_item_is_no_change_before_and_an_addition_after_publishing(
    school: School,
) -> None:
    def set_use(used: bool) -> None:
        with transaction() as session:
            own = school.organisation_id
            if used:
                edit.restore_item(session, item_id=1, organisation_id=own)
            else:
                edit.retire_item(session, item_id=1, organisation_id=own, now=NOW)

    set_use(False)
    set_use(True)
    assert not state_of(school).changes
    set_use(False)
    publish_again(school)
    set_use(True)
    assert state_of(school).changes.added == 1


def test_a_competency_without_an_item_cannot_be_published(school: School) -> None:
    with transaction() as session:
        for item_id in range(1, 11):
            edit.retire_item(
                session, item_id=item_id, organisation_id=school.organisation_id, now=NOW
            )
    with pytest.raises(Conflict) as refusal:
        publish_again(school)
    assert (refusal.value.code, refusal.value.details) == ("competency-empty", {"competency": "A1"})


def test_another_organisation_cannot_publish(school: School) -> None:
    with transaction() as session, pytest.raises(NotFound, match="bank"):
        publish.publish_revision(
            session,
            bank_id=school.bank_id,
            organisation_id=school.other_organisation_id,
            account_id=None,
            now=NOW,
        )


def test_the_state_says_where_the_parameters_come_from(school: School) -> None:
    force = state_of(school).force
    assert force is not None
    assert (force.kind, force.simulated, force.revision_number) == ("provisional", False, 1)
    calibrate_all(school, simulated=True)
    force = state_of(school).force
    assert force is not None
    assert (force.kind, force.simulated, force.n_persons) == ("calibrated", True, 600)


def test_a_thin_competency_and_an_empty_sub_topic_are_seen(school: School) -> None:
    with transaction() as session:
        store.create_bank(
            session, organisation_id=school.organisation_id, bank=make_bank("thin", n_items=1),
            now=NOW,
        )  # fmt: skip
    with reading() as session:
        _, thin = browse.list_banks(session, organisation_id=school.organisation_id)
    assert [area.thin for area in thin.coverage] == [True] * 3
    assert thin.coverage[0].empty_sub_topics == ("A1.2",)
    assert thin.force is None
    assert thin.changes.added == 3
    assert not any(area.thin for area in state_of(school).coverage)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (items.Filters(), 30),
        (items.Filters(competency="A2"), 10),
        (items.Filters(competency="A2", level="K"), 4),
        (items.Filters(text="a1-00"), 10),
        (items.Filters(text="题目 A3-007"), 1),
        (items.Filters(text="100%_"), 0),
        (items.Filters(state="calibrated"), 29),
        (items.Filters(state="provisional"), 0),
        (items.Filters(state="changed"), 1),
        (items.Filters(state="retired"), 0),
    ],
)
def test_a_filter_lists_what_it_says(school: School, filters: items.Filters, count: int) -> None:
    calibrate_all(school)
    revise(school, 1, stem=Text("Question A1-000 anew?", "题目？"))
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        found = items.list_items(session, bank, filters, 1)
    assert (found.total, len(found.lines)) == (count, count)


def test_the_pages_of_a_list_hold_every_item_once(school: School) -> None:
    with transaction() as session:
        bank_id = store.create_bank(
            session, organisation_id=school.organisation_id, bank=make_bank("big", n_items=40),
            now=NOW,
        )  # fmt: skip
    with reading() as session:
        bank = browse.get_head(session, bank_id, organisation_id=school.organisation_id)
        pages = [items.list_items(session, bank, items.Filters(), page) for page in (1, 2, 3)]
        last = items.list_items(session, bank, items.Filters(), 9999)
    codes = [line.code for page in pages for line in page.lines]
    assert codes == sorted(codes)
    assert len(set(codes)) == 120
    assert [page.first for page in pages] == [1, 51, 101]
    assert last.page == 3


def test_the_history_of_an_item_shows_the_parameters_of_each_version(school: School) -> None:
    calibrate_all(school)
    revise(school, 1, stem=Text("Another question?"))

    def measured(number: int) -> history.Measured | None:
        with reading() as session:
            return history.get_history(
                session, 1, organisation_id=school.organisation_id, number=number
            ).measured

    assert measured(2) is None
    publish_again(school)
    old, new = measured(1), measured(2)
    assert old is not None
    assert new is not None
    assert (old.in_force, old.parameter.n_responses) == (False, 500)
    assert (new.in_force, new.parameter.provisional) == (True, True)


def test_items_of_one_enemy_set_are_listed(school: School) -> None:
    with reading() as session:
        found = history.get_history(session, 1, organisation_id=school.organisation_id)
    assert [enemy.code for enemy in found.enemies] == ["A1-001"]


def test_every_publication_stands_in_the_audit_log(school: School) -> None:
    with transaction() as session:
        first = publish.find_published(session, school.bank_id)
        assert first is not None
        publish.publish_parameter_set(
            session,
            parameter_set_id=first.parameter_set_id,
            account_id=school.instructor_id,
            now=NOW,
        )
    with reading() as session:
        made, again = list(audit.events_in_order(session))
    keys = {"revision": first.revision_id, "parameter_set": first.parameter_set_id}
    assert (made.action, made.before, made.after) == ("revision-published", {}, keys)
    assert (again.action, again.before, again.after) == ("parameters-published", keys, keys)
    assert again.account_id == school.instructor_id
    assert again.organisation_id == school.organisation_id
