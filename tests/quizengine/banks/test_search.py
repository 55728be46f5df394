"""Finding items: words in either language, wherever in a question they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import MetaData, create_engine, select

from itembank.item import Choice, Text, item_to_native
from quizengine.banks.service import browse, items, reviews, search, store
from quizengine.banks.service.items import Filters
from quizengine.banks.service.search import find_excerpt, fold, labels_of, search_text, terms_of
from quizengine.banks.tables import ItemVersion
from quizengine.database import alembic_config, reading, transaction

from ..conftest import NOW, School, make_item

STEM = "某患者行胸部CT检查，管电压由120 kVp降至100 kVp，剂量如何变化？"


def codes(school: School, **wanted: str) -> list[str]:
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        return [line.code for line in items.list_items(session, bank, Filters(**wanted), 1).lines]


def add(school: School, code: str, **changes: object) -> int:
    with transaction() as session:
        return store.add_item(
            session,
            bank_id=school.bank_id,
            item=make_item(code, "A1", "A1.1", 0, **changes),
            assets={},
            account_id=school.instructor_id,
            now=NOW,
        )


@pytest.mark.parametrize(
    "wanted",
    ["胸部", "部CT", "CT检查", "剂量如何变化", "kvp降至", "ＫＶＰ", "变化 胸部", '"120 kvp"'],
)
def test_a_run_of_chinese_characters_is_found_wherever_it_starts(
    school: School, wanted: str
) -> None:
    add(school, "ct", stem=Text("Tube voltage?", STEM))
    assert codes(school, text=wanted) == ["ct"]


@given(start=st.integers(0, len(STEM) - 1), length=st.integers(1, 8))
def test_every_run_of_characters_of_a_stem_is_part_of_its_search_text(
    start: int, length: int
) -> None:
    wanted = fold(STEM[start : start + length])
    assert wanted in search_text({"id": "x", "stem": {"en": "", "zh": STEM}})


def test_words_are_found_in_options_reasons_and_codes_and_all_must_be_there(
    school: School,
) -> None:
    options = (
        Choice(id="a", text=Text("Tungsten anode"), is_key=True, reason=Text("High melting point")),
        Choice(id="b", text=Text("Copper")),
    )
    add(school, "anode-1", stem=Text("Which target?"), choices=options)
    assert codes(school, text="tungsten") == ["anode-1"]
    assert codes(school, text="MELTING target") == ["anode-1"]
    assert codes(school, text="melting nothing") == []
    assert codes(school, text='"anode tungsten"') == []
    assert codes(school, text="node-1") == ["anode-1"]


@pytest.mark.parametrize("wanted", ["%", "_", "100%_", "\\", "'", '"', "单%题"])
def test_signs_of_the_database_are_only_signs(school: School, wanted: str) -> None:
    assert codes(school, text=wanted) == ([] if wanted != '"' else codes(school))


def test_the_id_of_an_option_and_the_kind_of_a_question_are_no_words() -> None:
    content = {"id": "q", "type": "single_best", "stem": {"en": "Why?"},
               "options": [{"id": "zulu", "text": {"en": "Yes"}}], "status": "draft"}  # fmt: skip
    assert search_text(content) == "q\nwhy?\nyes"


def test_a_search_has_words_and_phrases() -> None:
    assert terms_of(' "half value" layer ＡＬ layer') == ("half value", "layer", "al")
    assert terms_of("“半值层” 铝") == ("半值层", "铝")
    assert terms_of('an open "quote') == ("an", "open", "quote")
    assert terms_of("   ") == ()


def test_an_excerpt_shows_where_it_stands_unless_that_is_the_stem() -> None:
    content = {"id": "q", "stem": {"en": "Which target?"},
               "options": [{"id": "a", "text": {"en": "A Tungsten anode"}}]}  # fmt: skip
    found = find_excerpt(content, ("target", "tungsten"))
    assert found is not None
    assert (found.before, found.found, found.after) == ("A ", "Tungsten", " anode")
    assert find_excerpt(content, ("target",)) is None


def test_labels_hold_a_value_whole() -> None:
    labels = labels_of({"id": "q", "posts": ["CT", "MR"], "stem": {}})
    assert labels["posts"] == "\nCT\nMR\n"
    assert labels_of({"id": "q", "stem": {}})["posts"] == ""
    assert labels_of({"id": "q", "stem": {}, "stimulus": {"figures": [{}]}})["has_figure"]


Prepare = Callable[[School], Any]


def comment_on(school: School, item_id: int, *, settled: bool) -> None:
    reader = reviews.Reader(school.instructor_id, school.organisation_id)
    with transaction() as session:
        said = reviews.add_comment(session, item_id=item_id, reader=reader, text="Hm", now=NOW)
        reviews.settle_thread(
            session, item_id=item_id, thread_id=said, reader=reader, resolved=settled, now=NOW
        )


def test_each_filter_finds_what_it_names(school: School) -> None:
    first = add(school, "x1", posts=("CT", "MR"), jurisdiction="CN", status="reviewed")
    second = add(school, "x2", posts=("C",), difficulty="hard", enemies=("pair-2",))
    comment_on(school, first, settled=False)
    comment_on(school, second, settled=True)
    assert codes(school, post="CT") == ["x1"]
    assert codes(school, post="C") == ["x2"]
    assert codes(school, jurisdiction="CN") == ["x1"]
    assert codes(school, status="reviewed") == ["x1"]
    assert codes(school, set="pair") == ["A1-000", "A1-001"]
    assert codes(school, apart="yes") == ["A1-000", "A1-001", "x2"]
    assert len(codes(school, apart="no")) == 29
    assert codes(school, comments="open") == ["x1"]
    assert codes(school, comments="any") == ["x1", "x2"]
    assert codes(school, figure="yes") == []
    assert len(codes(school, type="single_best")) == 32
    assert codes(school, competency="A2", sub_topic="A2.1", difficulty="easy") == [
        "A2-000", "A2-006",
    ]  # fmt: skip


def test_an_order_holds_over_the_whole_list(school: School) -> None:
    add(school, "zz", difficulty="hard")
    assert codes(school, sort="-code")[0] == "zz"
    levels = codes(school, sort="level")
    with reading() as session:
        bank = browse.get_head(session, school.bank_id, organisation_id=school.organisation_id)
        lines = items.list_items(session, bank, Filters(sort="level"), 1).lines
        assert items.list_ids(session, bank, Filters()) == sorted(
            items.list_ids(session, bank, Filters(sort="-b"))
        )
    assert [line.level for line in lines] == sorted((line.level for line in lines), key="KAE".find)
    assert len(levels) == len(set(levels)) == 31


@pytest.mark.parametrize("sort", [sign + name for name in items.ORDERS for sign in ("", "-")])
def test_every_order_can_be_asked_for(school: School, sort: str) -> None:
    assert len(codes(school, sort=sort)) == 30


def test_the_posts_of_a_bank_are_listed_once(school: School) -> None:
    add(school, "x1", posts=("CT", "MR"))
    add(school, "x2", posts=("MR",))
    with reading() as session:
        assert items.posts_of(session, school.bank_id) == ["CT", "MR"]


def test_an_old_version_is_not_searched(school: School) -> None:
    item_id = add(school, "x1", stem=Text("Formerly unique?"))
    with transaction() as session:
        stored = store.get_item(session, item_id)
        store.revise_item(
            session, item_id=item_id, item=make_item("x1", "A1", "A1.1", 0), assets={},
            based_on=stored.number, account_id=None, now=NOW,
        )  # fmt: skip
    assert codes(school, text="formerly") == []
    assert search.fold("  A\u3000Ｂ ") == "a b"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database as it was before items could be searched, with one item version."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url(name).replace("postgresql://", "postgresql+psycopg://", 1)
    server.drop(name)


def test_the_migration_fills_what_the_program_writes_itself(old_url: str) -> None:
    item = make_item(
        "x1", "A1", "A1.1", 0, posts=("CT", "MR"), jurisdiction="CN", stem=Text("Dose?", STEM)
    )
    command.upgrade(alembic_config(old_url), "0002")
    engine = create_engine(old_url)
    tables = MetaData()
    tables.reflect(engine)
    rows: dict[str, dict[str, Any]] = {
        "organisation": {"id": 1, "kind": "school", "name_en": "H", "name_zh": "H"},
        "bank": {"id": 1, "organisation_id": 1, "code": "b", "name": {}, "languages": [],
                 "licence": "", "status_note": {}, "blueprint": {}, "shipped": False},
        "item": {"id": 1, "bank_id": 1, "code": "x1", "latest_number": 1},
        "item_version": {"id": 1, "item_id": 1, "number": 1, "content": item_to_native(item),
                         "assets": {}, "content_hash": "", "competency": "A1", "sub_topic": "",
                         "cognitive_level": ""},
    }  # fmt: skip
    with engine.begin() as connection:
        for name, values in rows.items():
            connection.execute(tables.tables[name].insert().values(created_at=NOW, **values))
    command.upgrade(alembic_config(old_url), "head")
    wanted = labels_of(item_to_native(item))
    query = select(*(getattr(ItemVersion, name) for name in wanted))
    with engine.connect() as connection:
        found = dict(connection.execute(query).mappings().one())
    engine.dispose()
    # PostgreSQL keeps the keys of JSON in an order of its own, so texts stand in another one
    texts, wanted_texts = (one.pop("search_text").split("\n") for one in (found, wanted))
    assert sorted(texts) == sorted(wanted_texts)
    assert found == wanted
