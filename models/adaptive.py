"""Adaptive tests: a bank prepared for fast choices, the next item, and when to stop."""

from __future__ import annotations

from models.parameters import Bools as Bools
from models.prepared_bank import CELL as CELL
from models.prepared_bank import DEPTH as DEPTH
from models.prepared_bank import LOWEST as LOWEST
from models.prepared_bank import N_CELLS as N_CELLS
from models.prepared_bank import PreparedBank as PreparedBank
from models.prepared_bank import prepare_bank as prepare_bank
from models.selection import DEFAULT_TARGET as DEFAULT_TARGET
from models.selection import NEAR_BEST as NEAR_BEST
from models.selection import Candidates as Candidates
from models.selection import Rule as Rule
from models.selection import find_candidates as find_candidates
from models.selection import position_rng as position_rng
from models.selection import select_item as select_item
from models.stopping import StoppingRule as StoppingRule
from models.stopping import evidence as evidence
from models.stopping import halfway as halfway
from models.stopping import should_stop as should_stop
