"""What an address asks for that no filter understands: told above the list, never dropped in silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.government.residents import codes
from app.government.residents.browse.filters import (
    CODED,
    HEALTH_CODED,
    LABELS,
    SORTS,
    code_of,
    number_of,
    uuid_of,
)
from app.government.residents.browse.history import STATES
from app.government.residents.browse.household_filters import (
    ALL_STATES,
    HOUSEHOLD_FILTER_LABELS,
)
from app.government.residents.browse.household_filters import SORTS as HOUSEHOLD_SORTS

LONGEST_SHOWN = 40
_TRUTHS = ("1", "true", "on", "ya", "0", "false", "off", "tidak")
_AGES = {"age_from": _l("Usia dari"), "age_to": _l("Usia sampai")}
_SORT = _l("Urutan")
Understood = Callable[[str], bool]


def ignored_of_residents(args: Mapping[str, Any], *, may_health: bool) -> str:
    """A sentence about the filters of residents that were not understood; empty when all were."""
    checks: dict[str, tuple[Any, Understood]] = {
        name: (LABELS[name], lambda text, name=name: code_of(name, text) is not None)  # type: ignore[misc]
        for name in (*CODED, *(HEALTH_CODED if may_health else ()))
    }
    checks |= {name: (label, lambda text: number_of(text) is not None) for name, label in _AGES.items()}
    checks["sub_area_id"] = (LABELS["sub_area_id"], _is_id)
    checks["vital_status"] = (LABELS["vital_status"], _is_vital_status)
    checks |= {name: (LABELS[name], _is_truth) for name in ("without_nik", "incomplete", "withheld")}
    checks["sort"] = (_SORT, lambda text: text.removeprefix("-") in SORTS)
    return _sentence(args, checks)


def ignored_of_households(args: Mapping[str, Any]) -> str:
    """A sentence about the filters of households that were not understood; empty when all were."""
    labels = HOUSEHOLD_FILTER_LABELS
    return _sentence(
        args,
        {
            "sub_area_id": (labels["sub_area_id"], _is_id),
            "welfare_class": (
                labels["welfare_class"],
                lambda text: code_of("welfare_class", text) is not None,
            ),
            "without_kk": (labels["without_kk"], _is_truth),
            "withheld": (labels["withheld"], _is_truth),
            "state": (labels["state"], lambda text: text in STATES or text == ALL_STATES),
            "sort": (_SORT, lambda text: text.removeprefix("-") in HOUSEHOLD_SORTS),
        },
    )


def _sentence(args: Mapping[str, Any], checks: Mapping[str, tuple[Any, Understood]]) -> str:
    wrong = []
    for name, (label, understood) in checks.items():
        text = str(args.get(name) or "").strip()
        if text and not understood(text):
            wrong.append(f"{label} “{text[:LONGEST_SHOWN]}”")
    if not wrong:
        return ""
    sentence = _(
        "Saringan ini tidak dimengerti, jadi tidak dipakai: %(filters)s. Pilih lagi di Saringan dan urutan.",
        filters=", ".join(wrong),
    )
    return str(sentence)


def _is_id(text: str) -> bool:
    return uuid_of(text) is not None


def _is_truth(text: str) -> bool:
    return text.lower() in _TRUTHS


def _is_vital_status(text: str) -> bool:
    return text in ("all", "former") or number_of(text) in codes.VITAL_STATUS
