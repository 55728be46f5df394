"""Calibration runs: who asked for a fit, what it rested on, what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.database import Base


class CalibrationRun(Base):
    """One request to fit item parameters to the stored responses of a bank."""

    __tablename__ = "calibration_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("bank_revision.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    options: Mapped[dict[str, Any]]  # model, include_simulated
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    parameter_set_id: Mapped[int | None] = mapped_column(ForeignKey("parameter_set.id"))
