"""A new regency is split off: many villages get codes of a new kabupaten at once, from a list of old and new codes.

`plan` reads the list and says all that would happen, and changes nothing; `split_off` does it in one transaction, and
refuses when something changed since.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from app.core import audit
from app.core.accounts.models import Membership
from app.core.accounts.stamps import commit_and_forget
from app.core.regions.models import Region
from app.core.regions.words import village_kind
from app.core.spreadsheets import read_table
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.life import deeds, renaming
from app.province.life import renaming_belongings as belongings
from app.province.life.renaming import CODE, Change, Grounds
from app.province.life.schemas import is_place_name
from app.province.mentoring.cases.models import Mentor, MentorVillage
from app.province.onboarding.applications.models import ApprovalRule
from app.province.services import full_name
from tenants import registry
from tenants.ids import uuid7
from tenants.models import TenantRow

MOST_LINES = 3000
SEPARATORS = re.compile(r"[;,\t]")
HEADINGS = ("kodelama", "kodebaru", "kecamatan")


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the list with the village that it is about."""

    row: TenantRow
    code: str
    district: str


@dataclass(slots=True)
class Plan:
    """All that a list would do. `problems` are sentences; with any of them nothing can be done."""

    moves: list[Move] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    districts: dict[str, str] = field(default_factory=dict)
    """New kecamatan: code → name."""
    moved_districts: dict[str, str] = field(default_factory=dict)
    """Kecamatan that go over whole: old code → new code."""
    officers: int = 0
    """Officers of those kecamatan, who go with them."""
    left_behind: int = 0
    """Officers of the old kabupaten, whose region stays."""
    mentors: int = 0
    """Mentors who stand by villages that move; they go on doing so."""
    along: list[tuple[object, int]] = field(default_factory=list)
    """What else goes with those kecamatan: word and how many."""

    @property
    def provisioned(self) -> int:
        """Villages among them that use the platform."""
        return sum(move.row.schema_name is not None for move in self.moves)


def text_of_file(data: bytes, file_name: str) -> str:
    """The list of a spreadsheet as text: old code;new code;kecamatan. Raises SpreadsheetRefused."""
    table = read_table(data, file_name, known=HEADINGS)
    lines = [table.header[:3], *(cells[:3] for _number, cells in table.rows)]
    return "\n".join(";".join(str(cell or "").strip() for cell in cells) for cells in lines)


def plan(text: str, code: str, name: str) -> Plan:
    """What the list would do. `code` and `name` are the new kabupaten's; some selects, whatever the list's length."""
    found = Plan()
    wrong: dict[int, str] = {}
    lines = _lines(text, found, wrong)
    known = {
        row.code: row
        for row in db.session.scalars(
            select(TenantRow).where(TenantRow.code.in_([old for _n, old, _c, _d in lines]))
        )
    }
    seen: Counter[str] = Counter()
    called: dict[str, str] = {}
    for number, old, new, district in lines:
        row = known.get(old)
        seen.update([f"old {old}", f"new {new}"])
        if row is None:
            wrong[number] = _("Baris %(line)s: tidak ada desa berkode %(code)s.", line=number, code=old)
        elif not new.startswith(f"{code}."):
            wrong[number] = _(
                "Baris %(line)s: %(code)s bukan kode dalam kabupaten %(regency)s.",
                line=number,
                code=new,
                regency=code,
            )
        elif seen[f"old {old}"] > 1 or seen[f"new {new}"] > 1:
            wrong[number] = _("Baris %(line)s: kode yang sama sudah ada di atasnya.", line=number)
        elif district and called.setdefault(new[:8], district).casefold() != district.casefold():
            wrong[number] = _(
                "Baris %(line)s: kecamatan %(code)s bernama %(known)s di atasnya, di sini %(name)s.",
                line=number,
                code=new[:8],
                known=called[new[:8]],
                name=district,
            )
        elif village_kind(new) != row.kind:
            wrong[number] = _other_kind(number, new, row)
        else:
            found.moves.append(Move(row, new, district))
    found.problems += [wrong[number] for number in sorted(wrong)]
    _name_districts(found)
    _refuse(found, code, name)
    _count_people(found)
    found.along = belongings.told(list(found.moved_districts))
    return found


