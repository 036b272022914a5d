"""A job that a test can kill in the middle: it waits on its first run, and is idempotent by its token."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import select

from app.core.village.models import Official
from app.extensions import db
from tenants.jobs import job

MARK = ""


@job("tests.slow")
def slow(token: str) -> None:
    """Note the start; the first run hangs, the second does the work once."""
    mark = Path(MARK)
    first = not mark.exists()
    with mark.open("a") as file:
        file.write("started\n")
    if first:
        time.sleep(120)
    if not db.session.scalar(select(Official.id).where(Official.name == token)):
        db.session.add(Official(name=token, title="Lambat"))
        db.session.commit()
    with mark.open("a") as file:
        file.write("done\n")
