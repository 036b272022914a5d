"""What the forms of events show, and which service each of them calls."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.government.residents.codes import HEAD_OF_HOUSEHOLD, word
from app.government.residents.events import relations, schemas, services
from app.government.residents.events.deeds import Occasion
from app.government.residents.events.queries import Subject
from app.government.residents.models import Resident
from app.government.residents.register.rules import age_on
from app.government.residents.writing import today

_ENDS = ("death", "missing")


def run(
    kind: str,
    subject: Subject,
    values: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
    relations: Mapping[uuid.UUID, int],
    occasion: Occasion,
) -> uuid.UUID:
    """Record what a checked form says; returns the deed's id. Raises Missing, Refused, Repeated."""
    person = subject.person.id if subject.person else uuid.UUID(int=0)
    home = subject.home.id if subject.home else uuid.UUID(int=0)
    ticked = [member for member in values.get("members", ()) if member is not None]
    pick: dict[str, Any] = dict(values)
    card: dict[str, Any] = {name: values.get(name) for name in ("kk", "address", "sub_area_id")}
    if kind == "birth":
        newborn = {name: pick.get(name) for name in ("name", "sex", "birth_place", "father_name", "nik")}
        newborn["birth_certificate"] = pick.get("birth_certificate")
        return services.register_birth(
            person,
            newborn,
            occasion=occasion,
            father_id=pick.get("father_id"),
            site=pick.get("site"),
            helper=pick.get("helper"),
        )
    if kind == "death":
        death: dict[str, Any] = {
            name: pick.get(name) for name in ("place", "cause", "determined_by", "new_head_id")
        }
        return services.register_death(person, occasion=occasion, **death)
    if kind == "move_out":
        return services.move_out(
            ticked,
            occasion=occasion,
            target=pick["target"],
            destination=pick["destination"],
            new_head_id=pick["new_head_id"],
        )
    if kind == "missing":
        ticked = [person]
    if kind in ("missing", "left"):
        return services.leave_village(
            kind,  # type: ignore[arg-type]
            ticked,
            occasion=occasion,
            details={"remark": pick.get("remark")},
            new_head_id=pick.get("new_head_id"),
        )
    if kind == "move_in":
        arrivals = [{**one, "residence_status": pick["residence_status"]} for one in people]
        own: dict[str, Any] = {"household_id": home} if subject.home else {"household": card}
        return services.move_in(
            arrivals, occasion=occasion, origin=pick["origin"], purpose=pick["purpose"], **own
        )
    if kind == "return":
        new: dict[str, Any] = (
            {"household": card} if pick.get("place") == "new" or subject.home is None else {}
        )
        return services.return_home(
            ticked, occasion=occasion, relations=relations, origin=pick["origin"], **new
        )
    if kind == "move_area":
        return services.move_area(ticked, pick["sub_area_id"], occasion=occasion, address=pick["address"])
    if kind == "split":
        return services.split_household(
            ticked,
            head_id=pick["head_id"],
            occasion=occasion,
            **{**card, "address": pick["address"] or ""},
            relations=relations,
            new_head_id=pick["new_head_id"],
        )
    if kind == "merge":
        return services.merge_households(
            ticked, pick["target_id"], occasion=occasion, relations=relations, new_head_id=pick["new_head_id"]
        )
    if kind == "dissolve":
        return services.dissolve_household(home, occasion=occasion, reason=pick["reason"])
    if kind == "change_head":
        return services.change_head(home, pick["head_id"], occasion=occasion, relations=relations)
    if kind == "change_residence":
        return services.change_residence(ticked, pick["residence_status"], occasion=occasion)
    return services.change_nationality(person, pick["nationality"], occasion=occasion, decree=pick["decree"])


def defaults(kind: str, subject: Subject) -> dict[str, Any]:
    """What a form shows before anything was typed."""
    if kind in ("death", "missing"):
        members = [str(subject.person.id)] if subject.person else []
    elif subject.person is not None:
        members = [str(subject.person.id)]
    else:
        members = [str(person.id) for person in subject.members]
    fathers = [person for person in subject.members if person.sex == 1]
    mother = subject.person
    husband = None
    if kind == "birth" and mother is not None and mother.relation in (1, 3):
        wanted = (HEAD_OF_HOUSEHOLD,) if mother.relation == 3 else (2,)
        husband = next((person for person in fathers if person.relation in wanted), None)
    return {
        "happened_on": today().isoformat(),
        "reported_on": today().isoformat(),
        "members": members,
        "father_id": str(husband.id) if husband else "",
        "place": "old" if kind == "return" else "",
        "address": subject.home.address if subject.home and kind in ("split", "return") else "",
        "sub_area_id": "",
        "residence_status": "1" if kind == "move_in" else "",
        "head_id": str(subject.person.id) if kind == "split" and subject.person else "",
    }


