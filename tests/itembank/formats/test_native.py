"""The native bank format: nothing is lost, the bytes are the same, hostile files are refused."""

import io
import json
import stat
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.errors import ItemBankError, sentence
from itembank.exchange import read_bank, write_bank
from itembank.formats.table import write_table
from itembank.item import Choice, Figure, Item, Text, content_hash
from tests.itembank.strategies import ASSETS
from tests.itembank.strategies import items as any_items

BLUEPRINT = Blueprint(
    competencies=(
        Competency(
            code="R1",
            name=Text(en="Care", zh="照护"),
            sub_topics=(SubTopic(code="R1.1", name=Text(en="Identity"), share=100),),
            levels={"K": 30, "A": 50, "E": 20},
        ),
        Competency(code="R2", name=Text(en="Physics")),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 60, "R2": 40}),),
)


def item(number, competency="R1"):
    return Item(
        id=f"{competency}-{number}",
        competency=competency,
        stem=Text(en=f"Question {number}?", zh=f"问题 {number}？"),
        choices=(
            Choice(id="x", text=Text(en="Yes"), is_key=True),
            Choice(id="y", text=Text(en="No"), reason=Text(zh="不对")),
        ),
        figures=(Figure(asset="figures/图 1 & 2.png", alt=Text(en="A film.")),),
        enemies=("pair",),
        reference="RT1",
    )


def bank():
    return ItemBank(
        code="rad",
        name=Text(en="Radiographer", zh="放射技师"),
        licence="CC BY 4.0",
        blueprint=BLUEPRINT,
        items=(item(1), item(2), item(1, "R2")),
        assets={"figures/图 1 & 2.png": b"\x89PNG...", "figures/b.png": bytes(range(256))},
    )


def rezip(data, change):
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        files = {name: source.read(name) for name in source.namelist()}
    change(files)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@settings(deadline=None, max_examples=100)
@given(many=st.lists(any_items(), min_size=1, max_size=4))
def test_a_bank_of_every_type_is_read_back_unchanged(many):
    numbered = tuple(replace(one, id=f"R1-{place}") for place, one in enumerate(many))
    full = replace(bank(), items=numbered, assets=ASSETS)
    again = read_bank(write_bank(full))
    assert again == full
    assert [content_hash(one) for one in again.items] == [content_hash(one) for one in full.items]


def test_a_bank_is_read_back_unchanged_and_written_to_the_same_bytes():
    data = write_bank(bank())
    assert read_bank(data) == bank()
    assert write_bank(read_bank(data)) == data


def test_a_bank_written_at_another_time_has_the_same_bytes():
    with zipfile.ZipFile(io.BytesIO(write_bank(bank()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted(archive.namelist())


def test_a_bank_is_the_same_as_a_folder_and_as_a_file(tmp_path):
    write_bank(bank(), tmp_path / "rad")
    write_bank(bank(), tmp_path / "rad.zip")
    assert read_bank(tmp_path / "rad") == bank()
    assert read_bank(tmp_path / "rad.zip") == bank()
    with pytest.raises(ItemBankError, match="folder-not-empty"):
        write_bank(bank(), tmp_path / "rad")


def test_junk_of_other_systems_and_a_folder_round_everything_do_no_harm():
    def wrap(files):
        inner = {f"my bank/{name}": content for name, content in files.items()}
        files.clear()
        files.update(inner)
        files["__MACOSX/my bank/._bank.json"] = b"junk"
        files["my bank/.DS_Store"] = b"junk"

    assert read_bank(rezip(write_bank(bank()), wrap)) == bank()


def edit(name, change):
    """Changes one JSON file of a bank's zip."""

    def apply(files):
        value = json.loads(files[name])
        files[name] = json.dumps(change(value) or value).encode()

    return apply


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda files: files.pop("bank.json"), "bank-json-missing"),
        (lambda files: files.update({"bank.json": b"{"}), "json-broken"),
        (lambda files: files.update({"bank.json": b"[" * 100_000}), "json-broken"),
        (lambda files: files.update({"bank.json": b"\xff\xfe\x00"}), "json-broken"),
        (lambda files: files.update({"bank.json": b"[]"}), "format-unknown"),
        (edit("bank.json", lambda head: head.update(version=2)), "version-newer"),
        (edit("bank.json", lambda head: head.update(colour="red")), "unknown-field"),
        (edit("bank.json", lambda head: head.pop("blueprint") and None), "wrong-type"),
        (edit("items/R1.json", lambda items: {"items": items}), "wrong-type"),
        (edit("items/R1.json", lambda items: items[1].pop("stem") and None), "stem-missing"),
        (edit("items/R1.json", lambda items: items + items), "duplicate-item-id"),
        (lambda files: files.update({"../evil.json": b"{}"}), "zip-path"),
        (lambda files: files.update({"C:/evil.json": b"{}"}), "zip-path"),
        (lambda files: files.update({"figures/z.png": bytes(30_000_000)}), "zip-ratio"),
        (
            lambda files: files.update({f"figures/{i}.png": b"" for i in range(5_001)}),
            "zip-too-many-entries",
        ),
    ],
)
def test_a_bank_that_is_broken_or_hostile_is_refused(change, code):
    with pytest.raises(ItemBankError) as caught:
        read_bank(rezip(write_bank(bank()), change))
    assert caught.value.code == code
    assert sentence(caught.value, "zh")


def test_a_refusal_names_file_and_item():
    broken = edit("items/R1.json", lambda items: items[1].pop("stem") and None)
    with pytest.raises(ItemBankError) as caught:
        read_bank(rezip(write_bank(bank()), broken))
    assert caught.value.where == "items/R1.json, item 2 (R1-2)"


def test_a_link_in_an_archive_is_refused():
    target = io.BytesIO(write_bank(bank()))
    with zipfile.ZipFile(target, "a") as archive:
        link = zipfile.ZipInfo("figures/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ItemBankError, match="zip-link"):
        read_bank(target.getvalue())


def test_a_link_in_a_folder_is_refused(tmp_path):
    write_bank(bank(), tmp_path / "rad")
    (tmp_path / "rad" / "figures" / "link.png").symlink_to("/etc/passwd")
    with pytest.raises(ItemBankError, match="folder-link"):
        read_bank(tmp_path / "rad")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"PK\x03\x04 and nothing", "zip-broken"),
        (b"question,A,B,answer\n", "not-a-bank"),
        (write_table([item(1)], "xlsx"), "not-a-bank"),
        (b"{}", "not-a-bank"),
    ],
)
def test_what_is_not_a_bank_is_refused_with_a_sentence(data, code):
    with pytest.raises(ItemBankError) as caught:
        read_bank(data)
    assert caught.value.code == code
    assert sentence(caught.value, "en")


@settings(deadline=None, max_examples=200)
@given(position=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.integers(0, 3_000))
def test_a_damaged_bank_is_read_or_refused_with_a_code(position, value, cut):
    data = bytearray(write_bank(bank()))
    data[position % len(data)] = value
    outcome = None
    try:
        outcome = read_bank(bytes(data[: max(1, len(data) - cut)]))
    except ItemBankError as error:
        outcome = sentence(error, "en")
    assert outcome
