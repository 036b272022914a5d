"""Making an export: the file, and what the audit log says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Literal

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.filters import ResidentFilter
from app.government.residents.exports.rows import (
    Sight,
    exchange_rows,
    exchange_targets,
    list_header,
    list_rows,
)
from app.government.residents.exports.streams import Cell, write_csv, write_xlsx
from app.government.residents.models import Resident
from app.government.residents.register.services.checking import without_numbers

Shape = Literal["xlsx", "csv", "exchange"]
SHAPES: tuple[Shape, ...] = ("xlsx", "csv", "exchange")


@dataclass(slots=True)
class Export:
    """A finished file, at its beginning, and how many residents it holds; whoever sends it closes it."""

    file: IO[bytes]
    shape: Shape
    residents: int


def count_residents(chosen: ResidentFilter) -> int:
    """How many residents a filter lets through: one query."""
    return db.session.scalar(chosen.apply(select(func.count()).select_from(Resident))) or 0


def export_residents(chosen: ResidentFilter, shape: Shape, sight: Sight, reason: str) -> Export:
    """Write the residents that a filter lets through into a file, note it in the audit log, and commit.

    Args:
        shape: `xlsx` or `csv` in words; `exchange`: the workbook that an import reads without loss.
        sight: what the reader may see. The exchange format needs numbers in clear.
        reason: why; it stands in the log (Law 27/2022 asks for a purpose).
    Raises:
        Invalid: no reason, or the exchange format without the right to see numbers.
    """
    reason = without_numbers(reason)
    if len(reason) < 3:
        raise Invalid("reason", _("Tulis untuk apa data ini diekspor."))
    if shape == "exchange" and not sight.identity:
        raise Invalid("shape", _("Format pertukaran memuat NIK utuh; akun Anda tidak boleh melihatnya."))
    vault = open_vault()
    counted = _Counted()
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    if shape == "exchange":
        header, rows = [t.heading for t in exchange_targets(sight)], exchange_rows(chosen, sight, vault)
    else:
        header, rows = list_header(sight), list_rows(chosen, sight, vault, area_book())
    if shape == "csv":
        file = write_csv(header, counted(rows))
    else:
        file = write_xlsx(_("Penduduk"), header, counted(rows))
    audit.record(
        "residents.exported",
        object_type="residents",
        summary=_("%(count)s penduduk", count=counted.count),
        details={
            "count": counted.count,
            "filters": chosen.described_for_log(),
            "format": shape,
            "in_clear": sight.identity,
            "reason": reason,
        },
    )
    db.session.commit()
    return Export(file, shape, counted.count)


class _Counted:
    """Counts the rows that pass."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
        for row in rows:
            self.count += 1
            yield row
