"""What the demo's villages tell, as expressions over a village's month (`p` people, `a` months since live, `u` use 0–1,
`zeal`, `staff`, `n`/`o` two draws from 0 to 1, `req` letters asked for, `iss` issued, `got` complaints)."""

from __future__ import annotations

Formula = tuple[str, str, str]
"""Value, numerator, denominator; a ratio's value follows from its parts."""

NONE = "NULL"


def _plain(expression: str) -> Formula:
    return (expression, NONE, NONE)


def _ratio(top: str, bottom: str) -> Formula:
    return ("", top, bottom)


SNAPSHOTS: dict[str, Formula] = {
    "pop.total": _plain("p"),
    "pop.male": _plain("p - round(p * 0.489)"),
    "pop.female": _plain("round(p * 0.489)"),
    "pop.households": _plain("round(p / (3.2 + 0.5 * zeal))"),
    "pop.age_0_4": _plain("round(p * 0.078)"),
    "pop.age_5_17": _plain("round(p * 0.215)"),
    "pop.age_18_59": _plain("p - round(p * 0.078) - round(p * 0.215) - round(p * 0.109)"),
    "pop.age_60_plus": _plain("round(p * 0.109)"),
    "pop.working_age": _plain("round(p * 0.684)"),
    "pop.dependency_ratio": _ratio("p - round(p * 0.684)", "round(p * 0.684)"),
    "pop.without_nik": _plain("round(p * 0.03 * (1 - u))"),
    "pop.without_birth_certificate": _plain("round(p * 0.12 * (1.1 - u))"),
    "pop.disabled": _plain("round(p * 0.0042 * (0.4 + 1.2 * zeal))"),
    "pop.bpjs_covered": _plain("round(p * least(0.96, 0.55 + 0.4 * u))"),
    "pop.data_completeness": _ratio("round(p * 24 * least(0.995, 0.7 + 0.3 * u))", "p * 24"),
    "portal.accounts": _plain("round(p * 0.24 * u * least(1, a / 20.0))"),
    "portal.active_30d": _plain("round(p * 0.24 * u * least(1, a / 20.0) * (0.25 + 0.2 * n))"),
    "staff.count": _plain("staff"),
    "adoption.setup_progress": _ratio("CASE WHEN a = 0 THEN 4 ELSE 6 END", "6"),
    "adoption.staff_active_7d": _plain("CASE WHEN quiet THEN 0 ELSE round(staff * u * (0.4 + 0.3 * n)) END"),
    "adoption.staff_active_30d": _plain(
        "CASE WHEN quiet THEN 0 ELSE round(staff * u * (0.65 + 0.3 * n)) END"
    ),
    "adoption.records_changed_30d": _plain("CASE WHEN quiet THEN 0 ELSE round(p * 0.05 * u * (0.5 + n)) END"),
    "adoption.last_activity": _plain("extract(epoch FROM active_at)"),
    "adoption.modules_used": _plain("least(5, 1 + floor(4.2 * u + n))"),
    "adoption.public_visits_30d": _plain("round(p * 0.11 * u * (0.5 + o))"),
}
FLOWS: dict[str, Formula] = {
    "adoption.offline_syncs": _plain("round(p * 0.0006 * u * n)"),
    "pop.births": _plain("round(p * 0.0013 * (0.5 + n))"),
    "pop.deaths": _plain("round(p * 0.0005 * (0.5 + o))"),
    "pop.moved_in": _plain("round(p * 0.0006 * (0.4 + 1.2 * o))"),
    "pop.moved_out": _plain("round(p * 0.0007 * (0.4 + 1.2 * n))"),
    "pop.growth": _ratio("round(p * 0.0011 * (2 * n - 0.3))", "p"),
    "letters.requested": _plain("req"),
    "letters.issued": _plain("iss"),
    "letters.rejected": _plain("round(req * 0.05 * o)"),
    "letters.online_share": _ratio("round(req * least(0.72, 0.75 * u * n + 0.2 * u))", "req"),
    "letters.within_promise_share": _ratio("round(iss * least(1, 0.45 + 0.5 * zeal + 0.1 * o))", "iss"),
    "letters.median_hours": ("hours", NONE, NONE),
    "complaints.received": _plain("got"),
    "complaints.resolved_share": _ratio("round(got * least(1, 0.4 + 0.55 * zeal))", "got"),
    "complaints.median_days": ("days", NONE, NONE),
    "service.satisfaction": _ratio(
        "round(round(iss * 0.3) * (3.1 + 1.6 * zeal + 0.2 * n))", "round(iss * 0.3)"
    ),
}
"""What happens within a month; a silent village tells none of it."""
