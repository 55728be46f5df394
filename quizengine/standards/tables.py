"""Standards: cut scores and who set them; adopted once and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.database import Base


class Standard(Base):
    """Cut scores of a bank's competencies and of the whole, for one tier."""

    __tablename__ = "standard"
    __table_args__ = (Index("ix_standard_current", "bank_id", "tier", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"))
    tier: Mapped[str]  # "T1" basic, "T2" core, "T3" comprehensive
    method: Mapped[str]  # "modified-angoff", "bookmark", "contrasting-groups", "stated"
    cuts: Mapped[dict[str, Any]]  # competency -> {"cut", "standard_error"}, logits
    overall: Mapped[dict[str, Any]]  # {"cut", "standard_error"} of the blueprint-weighted mean
    panel: Mapped[dict[str, Any]]  # {"judges", "hospital", "school", "rounds", "note", "simulated"}
    effective_from: Mapped[datetime]
    adopted_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    adopted_at: Mapped[datetime]
