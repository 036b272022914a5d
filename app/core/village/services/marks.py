"""Noting what became of a step of the set-up: done, put off, begun; when, and by whom."""

from __future__ import annotations

from app.core import audit
from app.core.village.options import choose_options
from app.core.village.setup import OPTIONS, Mark, State, read_marks
from app.extensions import db
from tenants.models import now


def mark_step(key: str, state: State, by: str) -> dict[str, Mark]:
    """Note a step's state in the open transaction and return all marks; noting the same again keeps the first moment.

    The row of the village's choices is held until the commit, so two who save at once lose nothing of each other's.

    Args:
        key: of the steps. state: what became of it; a step that is done stays so. by: a name.
    """
    kept = choose_options(OPTIONS, {})
    marks = read_marks(kept)
    before = marks.get(key)
    if before is not None and before.state in ("done", state):
        return marks
    marks[key] = Mark(state, now(), by)
    choose_options(
        OPTIONS,
        {
            "steps": {
                name: {"state": m.state, "at": m.at.isoformat(), "by": m.by} for name, m in marks.items()
            }
        },
    )
    if state != "started":
        action = "village.step_done" if state == "done" else "village.step_skipped"
        audit.record(action, object_type="village", summary=key)
    return marks


def mark_and_commit(key: str, state: State, by: str) -> None:
    """Note a step's state, in a transaction of its own."""
    mark_step(key, state, by)
    db.session.commit()
