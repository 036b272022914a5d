"""What happens to participants when their event changes: all who were invited are told, seats are given anew."""

from __future__ import annotations

from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import on_moved, on_seats
from app.province.training.participants import quotas, telling


def watch_events() -> None:
    """Listen to moves, call-offs and changed numbers of seats (at start)."""
    on_moved(event_moved)
    on_seats(quotas.seats_changed)


def event_moved(event: TrainingEvent) -> None:
    """An event is at another time or place, or off: every village that was invited is told. Does not commit."""
    if event.state == "cancelled":
        telling.tell_cancelled(event)
    else:
        telling.tell_moved(event)
