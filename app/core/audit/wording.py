"""Codes that stand in entries (states, roles, ways, kinds of object) in the words of the reader's language."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.capabilities import capabilities
from app.core.permissions import permission, role

Words = Callable[[str], object | None]
"""Says a code in words; None where it knows none."""


def role_words(code: str) -> object | None:
    """A shipped role by its name."""
    try:
        return role(code).label
    except KeyError:
        return None


def permission_words(code: str) -> object | None:
    """A permission by its label."""
    try:
        return permission(code).label
    except KeyError:
        return None


def capability_words(code: str) -> object | None:
    """A capability by its label; a leading minus sign says that it is switched off."""
    return next((c.label for c in capabilities() if c.name == code.lstrip("-")), None)


_values: dict[str, Words] = {
    "role": role_words,
    "roles": role_words,
    "permissions": permission_words,
    "scopes": permission_words,
    "off": capability_words,
    "modules": capability_words,
    "second_factor": {
        "app": _l("kode dari aplikasi autentikator"),
        "recovery": _l("kode cadangan"),
    }.get,
    "step": {"password": _l("kata sandi"), "code": _l("kode verifikasi")}.get,
    "locale": {"id": _l("Indonesia"), "en": _l("Inggris")}.get,
    "position": {
        "head": _l("Kepala"),
        "secretary": _l("Sekretaris"),
        "treasurer": _l("Bendahara"),
        "section": _l("Kepala seksi atau urusan"),
        "sub_area": _l("Kepala wilayah"),
        "other": _l("Lainnya"),
    }.get,
    "kind": {"sub_area": _l("Wilayah bawahan"), "rw": _l("RW"), "rt": _l("RT")}.get,
}

_summaries: dict[str, Words] = {}

OBJECTS: dict[str, object] = {
    "account": _l("Akun"),
    "api_access": _l("Token API"),
    "demo": _l("Data contoh"),
    "job": _l("Pekerjaan"),
    "membership": _l("Penugasan"),
    "official": lazy_pgettext("person", "Perangkat"),
    "region": lazy_pgettext("officer", "Wilayah"),
    "sub_area": _l("Wilayah bawahan"),
    "village": _l("Desa"),
    "village_role": _l("Peran"),
    "visit": _l("Kunjungan bantuan"),
}


def describe_values(field: str, words: Mapping[str, object]) -> None:
    """Say what the codes mean that stand under a name in details; `words` are lazy Indonesian phrases."""
    _values[field] = words.get


def describe_summaries(action: str, words: Mapping[str, object]) -> None:
    """Say what the codes mean that are the summary of an action."""
    _summaries[action] = words.get


def value_words(field: str, value: str) -> str:
    """A value under a name in words; an id as its end, which is enough to tell two apart; other text as it is."""
    known = _values[field](value) if field in _values else None
    if known is not None:
        return str(known)
    try:
        return _("nomor …%(end)s", end=uuid.UUID(value).hex[-6:]) if len(value) == 36 else value
    except ValueError:
        return value


def summary_words(action: str, summary: str) -> str:
    """The summary of an entry in words, where it is a code."""
    known = _summaries[action](summary) if action in _summaries else None
    return summary if known is None else str(known)


def object_words(object_type: str) -> str:
    """What kind of thing an entry is about; an unknown kind is shown as it is."""
    known = OBJECTS.get(object_type)
    return object_type.replace("_", " ") if known is None else str(known)
