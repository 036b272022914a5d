"""What an archive says of its village beside the tables: names, words, its own roles, and who had an account there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates

from app.core.capabilities import optional_capabilities
from app.province.archives.layout import REGISTRY, ArchiveRefused
from tenants.models import TenantState


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who had an account in the village; accounts belong to a deployment and are invited anew."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that the village made for itself out of permissions."""

    name: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry's row of the village as it was."""

    slug: str
    term: str
    words: Mapping[str, str]
    modules: tuple[str, ...]
    state: str
    live_at: dt.datetime | None
    postal_code: str | None
    staff: tuple[Staff, ...]
    roles: tuple[OwnRole, ...]


def known_modules() -> frozenset[str]:
    """What the registry's `modules` may hold: `-name` for each capability that a village may switch off."""
    return frozenset(f"-{capability.name}" for capability in optional_capabilities())


class _Text(fields.String):
    """One line that can be printed and stored, no longer than it was taken."""

    def __init__(self, longest: int, *, shortest: int = 0, required: bool = True) -> None:
        super().__init__(required=required, validate=validate.Length(min=shortest, max=longest))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if not text.isprintable():
            raise ValidationError("Not a line of text.")
        return text


class _Told(Schema):
    """An archive tells more of its village than an import takes; the rest is left out."""

    class Meta:
        """Unknown names are left out."""

        unknown = EXCLUDE


class _WordsSchema(Schema):
    """As long as a village may choose them; other words are refused."""

    head = _Text(60, required=False)
    secretary = _Text(60, required=False)
    council = _Text(80, required=False)
    sub_area = _Text(30, required=False)


class _StaffSchema(_Told):
    name = _Text(200)
    email = _Text(254)
    role = _Text(60)
    title = _Text(120)


class _RoleSchema(_Told):
    name = _Text(60, shortest=1)
    permissions = fields.List(_Text(120), required=True)


class _VillageSchema(_Told):
    slug = _Text(63)
    term = _Text(30, shortest=1)
    words = fields.Nested(_WordsSchema, required=True)
    modules = fields.List(_Text(60), required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in TenantState]))
    live_at = fields.AwareDateTime(required=True, allow_none=True, default_timezone=dt.UTC)
    postal_code = fields.String(required=True, allow_none=True, validate=validate.Regexp(r"(?:[0-9]{5})?\Z"))

    @validates("modules")
    def _known(self, value: list[str], **_options: Any) -> None:
        if strange := sorted(set(value) - known_modules()):
            raise ValidationError(f"Not known: {strange[0]!r}.")


class _RegistrySchema(_Told):
    village = fields.Nested(_VillageSchema, required=True)
    staff = fields.List(fields.Nested(_StaffSchema), required=True)
    roles = fields.List(fields.Nested(_RoleSchema), load_default=list)


def read_registry(data: bytes) -> Registry:
    """Read `registry.json`. Raises ArchiveRefused when it is not whole, or says what no registry holds."""
    try:
        said = _RegistrySchema().load(json.loads(data))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ArchiveRefused(
            f"The archive's {REGISTRY} is not whole: {ascii(error)[:500]}. Nothing was written."
        ) from error
    row = said["village"]
    return Registry(
        row["slug"],
        row["term"],
        row["words"],
        tuple(row["modules"]),
        row["state"],
        row["live_at"],
        row["postal_code"] or None,
        tuple(Staff(one["name"], one["email"], one["title"] or one["role"]) for one in said["staff"]),
        tuple(OwnRole(one["name"], tuple(one["permissions"])) for one in said["roles"]),
    )
