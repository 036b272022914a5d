"""The set-up of a village: what it still has to do before it opens, each step with why and how long it takes.

A step is done when its content is there, whoever wrote it and where. What looking at is enough for, and what was put
off, is noted with its moment and its author among the village's choices (`village_state.settings`), so any colleague
goes on from any device. The pages are those of `app.province.onboarding.setup`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Label, func, select

from app.core.accounts.models import Account, Membership
from app.core.privacy.models import VillageState
from app.core.village import queries
from app.core.village.models import HANDED_OVER, Official, SubArea, VillageProfile
from app.core.village.options import PREFIX
from app.extensions import db
from tenants.models import LIVE_STATES
from tenants.scope import current_tenant, platform_scope

OPTIONS = "setup"
"""Under which name the marks lie among the village's choices."""
KEYS = (
    "identity", "officials", "sub_areas", "residents", "numbers", "capabilities", "look", "accounts", "live",
)  # fmt: skip
"""The steps in the order in which they are best taken."""
MINUTES = {
    "identity": 3, "officials": 5, "sub_areas": 3, "residents": 10, "numbers": 2, "capabilities": 2, "look": 5,
    "accounts": 3, "live": 2,
}  # fmt: skip
"""How long a step takes about, for people who do it for the first time."""
LATER_BORN = ("residents", "numbers")
"""Steps that villages did not have which went live before there were any marks: nothing of them is left to do there."""

State = Literal["done", "skipped", "started"]
_facts: dict[str, Callable[[], ColumnElement[bool]]] = {}


@dataclass(frozen=True, slots=True)
class Mark:
    """What was noted of a step: its state, when, and by whom (a name)."""

    state: State
    at: dt.datetime
    by: str


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step: its name, what to do, why, where, how long it takes, and whether it is done."""

    key: str
    label: object
    why: object
    action: object
    endpoint: str
    permission: str
    is_done: bool
    minutes: int
    mark: Mark | None = None

    @property
    def is_skipped(self) -> bool:
        """Whether it was put off and not done since."""
        return not self.is_done and self.mark is not None and self.mark.state == "skipped"


@dataclass(frozen=True, slots=True)
class Office:
    """What there is in a village's office: officials in office, sub-areas (not RW and RT), people with accounts."""

    officials: int
    areas: int
    accounts: int
    done: dict[str, bool]
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def live_since(self) -> dt.datetime | None:
        """When the village opened, where it did so by the set-up's last step."""
        mark = self.marks.get("live")
        return mark.at if mark is not None and self.done["live"] else None


def know_by(key: str, fact: Callable[[], ColumnElement[bool]]) -> None:
    """Let a capability say by its own rows that a step is done (at start): `fact` makes a condition for a select."""
    _facts[key] = fact


def setup_steps(office: Office | None = None) -> list[SetupStep]:
    """The steps of the present village with what is done, in the order in which they are best taken."""
    return _steps(office or look_around())


def setup_progress(steps: Sequence[SetupStep] | None = None) -> tuple[int, int]:
    """How many steps are done, and of how many (indicator adoption.setup_progress is their ratio)."""
    known = setup_steps() if steps is None else steps
    return sum(step.is_done for step in known), len(known)


def minutes_left(steps: Sequence[SetupStep]) -> int:
    """How many minutes the steps that are not done take about."""
    return sum(step.minutes for step in steps if not step.is_done)


def look_around() -> Office:
    """Count what there is: one select in the village's scope, one in the platform's (accounts)."""
    today = queries.today()
    in_office = select(func.count()).select_from(Official).where(queries.in_office(today))
    facts: list[Label[bool]] = [fact().label(f"has_{key}") for key, fact in _facts.items()]
    row = db.session.execute(
        select(
            VillageProfile.address,
            VillageProfile.phone,
            VillageProfile.whatsapp,
            VillageProfile.logo_file_id,
            VillageProfile.steps_done,
            in_office.scalar_subquery().label("officials"),
            in_office.where(Official.position == "head").scalar_subquery().label("heads"),
            select(func.count())
            .where(SubArea.kind == "sub_area", SubArea.sort_order < HANDED_OVER)
            .scalar_subquery()
            .label("areas"),
            select(VillageState.settings[PREFIX + OPTIONS]).limit(1).scalar_subquery().label("noted"),
            *facts,
        ).limit(1)
    ).one()
    accounts = _accounts()
    marks = read_marks(row.noted)
    live = current_tenant().state in LIVE_STATES
    was_live_before = live and "live" not in marks
    noted = {key for key, mark in marks.items() if mark.state == "done"}
    done = {
        "identity": bool(row.address and (row.phone or row.whatsapp)),
        "officials": row.heads > 0,
        "sub_areas": row.areas > 0,
        "capabilities": "capabilities" in row.steps_done,
        "look": row.logo_file_id is not None or "look" in noted,
        "accounts": accounts > 1,
        "live": live,
    }
    for key in LATER_BORN:
        done[key] = was_live_before or key in noted or bool(getattr(row, f"has_{key}", False))
    return Office(row.officials, row.areas, accounts, done, marks)


