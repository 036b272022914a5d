"""The API of programmes, places and speakers."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.api import ApiBlueprint, schema_of_page
from app.core.api.paging import page_after
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.village.errors import Invalid
from app.province.training.events import catalogue
from app.province.training.events.api import answer_errors
from app.province.training.events.records import (
    NameQuery,
    ProgrammeNewSchema,
    ProgrammeRecordSchema,
    SpeakerNewSchema,
    SpeakerRecordSchema,
    VenueNewSchema,
    VenueRecordSchema,
)
from app.province.training.events.services import office

catalogue_api = ApiBlueprint(
    "training-catalogue",
    __name__,
    audience="province",
    description="What events of training are made of: programmes, places, speakers.",
)
Item = dict[str, Any]


@catalogue_api.route("/training/programmes")
@requires("training.view")
@catalogue_api.response(200, ProgrammeRecordSchema(many=True))
def training_programmes() -> Any:
    """The programmes of the account's office, of those above and below it."""
    return [line.row for line in catalogue.programmes(office())]


@catalogue_api.route("/training/programmes", methods=["POST"])
@requires("training.manage")
@catalogue_api.arguments(ProgrammeNewSchema)
@catalogue_api.response(201, ProgrammeRecordSchema)
def add_training_programme(values: Item) -> Any:
    """Add a programme of the account's office."""
    row = catalogue.add_programme(values, office=office())
    return row, etag(row.row_version)


@catalogue_api.route("/training/programmes/<uuid:programme_id>", methods=["PUT"])
@requires("training.manage")
@catalogue_api.arguments(IfMatch, location="headers")
@catalogue_api.arguments(ProgrammeNewSchema)
@catalogue_api.response(200, ProgrammeRecordSchema)
@catalogue_api.problems("PRECONDITION_FAILED")
def change_training_programme(seen: Item, values: Item, programme_id: uuid.UUID) -> Any:
    """Change a programme of the account's office or one below it."""
    row = catalogue.change_programme(programme_id, values, office=office(), seen=seen["version"])
    return row, etag(row.row_version)


@catalogue_api.route("/training/programmes/<uuid:programme_id>", methods=["DELETE"])
@requires("training.manage")
@catalogue_api.response(204)
@catalogue_api.problems("CONFLICT")
def delete_training_programme(programme_id: uuid.UUID) -> None:
    """Take a programme without events away."""
    catalogue.delete_programme(programme_id, office=office())


@catalogue_api.route("/training/venues")
@requires("training.view")
@catalogue_api.arguments(NameQuery, location="query")
@catalogue_api.response(200, schema_of_page(VenueRecordSchema))
def training_venues(query: Item) -> Any:
    """Places by name; all offices choose from the same."""
    search = query["search"].replace("\x00", "")
    lines, after = catalogue.venues(search, after=query["after"], limit=query["limit"])
    return page_after([line.row for line in lines], str(after) if after else None)


@catalogue_api.route("/training/venues", methods=["POST"])
@requires("training.manage")
@catalogue_api.arguments(VenueNewSchema)
@catalogue_api.response(201, VenueRecordSchema)
def add_training_venue(values: Item) -> Any:
    """Add a place, in or out of the account's region."""
    row = catalogue.add_venue(_pointed(values), office=office())
    return row, etag(row.row_version)


@catalogue_api.route("/training/venues/<uuid:venue_id>", methods=["PUT"])
@requires("training.manage")
@catalogue_api.arguments(IfMatch, location="headers")
@catalogue_api.arguments(VenueNewSchema)
@catalogue_api.response(200, VenueRecordSchema)
@catalogue_api.problems("PRECONDITION_FAILED")
def change_training_venue(seen: Item, values: Item, venue_id: uuid.UUID) -> Any:
    """Change a place that the account's office or one below it wrote down."""
    row = catalogue.change_venue(venue_id, _pointed(values), office=office(), seen=seen["version"])
    return row, etag(row.row_version)


@catalogue_api.route("/training/venues/<uuid:venue_id>", methods=["DELETE"])
@requires("training.manage")
@catalogue_api.response(204)
@catalogue_api.problems("CONFLICT")
def delete_training_venue(venue_id: uuid.UUID) -> None:
    """Take a place away where no event was or will be."""
    catalogue.delete_venue(venue_id, office=office())


@catalogue_api.route("/training/speakers")
@requires("training.view")
@catalogue_api.arguments(NameQuery, location="query")
@catalogue_api.response(200, schema_of_page(SpeakerRecordSchema))
def training_speakers(query: Item) -> Any:
    """Speakers by name, that the account's office, those above and those below it know."""
    search = query["search"].replace("\x00", "")
    lines, after = catalogue.speakers(office(), search, after=query["after"], limit=query["limit"])
    return page_after([line.row for line in lines], str(after) if after else None)


@catalogue_api.route("/training/speakers", methods=["POST"])
@requires("training.manage")
@catalogue_api.arguments(SpeakerNewSchema)
@catalogue_api.response(201, SpeakerRecordSchema)
def add_training_speaker(values: Item) -> Any:
    """Add a speaker of the account's office."""
    row = catalogue.add_speaker(values, office=office())
    return row, etag(row.row_version)


@catalogue_api.route("/training/speakers/<uuid:speaker_id>", methods=["PUT"])
@requires("training.manage")
@catalogue_api.arguments(IfMatch, location="headers")
@catalogue_api.arguments(SpeakerNewSchema)
@catalogue_api.response(200, SpeakerRecordSchema)
@catalogue_api.problems("PRECONDITION_FAILED")
def change_training_speaker(seen: Item, values: Item, speaker_id: uuid.UUID) -> Any:
    """Change a speaker that the account's office or one below it keeps."""
    row = catalogue.change_speaker(speaker_id, values, office=office(), seen=seen["version"])
    return row, etag(row.row_version)


@catalogue_api.route("/training/speakers/<uuid:speaker_id>", methods=["DELETE"])
@requires("training.manage")
@catalogue_api.response(204)
@catalogue_api.problems("CONFLICT")
def delete_training_speaker(speaker_id: uuid.UUID) -> None:
    """Take a speaker away who never spoke."""
    catalogue.delete_speaker(speaker_id, office=office())


def _pointed(values: Item) -> Item:
    """A place's values with its point as one. Raises Invalid for half a point."""
    latitude, longitude = values["latitude"], values["longitude"]
    if (latitude is None) != (longitude is None):
        raise Invalid("latitude", "A point has a latitude and a longitude.")
    return {**values, "point": None if latitude is None else (latitude, longitude)}


answer_errors(catalogue_api)
