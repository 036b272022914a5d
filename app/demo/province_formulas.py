"""What the demo's villages tell, as expressions over a village's month (`p` people, `a` months since live, `u` use 0–1,
`zeal`, `staff`, `n`/`o` two draws from 0 to 1, `req` letters asked for, `iss` issued, `got` complaints; parts of the
residents as in province_stories.SHARES; `ago` months since then)."""

from __future__ import annotations

Formula = tuple[str, str, str]
"""Value, numerator, denominator; a ratio's value follows from its parts."""

NONE = "NULL"
WORKING = "round(p * (working - 0.0005 * ago))"


def _plain(expression: str) -> Formula:
    return (expression, NONE, NONE)


def _ratio(top: str, bottom: str) -> Formula:
    return ("", top, bottom)


TRAINED = "CASE WHEN n > 0.93 THEN 1 ELSE 0 END"
"""One village in fourteen sends people to a training in a month."""


SNAPSHOTS: dict[str, Formula] = {
    "pop.total": _plain("p"),
    "pop.male": _plain("p - round(p * female)"),
    "pop.female": _plain("round(p * female)"),
    "pop.households": _plain("round(p / (3.2 + 0.5 * zeal))"),
    "pop.age_0_4": _plain("round(p * small)"),
    "pop.age_5_17": _plain("round(p * school)"),
    "pop.age_18_59": _plain("p - round(p * small) - round(p * school) - round(p * old)"),
    "pop.age_60_plus": _plain("round(p * old)"),
    "pop.working_age": _plain(WORKING),
    "pop.dependency_ratio": _ratio(f"p - {WORKING}", WORKING),
    "pop.without_nik": _plain("round(p * 0.03 * (1 - u))"),
    "pop.without_birth_certificate": _plain(
        "round(p * uncertified * (1 + 0.008 * ago) * (1.25 - 0.4 * zeal))"
    ),
    "pop.disabled": _plain("round(p * disabled * (1 - 0.006 * ago))"),
    "pop.bpjs_covered": _plain("round(p * least(0.98, insured * (1 - 0.005 * ago)))"),
    "pop.data_completeness": _ratio("round(p * 24 * least(0.995, complete * (1 - 0.006 * ago)))", "p * 24"),
    "portal.accounts": _plain("round(p * portal * u * least(1, a / 20.0))"),
    "portal.active_30d": _plain("round(p * portal * u * least(1, a / 20.0) * (0.25 + 0.2 * n))"),
    "staff.count": _plain("staff"),
    "adoption.setup_progress": _ratio("CASE WHEN a = 0 AND ago > 0 THEN 4 ELSE 6 END", "6"),
    "adoption.staff_active_7d": _plain(
        "CASE WHEN quiet OR active_at < stamp - interval '7 days' THEN 0 "
        "ELSE greatest(1, round(staff * u * (0.4 + 0.3 * n))) END"
    ),
    "adoption.staff_active_30d": _plain(
        "CASE WHEN quiet THEN 0 ELSE round(staff * u * (0.65 + 0.3 * n)) END"
    ),
    "adoption.records_changed_30d": _plain("CASE WHEN quiet THEN 0 ELSE round(p * 0.05 * u * (0.5 + n)) END"),
    "adoption.last_activity": _plain("extract(epoch FROM active_at)"),
    "adoption.modules_used": _plain("least(5, 1 + floor(4.2 * u + n))"),
    "adoption.public_visits_30d": _plain("round(p * 0.11 * u * (0.5 + o))"),
    "literacy.score": _ratio(
        "CASE WHEN a > 2 AND people % 3 <> 0 THEN 4 * (52 + 30 * zeal + 8 * n) END",
        "CASE WHEN a > 2 AND people % 3 <> 0 THEN 4 END",
    ),
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
    "training.events": _plain(TRAINED),
    "training.participants": _plain(f"{TRAINED} * (2 + floor(3 * o))"),
    "training.women_share": _ratio(
        f"{TRAINED} * round((2 + floor(3 * o)) * (0.3 + 0.3 * zeal))", f"{TRAINED} * (2 + floor(3 * o))"
    ),
    "training.certified": _plain(f"{TRAINED} * (1 + floor(3 * o))"),
}
"""What happens within a month; a silent village tells none of it."""
