"""What each life event takes and how it is told, for programs. The services' arguments have the same names."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.core.api import KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND
from app.government.residents import codes
from app.government.residents.api.common import AT_ONCE, LONGEST_NOTE, Day, Month, coded, described, list_of
from app.government.residents.events import kinds
from app.government.residents.register.schemas import (
    HouseholdSchema,
    KkNumber,
    Nik,
    OpenText,
    ResidentSchema,
)

LONGEST_REMARK = 240


def picked(column: str) -> fields.Integer:
    """A required code of a list of the register."""
    told = coded(column, may_be_null=False)
    return fields.Integer(required=True, validate=validate.OneOf(list_of(column)), metadata=told)


def one_of(known: dict[int, Any], text: str, *, required: bool = False) -> fields.Integer:
    """A code of a short list of the events."""
    check, told = validate.OneOf(list(known)), {"description": text}
    if required:
        return fields.Integer(required=True, validate=check, metadata=told)
    return fields.Integer(load_default=None, allow_none=True, validate=check, metadata=told)


def someone(text: str, *, required: bool = False) -> fields.UUID:
    """The id of a resident or a household."""
    if required:
        return fields.UUID(required=True, metadata={"description": text})
    return fields.UUID(load_default=None, allow_none=True, metadata={"description": text})


def remark(text: str) -> fields.String:
    """A line that stands with the event."""
    return fields.String(
        load_default="", validate=validate.Length(max=LONGEST_REMARK), metadata={"description": text}
    )


class OccasionSchema(Schema):
    """What every event has."""

    happened_on = Day(required=True, metadata={"description": "The day on which it happened."})
    reported_on = Day(
        load_default=None, allow_none=True, metadata={"description": "The day of the report; today at first."}
    )
    accepted_note = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NOTE),
        metadata={"description": "Why it is right in spite of warnings; it stands with the event."},
    )


class PeopleSchema(OccasionSchema):
    """An event of members of one household, or of people without one."""

    resident_ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, AT_ONCE), metadata={"description": "Who."}
    )


class RelationSchema(Schema):
    """What a member is to the head."""

    resident_id = fields.UUID(required=True)
    relation = picked("relation")


def relations_field(
    text: str = "Relations to the head where they are not the usual ones.",
) -> fields.List[Any]:
    """Relations to the head, told in these words."""
    return fields.List(
        fields.Nested(RelationSchema),
        load_default=list,
        validate=validate.Length(max=AT_ONCE),
        metadata={"description": text},
    )


NEW_HEAD = "Who becomes head of the household that is left behind, when its head is among them."


@described
class BirthSchema(OccasionSchema):
    """A newborn, who joins the mother's household. `happened_on` is the day of birth."""

    mother_id = someone("The mother, a resident.", required=True)
    father_id = someone("The father, where he is of the household.")
    name = OpenText(required=True, shortest=1, longest=100)
    sex = picked("sex")
    birth_place = OpenText(longest=100)
    father_name = OpenText(longest=100)
    nik = Nik()
    birth_certificate = OpenText(longest=60)
    site = one_of(kinds.BIRTH_SITE, "1 hospital, 2 health centre, 3 village clinic, 4 home, 5 elsewhere.")
    helper = one_of(
        kinds.BIRTH_HELPER, "1 doctor, 2 midwife or nurse, 3 traditional midwife, 4 somebody else."
    )


class DeathSchema(OccasionSchema):
    """A death. A husband or wife left behind becomes widowed."""

    resident_id = someone("Who died.", required=True)
    place = remark("Where.")
    cause = one_of(
        kinds.DEATH_CAUSE,
        "1 illness or age, 2 epidemic, 3 accident, 4 crime, 5 suicide, 6 other. Kept sealed.",
    )
    determined_by = one_of(kinds.DEATH_DETERMINED_BY, "1 doctor, 2 health worker, 3 police, 4 somebody else.")
    new_head_id = someone(NEW_HEAD)


class MoveOutSchema(PeopleSchema):
    """Members of one household who move away."""

    target = one_of(
        codes.MOVE_TARGET, "1 another village, 2 kecamatan, 3 kabupaten or kota, 4 province.", required=True
    )
    destination = remark("Where to.")
    new_head_id = someone(NEW_HEAD)


class AwaySchema(PeopleSchema):
    """People who are missing, or left without word."""

    remark = remark("What is known of it.")
    new_head_id = someone(NEW_HEAD)


@described
class CardSchema(HouseholdSchema):
    """The card of a new household."""

    class Meta(HouseholdSchema.Meta):
        """What a new household is known by."""

        fields = ("kk", "address", "sub_area_id")


@described
class ArrivalSchema(ResidentSchema):
    """Somebody who comes to live here."""

    class Meta(ResidentSchema.Meta):
        """What follows from the event itself."""

        exclude = ("household_id", "vital_status", "vital_on")