def split_off(text: str, code: str, name: str, values: Mapping[str, Any], *, expected: int) -> int:
    """Make the new kabupaten and move the list's villages to it, all or nothing; return how many. Commits.

    Args:
        text: the list, as it was planned.
        code: of the new kabupaten, such as `18.14`.
        name: `Kabupaten …`.
        values: what `Grounds` reads.
        expected: how many villages the plan told, so that what was shown is what is done.

    Raises Invalid with the first problem, LifeRefused.
    """
    deeds.refuse_future(values.get("effective_on"))
    first = plan(text, code, name)
    belongings.hold(list(first.moved_districts), [move.row.id for move in first.moves])
    rows = deeds.hold(*(move.row.id for move in first.moves))
    deeds.refuse_if_busy(rows)
    found = plan(text, code, name)
    if found.problems or not found.moves:
        raise Invalid("codes", found.problems[0] if found.problems else _("Daftar ini kosong."))
    if len(found.moves) != expected:
        raise Invalid(
            "codes", _("Daftar berubah sejak diperiksa. Periksa sekali lagi; belum ada yang berubah.")
        )
    regions = [_region(code, name, 2, "kabupaten")]
    regions += [_region(key, known, 3, "kecamatan") for key, known in found.districts.items()]
    renaming.write_regions(regions)
    changes = [
        Change(move.row, move.code, move.row.name, move.row.term, found.districts[move.code[:8]], name)
        for move in found.moves
    ]
    old = Counter(move.row.regency_code for move in found.moves).most_common(1)[0][0]
    deed_id = uuid7()
    renaming.carry_out(changes, Grounds.from_form(values), deed_id, found.moved_districts)
    accounts = _move_officers(found)
    belongings.go_along(found.moved_districts, [move.row.id for move in found.moves])
    _copy_rule(old, code)
    _forget_empty_districts(found)
    audit.record(
        "region.split_off",
        object_type="region",
        object_id=code,
        summary=name,
        details={"villages": len(changes), "before": {"code": old}, "after": {"code": code},
                 "regulation": values.get("regulation"), "reason": values.get("reason"), "officers": len(accounts)},
    )  # fmt: skip
    commit_and_forget(accounts=accounts)
    registry.hosts_changed()
    return len(changes)


def _lines(text: str, found: Plan, wrong: dict[int, str]) -> list[tuple[int, str, str, str]]:
    """The lines that can be read; `wrong` takes what is not right with each of the others."""
    lines = []
    for number, cells in enumerate(csv.reader(io.StringIO(SEPARATORS.sub(";", text)), delimiter=";"), 1):
        parts = [" ".join(cell.split()) for cell in cells]
        if not any(parts):
            continue
        old, new, district = [*parts, "", "", ""][:3]
        if district and not is_place_name(district):
            wrong[number] = _(
                "Baris %(line)s: “%(name)s” bukan nama kecamatan.", line=number, name=district[:80]
            )
        elif CODE.fullmatch(old) and CODE.fullmatch(new):
            lines.append((number, old, new, district[:80]))
        elif number > 1 or any(character.isdigit() for character in old):
            wrong[number] = _(
                "Baris %(line)s: tulis kode lama dan kode baru, misalnya 18.06.20.2006;18.14.01.2001.",
                line=number,
            )
    if len(lines) > MOST_LINES:
        found.problems.append(_("Paling banyak %(most)s desa sekaligus.", most=MOST_LINES))
        return []
    return lines


