"""Letter types: what is shipped, what the village made of it, and how a letter is filled in.

    kind = letter_type("sktm")                       # raises Missing
    checked = check_form(kind, request.form)         # app.core.forms.Checked: typed, values, errors
    values = with_people(kind, checked.values)       # what the register says of residents that fields name by id
    person = person_of(resident_id)                  # the holder, as the register has them now
    merged = merge_values(kind, person, values, {"date": day, "number": number, "signer_name": …})
    blocks = markup.resolve(markup.parse(kind.body), merged)

A form sends a person field as `pasangan.id` (a resident) or `pasangan.name`, `pasangan.nik` …, a table as
`ahli_waris.0.nama`; `letters/types/_fields.html` draws them. An API sends the same as nested JSON to `check_values`.
"""

from __future__ import annotations

from app.government.letters.types.fields import PERSON_LABELS, check_form, check_values, from_form
from app.government.letters.types.kinds import Column, Field, LetterKind, Requirement
from app.government.letters.types.merging import indonesian_date, merge_labels, merge_names, merge_values
from app.government.letters.types.people import person_of, with_people
from app.government.letters.types.registry import letter_type, letter_types
from app.government.letters.types.samples import SAMPLE_DAY, sample_form, sample_person, sample_values

__all__ = [
    "PERSON_LABELS",
    "SAMPLE_DAY",
    "Column",
    "Field",
    "LetterKind",
    "Requirement",
    "check_form",
    "check_values",
    "from_form",
    "indonesian_date",
    "letter_type",
    "letter_types",
    "merge_labels",
    "merge_names",
    "merge_values",
    "person_of",
    "sample_form",
    "sample_person",
    "sample_values",
    "with_people",
]
