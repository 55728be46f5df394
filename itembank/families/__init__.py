"""The families of computed items, by name.

>>> item = draw("r2-half-value-layers", 7)
>>> item.id
'r2-half-value-layers-7'
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from itembank.errors import ItemBankError
from itembank.families.ai import ai_families
from itembank.families.ai_data import ai_data_families
from itembank.families.artefacts import artefacts_families
from itembank.families.care import care_families
from itembank.families.ct import ct_families
from itembank.families.ct_dose import ct_dose_families
from itembank.families.doppler import doppler_families
from itembank.families.dose import dose_families
from itembank.families.dr import dr_families
from itembank.families.elastography import elastography_families
from itembank.families.equipment import equipment_families
from itembank.families.geometry import geometry_families
from itembank.families.grids import grids_families
from itembank.families.haemodynamics import haemodynamics_families
from itembank.families.heart import heart_families
from itembank.families.imaging import imaging_families
from itembank.families.measurement import measurement_families
from itembank.families.mr import mr_families
from itembank.families.mr_signal import mr_signal_families
from itembank.families.nuclear import nuclear_families
from itembank.families.output import output_families
from itembank.families.physics import physics_families
from itembank.families.radiographs import radiographs_families
from itembank.families.transducers import transducers_families
from itembank.families.ultrasound_physics import ultrasound_physics_families
from itembank.family import Family
from itembank.family import draw as draw_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itembank.item import Item

__all__ = ["draw", "families", "family"]


@cache
def families() -> Mapping[str, Family]:
    """Every family by its id, in the order of the blueprints."""
    made = (
        *care_families(),
        *physics_families(),
        *dose_families(),
        *dr_families(),
        *grids_families(),
        *geometry_families(),
        *radiographs_families(),
        *equipment_families(),
        *ct_families(),
        *ct_dose_families(),
        *mr_families(),
        *mr_signal_families(),
        *nuclear_families(),
        *ai_families(),
        *ai_data_families(),
        *ultrasound_physics_families(),
        *transducers_families(),
        *imaging_families(),
        *output_families(),
        *artefacts_families(),
        *doppler_families(),
        *haemodynamics_families(),
        *measurement_families(),
        *elastography_families(),
        *heart_families(),
    )
    return MappingProxyType({one.id: one for one in sorted(made, key=lambda one: one.sub_topic)})


def family(name: str) -> Family:
    """The family of that id.

    Raises
    ------
    ItemBankError
        "family-unknown".
    """
    found = families().get(name)
    if found is None:
        raise ItemBankError("family-unknown", name[:100], value=name[:100])
    return found


def draw(one: Family | str, seed: int) -> Item:
    """The item of a family, given by itself or by its id, that belongs to a seed.

    Raises
    ------
    ItemBankError
        "family-unknown", "family-seed", "family-exhausted"; see `itembank.family.draw`.
    """
    return draw_of(family(one) if isinstance(one, str) else one, seed)
