"""The village's choices for its letters: what the form says, and what keeps it from being taken."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import validate
from sqlalchemy import select

from app.core import audit
from app.core.forms import Choice, FormSchema, Line, fingerprint
from app.core.public_pages import pages_changed
from app.core.village.errors import ChangedMeanwhile, Invalid
from app.core.village.options import choose_options, options_of
from app.extensions import db
from app.government.letters.models import LetterCounter
from app.government.letters.options import (
    CAPABILITY,
    PAPERS,
    RESERVED_CODES,
    SCOPES,
    SIGNINGS,
    LetterOptions,
    number_of,
    options_from,
    pattern_fault,
)
from app.government.letters.types.fields import Whole
from tenants.scope import current_tenant

LARGEST_FIRST = 99_999
LONGEST_PROMISE = 60


class OptionsSchema(FormSchema):
    """The settings of letters."""

    number_pattern = Line(longest=120, required=True)
    number_scope = Choice(choices=SCOPES, required=True)
    first = Whole(most=LARGEST_FIRST, load_default=None)
    promise_days = Whole(
        most=LONGEST_PROMISE,
        required=True,
        validate=validate.Range(1, LONGEST_PROMISE, error=_l("Tulis 1 sampai 60 hari kerja.")),
    )
    signing = Choice(choices=SIGNINGS, required=True)
    paper = Choice(choices=PAPERS, required=True)
    service_note = Line(longest=300)


def example_number(pattern: str, day: dt.date, sequence: int = 12, scope: str = "village") -> str:
    """What a number of this pattern looks like here. Raises Invalid: the pattern can't be used."""
    fault = pattern_fault(pattern, scope)
    if fault:
        raise Invalid("number_pattern", fault)
    return number_of(
        pattern,
        sequence=sequence,
        day=day,
        classification="474",
        village_code=current_tenant().code,
        type_code="domisili",
    )


def drawn_numbers(year: int) -> dict[str, int]:
    """The last number of a year by scope: empty for the whole village, else the code of a type. One query."""
    query = select(LetterCounter.scope, LetterCounter.last).where(
        LetterCounter.year == year, LetterCounter.scope.not_in(RESERVED_CODES)
    )
    return {scope: int(last) for scope, last in db.session.execute(query)}


def stamp_of(options: LetterOptions) -> str:
    """What a form carries to tell that nobody saved meanwhile."""
    return fingerprint(stored_form(options))


def stored_form(options: LetterOptions) -> dict[str, Any]:
    """The choices as they are stored."""
    return {
        "number_pattern": options.number_pattern,
        "number_scope": options.number_scope,
        "first_by_scope": dict(options.first_by_scope),
        "promise_days": options.promise_days,
        "promise_by_type": dict(options.promise_by_type),
        "signing": options.signing,
        "paper": options.paper,
        "service_note": options.service_note,
    }


def choose(
    values: Mapping[str, Any],
    firsts: Mapping[str, int],
    promises: Mapping[str, int],
    *,
    year: int,
    stamp: str,
) -> None:
    """Store the village's choices.

    Args:
        values: of OptionsSchema.
        firsts: the first number of `year` by scope; those that are not named are taken away.
        promises: working days by type, where a type departs from the village's promise.
        stamp: `stamp_of` what the form showed.
    Raises:
        Invalid: a pattern that can't be used, or a first number that was drawn already. ChangedMeanwhile.
    """
    fault = pattern_fault(values["number_pattern"], values["number_scope"])
    if fault:
        raise Invalid("number_pattern", fault)
    stored = choose_options(CAPABILITY, {})
    present = options_from(stored)
    if stamp_of(present) != stamp:
        db.session.rollback()
        raise ChangedMeanwhile(stored_form(options_from(options_of(CAPABILITY))))
    drawn = drawn_numbers(year)
    kept = {key: first for key, first in present.first_by_scope.items() if not key.endswith(f"/{year}")}
    for scope, first in firsts.items():
        if scope in RESERVED_CODES:
            continue
        key = f"{scope}/{year}"
        if first != present.first_by_scope.get(key) and first <= drawn.get(scope, 0):
            db.session.rollback()
            sentence = _(
                "Nomor %(last)s sudah dipakai tahun ini. Nomor pertama paling sedikit %(least)s.",
                last=drawn[scope],
                least=drawn[scope] + 1,
            )
            raise Invalid(f"first.{scope}" if scope else "first", str(sentence))
        kept[key] = first
    before = stored_form(present)
    after = {
        **{name: values[name] for name in before if name in values},
        "first_by_scope": kept,
        "promise_by_type": {code: days for code, days in promises.items() if days != values["promise_days"]},
    }
    choose_options(CAPABILITY, after)
    if before != after:
        audit.record(
            "letter_options.changed", object_type="letter_options", details=audit.changes(before, after)
        )
        pages_changed()
    db.session.commit()


def numbers_of(form: Mapping[str, str], part: str, most: int) -> tuple[dict[str, int], dict[str, str]]:
    """Numbers that a form names by type (`promise.sktm`), and a sentence for each that is none."""
    found: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for name, text in form.items():
        start, _dot, code = name.partition(".")
        if start != part or not code or not text.strip():
            continue
        if re.fullmatch(r"[0-9]{1,6}", text.strip()) and 1 <= int(text) <= most:
            found[code] = int(text)
        else:
            wrong[name] = str(_("Tulis bilangan dari 1 sampai %(most)s.", most=most))
    return found, wrong
