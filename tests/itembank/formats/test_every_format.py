"""Every writer and its reader: what comes back is what went out, or the writer has said so."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.errors import ItemBankError, sentence
from itembank.exchange import read_bank, read_questions
from itembank.formats.aiken import write_aiken
from itembank.formats.draft import complete
from itembank.formats.gift_writing import write_gift
from itembank.formats.moodle_xml_writing import write_moodle_xml
from itembank.formats.native import write_native
from itembank.formats.qti3_writing import write_qti3
from itembank.formats.sniffing import sniff_kind
from itembank.formats.table import write_table
from itembank.formats.table_draft import read_table_draft
from itembank.item import (
    ITEM_TYPES,
    NO_TEXT,
    Item,
    Text,
    assets_of,
    content_hash,
    item_from_native,
    item_to_native,
    true_false_choices,
)
from tests.itembank.strategies import ASSETS, any_words, items

BLUEPRINT = Blueprint(
    competencies=(
        Competency(
            code="R1",
            name=Text(en="Care", zh="照护"),
            sub_topics=(SubTopic(code="R1.1", name=Text(en="Identity"), share=100),),
        ),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)
# The writer, and the kinds its files are told to be.
WRITERS = {
    "native": (lambda bank: (write_native(bank), ()), {"native"}),
    "csv": (lambda bank: (write_table(bank.items, "csv"), ()), {"csv"}),
    "xlsx": (lambda bank: (write_table(bank.items, "xlsx"), ()), {"xlsx"}),
    "gift": (write_gift, {"gift", "gift_zip"}),
    "moodle_xml": (write_moodle_xml, {"moodle_xml"}),
    "qti3": (write_qti3, {"qti_package"}),
    "aiken en": (lambda bank: write_aiken(bank, "en"), {"aiken"}),
    "aiken zh": (lambda bank: write_aiken(bank, "zh"), {"aiken"}),
}
TABLES = ("csv", "xlsx")
# The item is not in the file at all.
LEFT_OUT = {"export-type", "export-item"}
# The texts may come back with other markup; everything else must be the same.
OTHER_MARKUP = {"export-markup", "export-text"}
# What the fingerprint does not cover.
LABELS = ("id", "sub_topic", "cognitive_level", "difficulty", "jurisdiction", "posts", "enemies")
LABELS += ("status", "reference", "written")


def bank_of(*found, blueprint=BLUEPRINT, assets=ASSETS):
    return ItemBank(
        code="test", name=Text(en="Test"), blueprint=blueprint, items=found, assets=assets
    )


def out_and_in(name, bank):
    """What comes back of a bank: items, the writer's findings, the draft."""
    write, kinds = WRITERS[name]
    data, findings = write(bank)
    for finding in findings:
        assert sentence(finding, "en")
        assert sentence(finding, "zh")
    draft = None
    if all(codes_of(findings, item) & LEFT_OUT for item in bank.items):
        with suppress(ItemBankError):  # a file without a question may be refused
            draft = read_questions(data, "file")
    else:
        assert sniff_kind(data) in kinds
        draft = read_questions(data, "file")
    if name in TABLES:  # only with a blueprint does a table know what its codes mean
        draft = read_table_draft(data, "file", bank.blueprint)
    return draft, findings


def codes_of(findings, item):
    return {finding.code for finding in findings if finding.where == item.id}


def as_carried(item, findings, language):
    """The item without what the writer says it has left out."""
    told = {one.code: one.details for one in findings if one.where == item.id}
    lost = str(told.get("export-field", {}).get("value", "")).split(", ")
    if "reason" in lost:
        choices = tuple(replace(choice, reason=NO_TEXT) for choice in item.choices)
        item = replace(item, choices=choices)
    if "rule" in lost:
        item = replace(item, rule=NO_TEXT)
    if "figures" in lost:
        item = replace(item, figures=())
    if "stimulus" in lost:
        item = replace(item, stimulus=None)
    if told.keys() & {"export-language", "export-language-missing"}:
        # a question that lacks the language is written in the other one, and so are all its parts
        language = language if language in item.stem.languages else item.stem.languages[0]
        item = item_from_native(in_one_language(item_to_native(item), language))
    if item.type == "true_false":  # the words of the two options are the same in every file
        first, second = item.choices
        choices = true_false_choices(first.is_key, first.reason, second.reason)
        item = replace(item, choices=choices)
    return item


def in_one_language(value, language):
    if isinstance(value, dict) and value and set(value) <= {"en", "zh"}:
        return {language: Text(**value).get(language)}
    if isinstance(value, dict):
        return {name: in_one_language(part, language) for name, part in value.items()}
    return [in_one_language(part, language) for part in value] if isinstance(value, list) else value