def labels(kind: str) -> dict[str, Any]:
    """The labels of a form's fields, those of further people too."""
    own = dict(schemas.LABELS)
    if kind == "birth":
        own |= {"happened_on": _("Tanggal lahir"), "name": _("Nama bayi")}
    if kind == "death":
        own |= {"happened_on": _("Tanggal meninggal"), "place": _("Tempat meninggal")}
    if kind == "return":
        own |= {"place": _("Tinggal di")}
    if kind in ("split", "merge", "move_out", "left"):
        own |= {"new_head_id": _("Kepala keluarga bagi yang tinggal")}
    if kind == "merge":
        own |= {"relations": _("Hubungan dengan kepala keluarga tujuan")}
        own |= {"target": _("Nomor KK atau nama kepala keluarga tujuan")}
    if kind == "move_in":
        own |= {"happened_on": _("Tanggal datang")}
        for number in range(2, schemas.MOST_ARRIVALS + 1):
            for name in schemas.ArrivalSchema().fields:
                own[f"{name}_{number}"] = f"{schemas.LABELS[name]} ({number})"
    return own


def member_options(subject: Subject) -> list[dict[str, Any]]:
    """The people who can be ticked, with what tells them apart."""
    return [
        {"value": str(person.id), "label": person.name, "help": about(person)} for person in subject.members
    ]


def about(person: Resident) -> str:
    """Relation and age of a member, in a few words."""
    relation = word("relation", person.relation)
    if person.birth_date is None:
        return relation
    age = _("%(years)s tahun", years=age_on(person.birth_date, today()))
    return f"{relation}, {age}" if relation else age


def head_options(kind: str, subject: Subject) -> list[tuple[str, str]]:
    """Who can become head: all members, the person whom the form is about not among those who stay."""
    gone = subject.person.id if subject.person and kind in _ENDS else None
    people = [person for person in subject.members if person.id != gone]
    if kind == "change_head":
        people = [person for person in people if person.relation != HEAD_OF_HOUSEHOLD]
    return [
        ("", _("Pilih anggota")),
        *((str(person.id), f"{person.name} ({about(person)})") for person in people),
    ]


def father_options(subject: Subject) -> list[tuple[str, str]]:
    """The men of the household, for a newborn's father."""
    men = [person for person in subject.members if person.sex == 1]
    return [("", _("Bukan anggota keluarga ini")), *((str(person.id), person.name) for person in men)]


def may_need_head(kind: str, subject: Subject) -> bool:
    """Whether the head may leave others behind, so that the form asks for the next one."""
    head = next((person for person in subject.members if person.relation == HEAD_OF_HOUSEHOLD), None)
    if head is None or len(subject.members) < 2:
        return False
    if kind in _ENDS:
        return subject.person is not None and subject.person.id == head.id
    return kind in ("move_out", "left", "split", "merge")


def proposed_relations(subject: Subject, target: Subject | None) -> dict[str, str]:
    """What each member is to the head of the household that they join, by the field's name, where names tell."""
    if target is None:
        return {}
    head = next((person for person in target.members if person.relation == HEAD_OF_HOUSEHOLD), None)
    found = {f"relation_{member.id}": _relation_to(member, head) for member in subject.members}
    return {name: str(relation) for name, relation in found.items() if relation is not None}


def _relation_to(member: Resident, head: Resident | None) -> int | None:
    if head is None:
        return HEAD_OF_HOUSEHOLD if member.relation == HEAD_OF_HOUSEHOLD else None
    if head.name in (member.father_name, member.mother_name):
        return relations.CHILD
    if member.name in (head.father_name, head.mother_name):
        return relations.PARENT
    parents = (member.father_name, member.mother_name)
    siblings = all(parents) and parents == (head.father_name, head.mother_name)
    return relations.KIN if siblings else None


def typed_relations(form: Mapping[str, str]) -> dict[str, str]:
    """Each member's relation as it was chosen, by the field's name."""
    return {name: value for name, value in form.items() if name.startswith("relation_")}


def shown_arrivals(
    subject: Subject, typed: Sequence[Mapping[str, Any]], *, more: bool
) -> list[dict[str, Any]]:
    """The blocks of people who come: what was typed, one empty block to begin with, one more when asked for."""
    blank = dict.fromkeys(schemas.ArrivalSchema().fields, "") | {"nationality": "1"}
    first = {**blank, "relation": "" if subject.home else str(HEAD_OF_HOUSEHOLD)}
    shown = [dict(person) for person in typed] or [first]
    if more and len(shown) < schemas.MOST_ARRIVALS:
        shown.append(dict(blank))
    return shown
