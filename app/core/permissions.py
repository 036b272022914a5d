"""Permissions and roles (domain: roles). A permission is `capability.action`; a role is a set of permissions.

Every route states one of `@anonymous`, `@signed_in`, `@enrolling` or `@requires("…")`; a test walks the URL map for it.
Pages of residents state `@residents_only` (app.government.selfservice.accounts), which knows no permissions of staff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar

from flask import abort, redirect, url_for

View = TypeVar("View", bound=Callable[..., Any])
Place = Literal["village", "province"]


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that a person may do. `label` is Indonesian; `place` is the kind of host that it belongs to."""

    code: str
    label: str
    place: Place


@dataclass(frozen=True, slots=True)
class Role:
    """A shipped role. `level` is the region level of provincial roles (1 province … 3 kecamatan), 4 for villages."""

    code: str
    label: str
    place: Place
    permissions: frozenset[str]
    level: int = 4


_permissions: dict[str, Permission] = {}
_roles: dict[str, Role] = {}


def declare_permissions(place: Place, labels: Mapping[str, Any]) -> None:
    """Declare permissions of a kind of host: code → Indonesian label."""
    for code, label in labels.items():
        _permissions[code] = Permission(code, label, place)


def permissions(place: Place) -> list[Permission]:
    """All permissions of a kind of host, by code."""
    return sorted((p for p in _permissions.values() if p.place == place), key=lambda p: p.code)


def permission(code: str) -> Permission:
    """One declared permission; raises KeyError."""
    return _permissions[code]


def declare_role(
    code: str, label: str, place: Place, *, permissions: Iterable[str] = (), level: int = 4
) -> None:
    """Declare a shipped role, or add permissions to one that is declared already (capabilities do so)."""
    known = _roles.get(code)
    granted = frozenset(permissions) | (known.permissions if known else frozenset())
    _roles[code] = Role(
        code, known.label if known else label, place, granted, known.level if known else level
    )


def extend_roles(**additions: Iterable[str]) -> None:
    """Add a capability's permissions to shipped roles: `extend_roles(operator=["letters.issue"])`."""
    for code, more in additions.items():
        role = _roles[code]
        _roles[code] = Role(role.code, role.label, role.place, role.permissions | frozenset(more), role.level)


def role(code: str) -> Role:
    """One shipped role; raises KeyError."""
    return _roles[code]


def roles(place: Place) -> list[Role]:
    """All shipped roles of a kind of host, in the order in which they were declared."""
    return [r for r in _roles.values() if r.place == place]


def anonymous(view: View) -> View:
    """State that a route is open to everybody."""
    view.siger_permission = "anonymous"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """State that a route needs somebody signed in on this host, whatever the role."""
    return _guard(view, None)


def enrolling(view: View) -> View:
    """State that a route needs somebody signed in, also one who still owes a second factor (see `Actor.must_enrol`)."""
    return _guard(view, None, before_enrolment=True)


def requires(code: str) -> Callable[[View], View]:
    """State the permission that a route needs: not signed in leads to the sign-in page, lacking it is a 403."""

    def decorate(view: View) -> View:
        return _guard(view, code)

    return decorate


def _guard(view: View, code: str | None, before_enrolment: bool = False) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        from flask_login import current_user

        from app.extensions import login

        if not current_user.is_authenticated:
            return login.unauthorized()
        if current_user.must_enrol and not before_enrolment:
            return redirect(url_for("own_account.second_factor"), 303)
        if code is not None and not current_user.may(code):
            abort(403)
        return view(*args, **kwargs)

    guarded.siger_permission = code or "signed_in"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]
