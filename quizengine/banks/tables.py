"""Banks, items and their versions, reviews, revisions, parameter sets, imports.

Item versions, revisions, parameter sets and publications are never changed: what a sitting
froze can be read again after the bank has moved on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.database import Base


class Bank(Base):
    """A collection of items for one certificate, owned by an organisation."""

    __tablename__ = "bank"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    name: Mapped[dict[str, Any]]  # {"en", "zh"}
    languages: Mapped[list[Any]]
    licence: Mapped[str]
    status_note: Mapped[dict[str, Any]]  # {"en", "zh"}: how far the bank was reviewed
    blueprint: Mapped[dict[str, Any]]  # itembank.blueprint.Blueprint as a dict
    shipped: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Item(Base):
    """A question through all its versions."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("bank_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"))
    code: Mapped[str]
    latest_number: Mapped[int]  # of the newest version
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ItemVersion(Base):
    """What an item said at one time; never changed."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]  # the native format
    assets: Mapped[dict[str, Any]]  # asset name -> sha256
    content_hash: Mapped[str] = mapped_column(index=True)
    competency: Mapped[str]
    sub_topic: Mapped[str]
    cognitive_level: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    # What lists filter and search by, out of the content; service.search writes them.
    type: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="")
    difficulty: Mapped[str] = mapped_column(default="")
    jurisdiction: Mapped[str] = mapped_column(default="")
    posts: Mapped[str] = mapped_column(default="")  # one a line, a newline at both ends
    enemies: Mapped[str] = mapped_column(default="")  # the same
    has_figure: Mapped[bool] = mapped_column(default=False)
    # "", "bulk", "undo", "restored", "reviewed", "case"
    origin: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str] = mapped_column(default="", deferred=True)  # folded, every text of it


class ItemComment(Base):
    """What somebody says about an item; the first of a thread is resolved, and it alone."""

    __tablename__ = "item_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("item_comment.id"), index=True)
    number: Mapped[int]  # of the version that was the newest then
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ItemReview(Base):
    """A person's word on an item's review status; inserted once and never changed."""

    __tablename__ = "item_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]  # of the version that carries the status
    content_hash: Mapped[str]  # of what was read
    status: Mapped[str]
    note: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]


class BankReviewer(Base):
    """An organisation whose instructors and experts may read a bank and comment on it."""

    __tablename__ = "bank_reviewer"

    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, index=True
    )
    shared_at: Mapped[datetime]
    shared_by: Mapped[int] = mapped_column(ForeignKey("account.id"))


class BulkEdit(Base):
    """One change of many items: what was set, and of each item the versions before and after."""

    __tablename__ = "bulk_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    changes: Mapped[dict[str, Any]]  # service.bulk.Changes
    lines: Mapped[list[Any]]  # [item, version before, version after, retired before]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ImportMapping(Base):
    """Which columns of a file of this shape mean what; remembered for the organisation."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("organisation_id", "columns_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    columns_key: Mapped[str]  # the header's columns, as one line or a hash of it
    name: Mapped[str] = mapped_column(default="")
    mapping: Mapped[dict[str, Any]]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    used_at: Mapped[datetime]


class Asset(Base):
    """A picture, stored once under the hash of its bytes."""

    __tablename__ = "asset"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(deferred=True)


class BankRevision(Base):
    """The item versions that were published together."""

    __tablename__ = "bank_revision"
    __table_args__ = (UniqueConstraint("bank_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"))
    number: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class RevisionItem(Base):
    """An item version in a revision."""

    __tablename__ = "revision_item"

    revision_id: Mapped[int] = mapped_column(ForeignKey("bank_revision.id"), primary_key=True)
    item_version_id: Mapped[int] = mapped_column(
        ForeignKey("item_version.id"), primary_key=True, index=True
    )


class ParameterSet(Base):
    """Item parameters of a revision and the covariance of its competencies; never changed."""

    __tablename__ = "parameter_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("bank_revision.id"), index=True)
    kind: Mapped[str]  # "provisional" or "calibrated"
    model: Mapped[str]
    simulated: Mapped[bool] = mapped_column(default=False)  # fitted to simulated responses
    n_persons: Mapped[int] = mapped_column(default=0)
    n_responses: Mapped[int] = mapped_column(default=0)
    competencies: Mapped[list[Any]]  # codes, in the order of the covariance
    covariance: Mapped[list[Any]]  # K lists of K numbers
    summary: Mapped[dict[str, Any]]  # log-likelihood, convergence, warnings by competency
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Parameter(Base):
    """The parameters of one item version in one set."""

    __tablename__ = "parameter"

    parameter_set_id: Mapped[int] = mapped_column(ForeignKey("parameter_set.id"), primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    a: Mapped[float]
    b: Mapped[float]
    c: Mapped[float]
    d: Mapped[float]
    se_a: Mapped[float | None]
    se_b: Mapped[float | None]
    model: Mapped[str]  # of this item: "2PL", "3PL", "GPCM" ...
    thresholds: Mapped[list[Any] | None]  # of an item with more than one point
    n_responses: Mapped[int] = mapped_column(default=0)
    provisional: Mapped[bool]  # a stated prior, not an estimate
    calibrated_at: Mapped[datetime | None]


class Publication(Base):
    """From when a revision and a parameter set hold for new sittings; the newest row holds."""

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("bank_revision.id"))
    parameter_set_id: Mapped[int] = mapped_column(ForeignKey("parameter_set.id"))
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Import(Base):
    """An uploaded question file: what it would change, then what it changed."""

    __tablename__ = "bank_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    filename: Mapped[str]
    data: Mapped[bytes] = mapped_column(deferred=True)
    options: Mapped[dict[str, Any]]  # column mapping, default competency, language, choices
    status: Mapped[str]  # reading, ready, storing, unreadable, committed, discarded
    summary: Mapped[dict[str, Any]]  # encoding, columns found, answer base, counts, refusal
    error_file: Mapped[bytes | None] = mapped_column(deferred=True)  # rejected rows as XLSX
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]


class ImportRow(Base):
    """One row of an uploaded file and what would happen to it."""

    __tablename__ = "bank_import_row"

    import_id: Mapped[int] = mapped_column(ForeignKey("bank_import.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sheet: Mapped[str]
    row: Mapped[int]  # as the spreadsheet counts
    place: Mapped[str] = mapped_column(default="")  # in words where the source has no rows
    outcome: Mapped[str]  # new, new-version, unchanged, duplicate, unplaced, rejected
    stem: Mapped[str]
    competency: Mapped[str]
    content: Mapped[dict[str, Any] | None]  # the native item, when it was accepted
    findings: Mapped[list[Any]]  # column, value, code, details
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))  # matched or stored


class ImportPicture(Base):
    """A picture of an uploaded file, written anew; it goes when the import is over."""

    __tablename__ = "bank_import_picture"

    import_id: Mapped[int] = mapped_column(ForeignKey("bank_import.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)  # as the questions name it
    sha256: Mapped[str]
    data: Mapped[bytes] = mapped_column(deferred=True)
