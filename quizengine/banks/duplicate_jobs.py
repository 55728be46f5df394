"""Background work: looking for items of a bank with nearly the same words."""

from __future__ import annotations

from sqlalchemy import select

from itembank.item import item_from_native
from quizengine.banks.service import enemies
from quizengine.banks.service.browse import newest_version
from quizengine.banks.tables import Item, ItemVersion
from quizengine.database import reading, transaction
from quizengine.jobs import RunningJob, handles


@handles(enemies.JOB)
def find_similar_items(job: RunningJob) -> None:
    """Compare the items in use with each other; the result is kept with the job."""
    from itembank.duplicates import find_near_duplicates  # SciPy and scikit-learn are slow to load

    with reading() as session:
        rows = session.execute(
            select(Item.id, ItemVersion.content)
            .join(ItemVersion, newest_version())
            .where(Item.bank_id == int(job.payload["bank_id"]), Item.retired_at.is_(None))
            .order_by(Item.id)
        ).all()
    job.progress(0.1)
    keys = [key for key, _ in rows]
    found = find_near_duplicates([item_from_native(content) for _, content in rows])
    job.progress(0.9)
    pairs = [
        [keys[pair.first], keys[pair.second], pair.similarity, pair.same_stem]
        for pair in found[: enemies.MAX_SUGGESTIONS]
    ]
    with transaction() as session:
        job.complete(session, {"n_items": len(keys), "pairs": pairs, "n_pairs": len(found)})