def _name_districts(found: Plan) -> None:
    """A new kecamatan is called as the list says, else as that one from which most of its villages come."""
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for move in found.moves:
        named[move.code[:8]].update({move.district: 1000} if move.district else {move.row.district_name: 1})
    found.districts = {code: names.most_common(1)[0][0] for code, names in sorted(named.items())}
    targets: dict[str, set[str]] = defaultdict(set)
    for move in found.moves:
        targets[move.row.district_code].add(move.code[:8])
    going = Counter(move.row.district_code for move in found.moves)
    living = dict(
        db.session.execute(
            select(TenantRow.district_code, func.count())
            .where(TenantRow.district_code.in_(list(going)))
            .group_by(TenantRow.district_code)
        ).all()
    )
    found.moved_districts = {
        old: next(iter(new))
        for old, new in targets.items()
        if len(new) == 1 and going[old] == living.get(old)
    }


def _other_kind(number: int, code: str, row: TenantRow) -> str:
    village = full_name(row)
    if row.kind == "desa":
        said = _("Baris %(line)s: %(code)s kode kelurahan, sedangkan %(village)s berstatus desa.", line=number,
                 code=code, village=village)  # fmt: skip
    else:
        said = _("Baris %(line)s: %(code)s kode desa, sedangkan %(village)s berstatus kelurahan.", line=number,
                 code=code, village=village)  # fmt: skip
    return str(said)


def _refuse(found: Plan, code: str, name: str) -> None:
    known = db.session.get(Region, code)
    named = select(Region).where(Region.level == 2, func.lower(Region.name) == name.lower()).limit(1)
    if known is not None:
        found.problems.insert(0, _("Kode %(code)s sudah dipakai %(name)s.", code=code, name=known.name))
    elif (other := db.session.scalars(named).first()) is not None:
        found.problems.insert(
            0,
            _("Nama %(name)s sudah dipakai kabupaten berkode %(code)s.", name=other.name, code=other.code),
        )
    try:
        renaming.refuse_taken([move.code for move in found.moves], [move.row.id for move in found.moves])
    except Invalid as wrong:
        found.problems.append(str(wrong))


def _count_people(found: Plan) -> None:
    ids = [move.row.id for move in found.moves]
    regencies = list({move.row.regency_code for move in found.moves})
    mine = select(func.count()).select_from(Membership)
    found.officers = (
        db.session.scalar(mine.where(Membership.region_code.in_(list(found.moved_districts)))) or 0
    )
    found.left_behind = db.session.scalar(mine.where(Membership.region_code.in_(regencies))) or 0
    query = select(func.count(MentorVillage.mentor_id.distinct())).where(MentorVillage.tenant_id.in_(ids))
    found.mentors = db.session.scalar(query) or 0


def _move_officers(found: Plan) -> list[uuid.UUID]:
    """Officers and mentors of a kecamatan that goes over whole go with it; return whose sessions must know."""
    accounts: list[uuid.UUID] = []
    for old, new in found.moved_districts.items():
        moved = (
            update(Membership)
            .where(Membership.region_code == old)
            .values(region_code=new)
            .returning(Membership.account_id)
            .execution_options(synchronize_session=False)
        )
        accounts += db.session.scalars(moved)
        db.session.execute(
            update(Mentor)
            .where(Mentor.region_code == old)
            .values(region_code=new)
            .execution_options(synchronize_session=False)
        )
    return list(dict.fromkeys(accounts))


def _copy_rule(old: str, new: str) -> None:
    """Applications of the new kabupaten are decided as they were in the old one."""
    rule = db.session.get(ApprovalRule, old)
    if rule is not None:
        db.session.merge(ApprovalRule(region_code=new, level=rule.level, changed_by=rule.changed_by))


def _forget_empty_districts(found: Plan) -> None:
    db.session.execute(Region.__table__.delete().where(Region.code.in_(list(found.moved_districts))))


def _region(code: str, name: str, level: int, kind: str) -> dict[str, Any]:
    return {"code": code, "parent_code": code.rpartition(".")[0], "name": name, "level": level, "kind": kind,
            "postal_code": None}  # fmt: skip
