"""A bank as a QTI 3.0 package: read back, every type of item has the same content."""

# ruff: noqa: E501 - markup is read more easily in one line

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.formats.draft import complete
from itembank.formats.qti2 import read_qti2
from itembank.formats.qti3_writing import write_qti3
from itembank.formats.qti_package import read_qti_package
from itembank.formats.qti_usage_data import read_usage_data, write_usage_data
from itembank.formats.xml_safety import parse_xml
from itembank.item import ITEM_TYPES, Choice, Figure, Item, Stimulus, Text, content_hash
from tests.itembank.strategies import ASSETS, items

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
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0rest"


def bank(*contents, assets=ASSETS):
    return ItemBank(
        code="rad", name=Text(en="Rad"), blueprint=BLUEPRINT, items=contents, assets=assets
    )


def written(*contents, **kwargs):
    return write_qti3(bank(*contents, **kwargs))


def read_back(data):
    draft = read_qti_package(data, "package.zip")
    assert draft.rejected == ()
    return [complete(one) for one in draft.items], draft


def codes(findings):
    return [finding.code for finding in findings if finding.code != "export-blueprint"]


@pytest.mark.parametrize("kind", ITEM_TYPES)
@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_item_of_every_type_is_read_back_unchanged(kind, data):
    item = data.draw(items(kind))
    package, findings = written(item)
    (found,), draft = read_back(package)
    if not codes(findings):
        assert content_hash(found) == content_hash(item)
        assert found == item
    assert all(ASSETS[name] == data for name, data in draft.assets.items())


FORMULA = r"Dose $D = \frac{E}{m}$ at $r_1 < 5$ cm, 50 % &  $$\int_0^1 x\,dx$$ done"
TABLE = "| kV | mAs |\n| --- | --- |\n| 80 | *10* |\n\n1. first\n2. second\n\n![a film](<figures/a (1).png>)"


WHICH = Text(en="Which?")


def plain(stem=WHICH, **fields):
    choices = (
        Choice(id="1", text=Text(en="a < b", zh="$x$"), is_key=True, reason=Text(zh="对")),
        Choice(id="_1", text=Text(en="c & d")),
    )
    return (
        Item(id="题 1/2", competency="R1", stem=stem, choices=choices)
        if not fields
        else replace(plain(stem), **fields)
    )


@pytest.mark.parametrize(
    "text", [FORMULA, TABLE, "<script>x</script> **b**", "a\nb  \nc", "\\(x\\)"]
)
def test_formulas_tables_and_pictures_are_read_back_unchanged(text):
    item = plain(Text(en=text, zh=f"中文 {text}"))
    package, findings = written(item, assets={"figures/a (1).png": PNG})
    assert codes(findings) == []
    (found,), _ = read_back(package)
    assert found == item


def test_other_programs_find_formulas_as_mathml_and_pictures_by_their_path():
    item = plain(
        Text(en=FORMULA), figures=(Figure(asset="figures/a (1).png", alt=Text(en="film")),)
    )
    package, _ = written(item, assets={"figures/a (1).png": PNG})
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        text = archive.read("items/item-0001.xml").decode()
        assert "figures/a (1).png" in archive.namelist()
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML">' in text
    assert 'src="../figures/a%20%281%29.png"' in text
    root = parse_xml(text.encode(), "item")
    assert root.tag == "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}qti-assessment-item"


def test_an_item_file_alone_can_be_read_too():
    item = plain()
    package, _ = written(item)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        draft = read_qti2(archive.read("items/item-0001.xml"), "item.xml")
    found = complete(draft.items[0], "R1", item.id)
    assert content_hash(replace(found, id=item.id)) == content_hash(item)


def test_a_text_that_another_program_edited_is_read_as_it_is_now():
    package, _ = written(plain(Text(en="The **dose** is 5 mGy.")))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = "items/item-0001.xml"
    files[name] = files[name].replace(b"is 5 mGy.</p>", b"is 7 mGy.</p>")
    found = complete(read_qti_package(files).items[0])
    assert found.stem.en == "The **dose** is 7 mGy."


def test_a_set_shares_one_stimulus_file():
    case = Stimulus(id="case 7", text=Text(en="A man of 60.", zh="男，60 岁。"), irreversible=True)
    three = tuple(
        replace(plain(), id=f"q{n}", stimulus=replace(case, position=n)) for n in (1, 2, 3)
    )
    package, _ = written(*three)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert [n for n in archive.namelist() if n.startswith("stimuli/")] == [
            "stimuli/stimulus-1.xml"
        ]
    found, _ = read_back(package)
    assert tuple(found) == three


def test_the_same_bank_gives_the_same_bytes():
    assert written(plain()) == written(plain())


def test_what_the_package_cannot_carry_is_listed():
    item = plain(figures=(Figure(asset="figures/gone.png"),))
    _, findings = written(item)
    assert [(one.code, one.where) for one in findings] == [
        ("export-blueprint", "rad"),
        ("figure-missing", item.id),
    ]


PARAMETERS = {
    "题 1/2": {
        "a": 1.25,
        "b": -0.5,
        "c": 0.2,
        "d": 1.0,
        "standard_errors": {"a": 0.11, "b": 0.07},
        "n": 312,
        "model": "3PL",
        "scale": "rad-2026",
        "calibrated": "2026-11-01",
    },
    "g": {"a": 0.9, "thresholds": [-1.0, 0.5, float("nan")], "threshold_errors": [0.1, 0.2]},
    "not in the bank": {"a": 1.0},
}


def test_parameters_travel_as_usage_data():
    graded = replace(plain(), id="g")
    package, _ = write_qti3(bank(plain(), graded), PARAMETERS)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        data = archive.read("usage-data.xml")
    assert data == write_usage_data(bank(plain(), graded), PARAMETERS)
    found = read_usage_data(data, "usage-data.xml")
    assert set(found) == {"题 1/2", "g"}
    assert found["题 1/2"] == PARAMETERS["题 1/2"]
    assert found["g"]["thresholds"] == [-1.0, 0.5]
    assert found["g"]["threshold_errors"] == [0.1, 0.2]
    # the package with parameters is still a package of two items
    assert len(read_back(package)[0]) == 2


def test_a_statistic_names_its_item_its_persons_and_its_error():
    root = parse_xml(write_usage_data(bank(plain()), PARAMETERS), "usage-data.xml")
    first = root[0]
    assert first.get("name") == "a"
    assert (first.get("caseCount"), first.get("stdError")) == ("312", "0.11")
    assert first.get("context") == "urn:quizengine:scale:rad-2026:3PL"
    assert first[0].get("identifier") == "题 1/2"


def test_a_picture_whose_name_says_no_kind_does_not_lose_the_question():
    item = plain(figures=(Figure(asset="figures/scan", alt=Text(en="a scan")),))
    (found,), draft = read_back(written(item, assets={"figures/scan": PNG})[0])
    assert [finding.code for finding in draft.items[0].findings] == ["qti-media"]
    assert (found.stem, found.figures) == (item.stem, ())