class MoveInSchema(OccasionSchema):
    """People who come, into a household of the village or into a new one with exactly one head."""

    people = fields.List(fields.Nested(ArrivalSchema), required=True, validate=validate.Length(1, AT_ONCE))
    household_id = someone("The household that they join; null makes a new one of `household`.")
    household = fields.Nested(CardSchema, load_default=None, allow_none=True)
    origin = remark("Where they came from.")
    purpose = remark("Why they came.")


class ReturnSchema(PeopleSchema):
    """People who moved away, were missing or had left and live here again."""

    household_id = someone("The household that they join; their old one at first.")
    household = fields.Nested(
        CardSchema, load_default=None, allow_none=True, metadata={"description": "A new household instead."}
    )
    relations = relations_field()
    origin = remark("Where they came from.")


class MoveAreaSchema(PeopleSchema):
    """A move within the village; with all living members the household moves too."""

    sub_area_id = someone("Where to.", required=True)
    address = OpenText(longest=LONGEST_REMARK, load_default="", metadata={"description": "The new address."})


@described
class SplitSchema(PeopleSchema):
    """Members who form a household of their own."""

    head_id = someone("The new household's head; who goes alone is it anyway.")
    kk = KkNumber()
    address = OpenText(
        longest=LONGEST_REMARK,
        load_default="",
        metadata={"description": "The new household's address; the old one at first."},
    )
    sub_area_id = someone("The new household's area; the old one at first.")
    relations = relations_field()
    new_head_id = someone(NEW_HEAD)


class MergeSchema(PeopleSchema):
    """Members who join another household; when all go, theirs ends."""

    target_id = someone("The household that they join.", required=True)
    relations = relations_field(
        "Each one's relation to the head there; who is not named becomes other kin (9)."
    )
    new_head_id = someone(NEW_HEAD)


class DissolveSchema(OccasionSchema):
    """A household that ends; its living members belong to none until they join one."""

    household_id = someone("Which.", required=True)
    reason = remark("Why.")


class ChangeHeadSchema(OccasionSchema):
    """Another living member becomes head."""

    household_id = someone("Of which household.", required=True)
    head_id = someone("The new head.", required=True)
    relations = relations_field()


class ResidenceSchema(PeopleSchema):
    """People who live here as something else from now on."""

    residence_status = picked("residence_status")


class NationalitySchema(OccasionSchema):
    """Another nationality."""

    resident_id = someone("Whose.", required=True)
    nationality = picked("nationality")
    decree = remark("The decree that it rests on.")


class EventQuery(KeysetQuery):
    """Which lines of the ledger."""

    month = Month(metadata={"description": "Those that count in this month."})
    kind = fields.String(validate=validate.OneOf(list(kinds.KINDS)))
    resident_id = fields.UUID()
    household_id = fields.UUID(
        metadata={"description": "Lines of a household and of its people at that time."}
    )
    is_late = fields.Boolean(
        metadata={"description": "Only those that count later than they happened, or only others."}
    )
    after = fields.UUID(metadata={"description": BEHIND})


class EventLineSchema(Schema):
    """A line of the ledger: it takes a person or a household out of one cell and area and puts them into another."""

    id = fields.UUID(required=True)
    deed_id = fields.UUID(required=True, metadata={"description": "Shared by the lines of one deed."})
    kind = fields.String(required=True, validate=validate.OneOf(list(kinds.KINDS)))
    resident_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Null for a household's line."}
    )
    resident_name = fields.String(required=True)
    household_id = fields.UUID(required=True, allow_none=True)
    happened_on = fields.Date(required=True)
    reported_on = fields.Date(required=True)
    month = Month(required=True, metadata={"description": "The month that it counts in."})
    is_late = fields.Boolean(required=True)
    from_cell = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "0 to 7: +1 woman, +2 foreigner, +4 not permanent; 10: a household; null: outside, or not"
            " counted."
        },
    )
    to_cell = fields.Integer(required=True, allow_none=True)
    from_area_id = fields.UUID(required=True, allow_none=True)
    to_area_id = fields.UUID(required=True, allow_none=True)
    details = fields.Dict(keys=fields.String(), required=True)
    reverses_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The line that it takes back."}
    )
    undone_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Since when it counts no more."}
    )
    undone_by = fields.String(required=True)
    recorded_by = fields.String(required=True)
    recorded_at = fields.AwareDateTime(required=True)


class DeedSchema(Schema):
    """A deed with its lines."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    is_undone = fields.Boolean(
        required=True, metadata={"description": "Taken back, by marks or by reversals."}
    )
    lines = fields.List(fields.Nested(EventLineSchema), required=True)


EventPageSchema = schema_of_page(EventLineSchema)
