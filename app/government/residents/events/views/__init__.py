"""The screens of life events and of the monthly report.

Addresses that other pages link to, and that stay:

    url_for("life_events.new", jenis=<kind>, penduduk=<resident id>)     a form about a person
    url_for("life_events.new", jenis=<kind>, keluarga=<household id>)    a form about a household
    url_for("life_events.index", jenis=<kind>, bulan="2026-11")          the list
    url_for("life_events.show", deed_id=<deed_id of a LifeEvent>)        one deed, with undoing
    url_for("population_report.show", year=2026, month=11)               the monthly report

Kinds are those of `kinds.RECORDED`. Without `jenis` the page asks for the kind, without a person it asks for them.
"""

from __future__ import annotations

from app.government.residents.events.views.deeds import blueprint as life_events_blueprint
from app.government.residents.events.views.recording import new, record
from app.government.residents.events.views.report import blueprint as population_report_blueprint

__all__ = ["life_events_blueprint", "new", "population_report_blueprint", "record"]
