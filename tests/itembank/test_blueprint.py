"""Blueprints: weights add up, competencies are found by any of their names."""

import pytest

from itembank.blueprint import blueprint_from_native, blueprint_to_native
from itembank.errors import ItemBankError


def native(**changes):
    return {
        "competencies": [
            {
                "code": "R1",
                "name": {"en": "Patient care", "zh": "患者照护"},
                "sub_topics": [
                    {"code": "R1.1", "name": {"en": "Identity"}, "share": 40},
                    {"code": "R1.2", "name": {"en": "Transfer"}, "share": 60},
                ],
                "levels": {"K": 30, "A": 50, "E": 20},
            },
            {"code": "R2", "name": {"en": "Physics", "zh": "物理"}, "sub_topics": []},
        ],
        "profiles": {
            "UNI": {"R1": 50, "R2": 50},
            "US": {"name": {"en": "Like the US"}, "weights": {"R1": 83.5, "R2": 16.5}},
        },
        **changes,
    }


def test_a_blueprint_survives_its_native_form():
    blueprint = blueprint_from_native(native())
    assert blueprint_from_native(blueprint_to_native(blueprint)) == blueprint
    assert blueprint.competency_codes == ("R1", "R2")
    assert blueprint.find_profile("US").weights["R2"] == 16.5
    assert blueprint.find_profile("CN") is None


@pytest.mark.parametrize(
    "text", ["R1", " r1 ", "Patient care", "patient CARE", "患者照护", "R1 患者照护", "Ｒ１"]
)
def test_a_competency_is_found_by_code_or_either_name(text):
    assert blueprint_from_native(native()).find_competency(text).code == "R1"


def test_a_sub_topic_leads_to_its_competency():
    blueprint = blueprint_from_native(native())
    assert blueprint.find_sub_topic("transfer").code == "R1.2"
    assert blueprint.competency_of("R1.2").code == "R1"


@pytest.mark.parametrize("text", ["", "  ", "R3", "care"])
def test_an_unknown_competency_is_not_found(text):
    assert blueprint_from_native(native()).find_competency(text) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"profiles": {"UNI": {"R1": 50, "R2": 49}}}, "not-hundred"),
        ({"profiles": {"UNI": {"R1": 150, "R2": -50}}}, "not-hundred"),
        ({"profiles": {"UNI": {"R1": 50, "R9": 50}}}, "profile-competency-unknown"),
        ({"profiles": {"UNI": {"R1": "50"}}}, "wrong-type"),
        ({"profiles": {"UNI": {"R1": float("nan"), "R2": 1}}}, "wrong-type"),
        ({"profiles": {}}, "profile-missing"),
        ({"competencies": []}, "blueprint-empty"),
        ({"competencies": native()["competencies"] * 2}, "duplicate-code"),
        ({"competencies": [{"code": "R1"}]}, "competency-unnamed"),
        (
            {"competencies": [{"code": f"C{i}", "name": {"en": "x"}} for i in range(13)]},
            "too-many-competencies",
        ),
        (
            {"competencies": [{"code": "R1", "name": {"en": "x"}, "levels": {"Z": 100}}]},
            "level-unknown",
        ),
        (
            {"competencies": [{"code": "R1", "name": {"en": "x"}, "levels": {"K": 90}}]},
            "not-hundred",
        ),
    ],
)
def test_a_blueprint_that_contradicts_itself_is_refused(change, code):
    with pytest.raises(ItemBankError) as caught:
        blueprint_from_native(native(**change))
    assert caught.value.code == code
