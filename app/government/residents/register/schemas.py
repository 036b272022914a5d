"""What is valid in a resident and a household: one schema for the forms, the API and a row of a workbook.

`load` gives a dict by field names (columns, SEALED_FIELDS, `kk`): codes as int, days as date, text as str ("" unknown).
What one value says alone is checked here; what several say together, or others in the register, is in `rules`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from app.core.forms import REQUIRED, Day, Email, FormSchema, Line, Paragraphs, Phone
from app.core.privacy.masking import holds_number
from app.core.village.schemas import Identity
from app.government.residents import codes
from app.government.residents.register.labels import HOUSEHOLD_LABELS, RESIDENT_LABELS
from app.government.residents.register.words import code_of

LATITUDES, LONGITUDES = (-11.5, 6.5), (94.5, 141.5)
"""Indonesia's bounds in degrees (WGS 84)."""

_ONE_DIGIT = re.compile(r"([0-9])\1{15}")
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?e\+?[0-9]+", re.IGNORECASE)


class Code(fields.Field[int | None]):
    """A code of one of `codes.LISTS`: its number, digits, or its Indonesian word in any case; empty is `default`.

    Args:
        column: the name of the list. default: what an empty value means. required: an empty value is refused.
    """

    def __init__(self, column: str, *, default: int | None = None, required: bool = False) -> None:
        options: dict[str, Any] = {"required": True} if required else {"load_default": default}
        super().__init__(allow_none=not required, **options)
        self.column, self.default = column, default
        self.error_messages.update(required=REQUIRED, null=REQUIRED)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **options: Any
    ) -> int | None:
        """None means unknown here, so it is what is loaded."""
        if value is None and not self.required:
            return self.default
        return super().deserialize(value, attr, data, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int | None:
        if isinstance(value, str) and value.strip() in ("", "-"):
            if self.required:
                raise self.make_error("required")
            return self.default
        found = code_of(self.column, value)
        if found is None:
            label = {**HOUSEHOLD_LABELS, **RESIDENT_LABELS}.get(self.column, self.column)
            raise ValidationError(
                _l(
                    "“%(value)s” tidak ada dalam daftar %(list)s. Pilih salah satu dari daftar.",
                    value=str(value).strip()[:40],
                    list=label,
                )
            )
        return found


class Text(Line):
    """One line of text; a dash means unknown, as in the files of villages."""

    def tidied(self, text: str) -> str:
        """The text with single spaces, a lone dash as nothing."""
        line = super().tidied(text)
        return "" if line == "-" else line

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **options: Any
    ) -> Any:
        """None means unknown; a number of a workbook is its digits."""
        if value in (None, "") and not self.required:
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return super().deserialize(value, attr, data, **options)


class OpenText(Text):
    """One line of text that is not sealed, so a NIK or KK number is refused in it."""

    def tidied(self, text: str) -> str:
        """The line. Raises ValidationError where 16 digits stand in it."""
        line = super().tidied(text)
        if holds_number(line):
            raise ValidationError(
                _l(
                    "Jangan tulis NIK atau nomor KK di sini: isian ini tidak disandikan. Pakai isiannya sendiri."
                )
            )
        return line