def shape_of(item):
    """What is scored, whatever the markup of the texts."""
    places = {choice.id: place for place, choice in enumerate(item.choices)}
    return (
        item.type,
        item.scoring_rule,
        [choice.is_key for choice in item.choices],
        [places[premise.match] for premise in item.premises],
        item.numeric,
        len(item.accepted),
        [(region.shape, region.is_key) for region in item.regions],
        None if item.stimulus is None else (item.stimulus.position, item.stimulus.irreversible),
    )


def check_item(name, item, findings, draft):
    """The item is in the draft as the writer has said, or is said to be left out."""
    codes = codes_of(findings, item)
    if codes & LEFT_OUT:
        assert draft is None or not draft.items
        return
    assert draft.rejected == ()
    (only,) = draft.items
    back = complete(only, competency=item.competency, item_id=item.id)
    expected = as_carried(item, findings, name[-2:])
    if codes & OTHER_MARKUP:
        assert shape_of(back) == shape_of(expected)
    else:
        assert content_hash(back) == content_hash(expected)
    if name.startswith("aiken"):
        assert "export-field" in {finding.code for finding in findings if finding.where == "test"}
        return
    before, after = item_to_native(item), item_to_native(back)
    assert {label: after[label] for label in LABELS} == {label: before[label] for label in LABELS}
    assert (back.stimulus and back.stimulus.id) == (item.stimulus and item.stimulus.id)


def check_pictures(name, item, draft):
    """The pictures come along, byte for byte; a table names them only."""
    if name in TABLES or name.startswith("aiken"):
        assert draft is None or not draft.assets
    elif draft is not None and draft.items:
        wanted = {asset: ASSETS[asset] for asset in assets_of(item)}
        assert wanted.items() <= dict(draft.assets).items()


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("kind", ITEM_TYPES)
@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_of_an_item_differs_silently(name, kind, data):
    item = data.draw(items(kind, words=any_words))
    bank = bank_of(item)
    draft, findings = out_and_in(name, bank)
    check_item(name, item, findings, draft)
    check_pictures(name, item, draft)


def in_full(item):
    """All of an item; a rule of scoring that is its type's default may be written or not."""
    return item_to_native(item) | {"scoring": item.scoring_rule}


@pytest.fixture(scope="module", params=["radiographer", "sonographer"])
def shipped(request):
    return read_bank(Path(__file__).parents[3] / "itembank" / "data" / request.param)


@pytest.mark.parametrize("name", [name for name in WRITERS if not name.startswith("aiken")])
def test_the_shipped_banks_come_back_with_the_same_fingerprints(name, shipped):
    draft, findings = out_and_in(name, shipped)
    told = {finding.code for finding in findings}
    assert told <= {"export-blueprint", "export-scoring", *LEFT_OUT}
    assert draft.rejected == ()
    sent = [item for item in shipped.items if not codes_of(findings, item) & LEFT_OUT]
    assert {item.type for item in shipped.items if item not in sent} <= {"hot_spot"}
    back = [complete(one) for one in draft.items]
    assert [item.id for item in back] == [item.id for item in sent]
    assert [content_hash(item) for item in back] == [content_hash(item) for item in sent]
    assert [in_full(item) for item in back] == [in_full(item) for item in sent]
    if name not in TABLES:
        used = {asset for item in sent for asset in assets_of(item)}
        assert {asset: shipped.assets[asset] for asset in used}.items() <= draft.assets.items()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_aiken_carries_the_questions_of_the_shipped_banks_and_lists_the_rest(language, shipped):
    draft, findings = out_and_in(f"aiken {language}", shipped)
    assert draft.rejected == ()
    sent = [item for item in shipped.items if not codes_of(findings, item) & LEFT_OUT]
    assert {item.type for item in sent} == {"single_best"}
    for item, one in zip(sent, draft.items, strict=True):
        back = complete(one, competency=item.competency, item_id=item.id)
        expected = as_carried(item, findings, language)
        assert shape_of(back) == shape_of(expected)
        if not codes_of(findings, item) & OTHER_MARKUP:
            assert content_hash(back) == content_hash(expected)


def test_only_its_own_file_carries_all_of_a_bank(shipped):
    assert read_bank(write_native(shipped)) == shipped


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_in_a_bank_twice_is_in_the_file_twice(name):
    item = Item(
        id="Q1",
        competency="R1",
        type="true_false",
        stem=Text(en="Is lead dense?"),
        choices=true_false_choices(True),
    )
    draft, _ = out_and_in(name, bank_of(item, replace(item, id="Q2")))
    assert draft.n_elements == 2