def read_marks(kept: Any) -> dict[str, Mark]:
    """The marks as they lie among the village's choices; what can't be read is left out."""
    steps = kept.get("steps") if isinstance(kept, Mapping) else None
    found: dict[str, Mark] = {}
    for key, mark in (steps or {}).items():
        if key in KEYS and isinstance(mark, Mapping) and mark.get("state") in ("done", "skipped", "started"):
            at = dt.datetime.fromisoformat(str(mark["at"]))
            found[key] = Mark(mark["state"], at, str(mark.get("by", "")))
    return found


def _accounts() -> int:
    """How many people may work in the present village."""
    tenant_id = current_tenant().id
    query = (
        select(func.count(Account.id.distinct()))
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.tenant_id == tenant_id, Account.is_active)
    )
    with platform_scope():
        return db.session.scalar(query) or 0


def _steps(office: Office) -> list[SetupStep]:
    tenant = current_tenant()
    area = tenant.word("sub_area") or "Dusun"
    texts: list[tuple[str, object, object, object, str]] = [
        (
            "identity",
            _l("Lengkapi alamat dan kontak"),
            _l("Warga yang membuka halaman depan langsung tahu ke mana datang dan siapa yang dihubungi."),
            _l("Lengkapi"),
            "village.settings",
        ),
        (
            "officials",
            _l("Isi %(head)s dan perangkat", head=tenant.word("head")),
            _l("Nama dan jabatan dipakai untuk tanda tangan surat dan tampil bagi warga."),
            _l("Isi perangkat"),
            "officials.manage",
        ),
        (
            "sub_areas",
            _l("Susun %(area)s", area=area),
            _l("Penduduk dan keluarga nanti dicatat menurut wilayah ini. RW dan RT dapat menyusul."),
            _l("Susun wilayah"),
            "sub_areas.manage",
        ),
        (
            "residents",
            _l("Bawa data penduduk"),
            _l("Surat terisi sendiri dari data penduduk; tanpa data, setiap surat diketik lagi."),
            _l("Bawa data"),
            "residents.import",
        ),
        (
            "numbers",
            _l("Sambung nomor surat tahun ini"),
            _l("Nomor di sini meneruskan buku agenda, sehingga tidak ada dua surat bernomor sama."),
            _l("Isi nomor terakhir"),
            "letters.settings",
        ),
        (
            "capabilities",
            _l("Pilih fitur yang dipakai"),
            _l("Matikan yang belum dipakai supaya menu tetap ringkas."),
            _l("Pilih fitur"),
            "capabilities.manage",
        ),
        (
            "look",
            _l("Pasang logo, warna, dan gambar sampul"),
            _l("Logo tampil di halaman depan dan di setiap surat yang dicetak."),
            _l("Pasang logo"),
            "village.settings",
        ),
        (
            "accounts",
            _l("Undang rekan kerja"),
            _l("Bila satu orang berhalangan, pelayanan tetap jalan. Setiap orang memakai akunnya sendiri."),
            _l("Undang"),
            "accounts.manage",
        ),
        (
            "live",
            _l("Buka untuk umum"),
            _l("Warga melihat halaman depan yang lengkap dan dapat memakai layanan."),
            _l("Periksa lalu buka"),
            "village.settings",
        ),
    ]
    return [
        SetupStep(key, label, why, action, f"setup.{key}", permission, office.done[key], MINUTES[key],
                  office.marks.get(key))
        for key, label, why, action, permission in texts
    ]  # fmt: skip