class Sixteen(Text):
    """A number of 16 digits, however it is spaced; empty, 0 and a dash mean that there is none.

    A number that a workbook turned into 1.8E+15, or keeps as a number whose last digit Excel dropped, is refused:
    the digits are lost and nobody can tell them.
    """

    def __init__(self, *, called: object, **options: Any) -> None:
        super().__init__(longest=40, **options)
        self.called = called

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **options: Any
    ) -> Any:
        """Numbers of a workbook come as they are, for `_deserialize` to judge."""
        if isinstance(value, float):
            if value and value % 10 == 0:
                raise ValidationError(self._lost(f"{value:.2E}"))
            value = str(int(value)) if value.is_integer() else str(value)
        return super().deserialize(value, attr, data, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if _SCIENTIFIC.fullmatch(text):
            raise ValidationError(self._lost(text))
        digits = re.sub(r"[\s.\-'’`]", "", text)
        if not digits.strip("0"):
            return ""
        if not re.fullmatch(r"[0-9]+", digits):
            raise ValidationError(_l("%(number)s hanya terdiri dari angka.", number=self.called))
        if len(digits) != 16:
            raise ValidationError(
                _l(
                    "%(number)s harus 16 angka; yang ini %(count)s angka.",
                    number=self.called,
                    count=len(digits),
                )
            )
        return digits

    def _lost(self, written: str) -> Any:
        return _l(
            "%(number)s tertulis %(written)s: lembar kerja membulatkannya sehingga angka terakhirnya hilang. "
            "Tulis ulang ke-16 angkanya sebagai teks.",
            number=self.called,
            written=written,
        )


class Nik(Sixteen):
    """A resident's number (NIK) as 16 digits, or empty. Its structure is checked by `rules`."""

    def __init__(self, *, called: object = RESIDENT_LABELS["nik"], **options: Any) -> None:
        super().__init__(called=called, **options)


class KkNumber(Sixteen):
    """The number of a family card as 16 digits, or empty. Its structure is checked by `rules`."""

    def __init__(self, *, called: object = HOUSEHOLD_LABELS["kk"], **options: Any) -> None:
        super().__init__(called=called, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        if _ONE_DIGIT.fullmatch(re.sub(r"[\s.\-'’`]", "", str(value))):
            raise ValidationError(
                _l("Nomor KK tidak mungkin 16 angka yang sama. Kosongkan bila kartunya belum ada.")
            )
        return super()._deserialize(value, attr, data, **options)


class Date(Day):
    """A day; a moment of a workbook counts as its day, a dash as unknown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(load_default=None, allow_none=True, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> dt.date | None:
        if isinstance(value, dt.datetime):
            value = value.date()
        if isinstance(value, str) and value.strip() == "-":
            return None
        return super()._deserialize(value, attr, data, **options)


class Degrees(fields.Field[float | None]):
    """A latitude or longitude in degrees, with point or comma; empty is None."""

    def __init__(self, bounds: tuple[float, float], outside: object) -> None:
        super().__init__(load_default=None, allow_none=True)
        self.bounds, self.outside = bounds, outside

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> float | None:
        text = str(value).strip().replace(",", ".")
        if text in ("", "-"):
            return None
        if not re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?", text):
            raise ValidationError(_l("Tulis sebagai angka, misalnya -5.4382."))
        number = round(float(text), 6)
        if number == 0:
            return None
        if not self.bounds[0] <= number <= self.bounds[1]:
            raise ValidationError(self.outside)  # type: ignore[arg-type]
        return number


class YesNo(fields.Field[bool | None]):
    """Yes, no, or unknown: 1/0, ya/tidak; empty is None."""

    YES, NO = ("1", "ya", "y", "true", "on"), ("0", "2", "tidak", "t", "false", "off")

    def __init__(self) -> None:
        super().__init__(load_default=None, allow_none=True)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> bool | None:
        text = str(value).strip().casefold().removesuffix(".0")
        if text in ("", "-"):
            return None
        if text not in (*self.YES, *self.NO):
            raise ValidationError(_l("Jawab ya atau tidak."))
        return text in self.YES


class Decile(fields.Field[int | None]):
    """A decile of welfare, 1 (the poorest tenth) to 10; empty is None."""

    def __init__(self) -> None:
        super().__init__(load_default=None, allow_none=True)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int | None:
        text = str(value).strip().removesuffix(".0")
        if text in ("", "-"):
            return None
        if not re.fullmatch(r"[1-9]|10", text):
            raise ValidationError(_l("Desil adalah angka 1 sampai 10."))
        return int(text)


class Notes(Paragraphs):
    """Free text. It is not sealed, so numbers that must be sealed are refused in it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if holds_number(text):
            raise ValidationError(
                _l(
                    "Jangan tulis NIK atau nomor KK di catatan: catatan tidak disandikan. Pakai isiannya sendiri."
                )
            )
        return text


class ResidentSchema(FormSchema):
    """A resident: every field of the register. Forms and the API leave out what their reader may not see."""

    nik = Nik()
    name = OpenText(required=True, shortest=1, longest=100)
    sex = Code("sex", required=True)
    birth_place = OpenText(longest=100)
    birth_date = Date()
    religion = Code("religion")
    blood_type = Code("blood_type")
    nationality = Code("nationality", default=1)
    ethnic_group = OpenText(longest=60)
    household_id = Identity(allow_none=True)
    relation = Code("relation")
    marital_status = Code("marital_status")
    father_name = OpenText(longest=100)
    father_nik = Nik(called=RESIDENT_LABELS["father_nik"])
    mother_name = OpenText(longest=100)
    mother_nik = Nik(called=RESIDENT_LABELS["mother_nik"])
    registered_address = OpenText(longest=240)
    current_address = OpenText(longest=240)
    sub_area_id = Identity(allow_none=True)
    latitude = Degrees(
        LATITUDES, _l("Lintang ini di luar Indonesia (-11,5 sampai 6,5). Mungkin tertukar dengan bujur.")
    )
    longitude = Degrees(
        LONGITUDES, _l("Bujur ini di luar Indonesia (94,5 sampai 141,5). Mungkin tertukar dengan lintang.")
    )
    residence_status = Code("residence_status", default=codes.PERMANENT)
    vital_status = Code("vital_status", default=codes.ALIVE)
    vital_on = Date()
    education = Code("education")
    schooling = Code("schooling")
    occupation = Code("occupation")
    reading = Code("reading")
    birth_certificate = OpenText(longest=60)
    marriage_certificate = OpenText(longest=60)
    married_on = Date()
    divorce_certificate = OpenText(longest=60)
    divorced_on = Date()
    passport = Text(longest=30)
    passport_expires_on = Date()
    kitas = Text(longest=40)
    card = Code("card")
    card_status = Code("card_status")
    card_tag = Text(longest=40)
    disability = Code("disability")
    illness = Code("illness")
    contraception = Code("contraception")
    pregnant = YesNo()
    insurance = Code("insurance")
    insurance_number = Text(longest=40)
    phone = Phone(allow_none=True)
    email = Email(allow_none=True)
    notes = Notes(longest=2000)


class HouseholdSchema(FormSchema):
    """A household: every field of the family card and the village's own."""

    kk = KkNumber()
    issued_on = Date()
    address = OpenText(longest=240)
    sub_area_id = Identity(allow_none=True)
    welfare_class = Code("welfare_class")
    welfare_decile = Decile()
    house_condition = Code("house_condition")
