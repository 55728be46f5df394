"""Psychometrics: calibration, ability, adaptive tests. Values in, values out.

The names below are the public surface. Each is imported when it is first used (PEP 562), so that
a web worker that only estimates abilities never imports SciPy or scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.ability import estimate_ability as estimate_ability
    from models.adaptive import Candidates as Candidates
    from models.adaptive import PreparedBank as PreparedBank
    from models.adaptive import StoppingRule as StoppingRule
    from models.adaptive import evidence as evidence
    from models.adaptive import find_candidates as find_candidates
    from models.adaptive import halfway as halfway
    from models.adaptive import position_rng as position_rng
    from models.adaptive import prepare_bank as prepare_bank
    from models.adaptive import select_item as select_item
    from models.adaptive import should_stop as should_stop
    from models.adaptive_simulation import simulate_adaptive_tests as simulate_adaptive_tests
    from models.adaptive_state import AdaptiveState as AdaptiveState
    from models.assembly import Assembly as Assembly
    from models.assembly import InformationTarget as InformationTarget
    from models.assembly import assemble_forms as assemble_forms
    from models.assembly_program import AssemblyTimeout as AssemblyTimeout
    from models.assembly_program import ImpossibleAssembly as ImpossibleAssembly
    from models.calibration import Calibration as Calibration
    from models.calibration import calibrate as calibrate
    from models.classical import DistractorStatistics as DistractorStatistics
    from models.classical import ItemStatistics as ItemStatistics
    from models.classical import distractor_statistics as distractor_statistics
    from models.classical import item_statistics as item_statistics
    from models.classification import Classification as Classification
    from models.classification import decision_accuracy as decision_accuracy
    from models.classification import score_decision_accuracy as score_decision_accuracy
    from models.content import allowed_competencies as allowed_competencies
    from models.content import bar_enemies as bar_enemies
    from models.content import prefer_subtopic as prefer_subtopic
    from models.content import quotas as quotas
    from models.content_rules import Constraints as Constraints
    from models.content_rules import Range as Range
    from models.content_rules import attribute_ranges as attribute_ranges
    from models.content_rules import count_range as count_range
    from models.content_rules import share_range as share_range
    from models.decisions import Decision as Decision
    from models.decisions import decide as decide
    from models.dif import DifferentialFunctioning as DifferentialFunctioning
    from models.dif import differential_item_functioning as differential_item_functioning
    from models.difficulty_model import DifficultyModel as DifficultyModel
    from models.difficulty_model import ItemFeatures as ItemFeatures
    from models.difficulty_model import fit_difficulty_model as fit_difficulty_model
    from models.drift import Drift as Drift
    from models.drift import item_drift as item_drift
    from models.engines.partitions import write_partitions as write_partitions
    from models.exposure import ExposureControl as ExposureControl
    from models.exposure import ExposureRates as ExposureRates
    from models.exposure import eligible_items as eligible_items
    from models.exposure import progressive_weight as progressive_weight
    from models.exposure import select_controlled_item as select_controlled_item
    from models.exposure_learning import Warmup as Warmup
    from models.exposure_learning import exposure_rates as exposure_rates
    from models.exposure_learning import learn_exposure_control as learn_exposure_control
    from models.exposure_learning import sympson_hetter as sympson_hetter
    from models.information import item_information as item_information
    from models.information import test_information as test_information
    from models.item_misfit import ItemFit as ItemFit
    from models.item_misfit import item_fit as item_fit
    from models.joint_calibration import JointCalibration as JointCalibration
    from models.joint_calibration import calibrate_jointly as calibrate_jointly
    from models.limited_information import ModelFit as ModelFit
    from models.limited_information import model_fit as model_fit
    from models.linking import Linking as Linking
    from models.linking import link_scales as link_scales
    from models.local_dependence import LocalDependence as LocalDependence
    from models.local_dependence import residual_correlations as residual_correlations
    from models.logistic_dif import LogisticDif as LogisticDif
    from models.mantel_haenszel import MantelHaenszel as MantelHaenszel
    from models.parameters import ItemParameters as ItemParameters
    from models.person_misfit import PersonFit as PersonFit
    from models.person_misfit import person_fit as person_fit
    from models.pilots import pilot_positions as pilot_positions
    from models.pilots import scored_answers as scored_answers
    from models.pilots import select_pilot as select_pilot
    from models.priors import Priors as Priors
    from models.priors import provisional_parameters as provisional_parameters
    from models.profile import Profile as Profile
    from models.profile import estimate_profile as estimate_profile
    from models.response_functions import category_probabilities as category_probabilities
    from models.response_functions import expected_score as expected_score
    from models.response_functions import probability as probability
    from models.response_times import ResponseTimes as ResponseTimes
    from models.response_times import TimeModel as TimeModel
    from models.response_times import fit_time_model as fit_time_model
    from models.response_times import response_time_flags as response_time_flags
    from models.responses import MISSING as MISSING
    from models.responses import Responses as Responses
    from models.shadow_tests import ShadowRules as ShadowRules
    from models.shadow_tests import ShadowTest as ShadowTest
    from models.shadow_tests import prepare_shadow_rules as prepare_shadow_rules
    from models.shadow_tests import shadow_test as shadow_test
    from models.simulation import simulate_responses as simulate_responses
    from models.simulation_summary import AbilityBins as AbilityBins
    from models.simulation_summary import AdaptiveSimulation as AdaptiveSimulation
    from models.traits import TraitCovariance as TraitCovariance
    from models.traits import estimate_trait_covariance as estimate_trait_covariance

_HOME = {
    "MISSING": "responses",
    "Responses": "responses",
    "ItemParameters": "parameters",
    "Priors": "priors",
    "provisional_parameters": "priors",
    "calibrate": "calibration",
    "Calibration": "calibration",
    "calibrate_jointly": "joint_calibration",
    "write_partitions": "engines.partitions",
    "fit_difficulty_model": "difficulty_model",
    "DifficultyModel": "difficulty_model",
    "ItemFeatures": "difficulty_model",
    "JointCalibration": "joint_calibration",
    "item_statistics": "classical",
    "ItemStatistics": "classical",
    "estimate_trait_covariance": "traits",
    "TraitCovariance": "traits",
    "simulate_responses": "simulation",
    "probability": "response_functions",
    "category_probabilities": "response_functions",
    "expected_score": "response_functions",
    "item_information": "information",
    "test_information": "information",
    "estimate_ability": "ability",
    "estimate_profile": "profile",
    "Profile": "profile",
    "prepare_bank": "adaptive",
    "PreparedBank": "adaptive",
    "select_item": "adaptive",
    "find_candidates": "adaptive",
    "Candidates": "adaptive",
    "position_rng": "adaptive",
    "quotas": "content",
    "allowed_competencies": "content",
    "prefer_subtopic": "content",
    "should_stop": "adaptive",
    "evidence": "adaptive",
    "halfway": "adaptive",
    "AdaptiveState": "adaptive_state",
    "bar_enemies": "content",
    "pilot_positions": "pilots",
    "select_pilot": "pilots",
    "scored_answers": "pilots",
    "StoppingRule": "adaptive",
    "simulate_adaptive_tests": "adaptive_simulation",
    "AdaptiveSimulation": "simulation_summary",
    "AbilityBins": "simulation_summary",
    "assemble_forms": "assembly",
    "Assembly": "assembly",
    "InformationTarget": "assembly",
    "ImpossibleAssembly": "assembly_program",
    "AssemblyTimeout": "assembly_program",
    "Constraints": "content_rules",
    "Range": "content_rules",
    "attribute_ranges": "content_rules",
    "count_range": "content_rules",
    "share_range": "content_rules",
    "prepare_shadow_rules": "shadow_tests",
    "shadow_test": "shadow_tests",
    "ShadowRules": "shadow_tests",
    "ShadowTest": "shadow_tests",
    "ExposureControl": "exposure",
    "ExposureRates": "exposure",
    "eligible_items": "exposure",
    "progressive_weight": "exposure",
    "select_controlled_item": "exposure",
    "learn_exposure_control": "exposure_learning",
    "sympson_hetter": "exposure_learning",
    "exposure_rates": "exposure_learning",
    "Warmup": "exposure_learning",
    "decide": "decisions",
    "Decision": "decisions",
    "DistractorStatistics": "classical",
    "distractor_statistics": "classical",
    "ItemFit": "item_misfit",
    "LocalDependence": "local_dependence",
    "item_fit": "item_misfit",
    "PersonFit": "person_misfit",
    "person_fit": "person_misfit",
    "Linking": "linking",
    "link_scales": "linking",
    "Drift": "drift",
    "item_drift": "drift",
    "DifferentialFunctioning": "dif",
    "differential_item_functioning": "dif",
    "MantelHaenszel": "mantel_haenszel",
    "LogisticDif": "logistic_dif",
    "Classification": "classification",
    "decision_accuracy": "classification",
    "score_decision_accuracy": "classification",
    "ResponseTimes": "response_times",
    "TimeModel": "response_times",
    "response_time_flags": "response_times",
    "fit_time_model": "response_times",
    "ModelFit": "limited_information",
    "model_fit": "limited_information",
    "residual_correlations": "local_dependence",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """The public name, imported from its module on first use."""
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'models' has no attribute {name!r}") from None
    value = getattr(import_module(f"models.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
