"""Fills the demo with what is not there yet: regions, villages, accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app
from sqlalchemy import or_, select

from app.core.indicators.rollup import roll_up_due
from app.core.regions.services import load_regions
from app.core.village.seed import seed_village
from app.demo.accounts import seed_accounts
from app.demo.adoption import seed_adoption
from app.demo.content import DemoContent, DemoSecrets, DemoVillage
from app.demo.domains_life import leave_an_address
from app.demo.mentoring_life import seed_mentoring, seed_rule_cases
from app.demo.onboarding_life import seed_onboarding
from app.demo.progress import Progress
from app.demo.province_history import add_up, write_past
from app.demo.province_life import seed_province_life
from app.demo.province_stories import MONTHS
from app.demo.register_life import seed_register_life
from app.demo.residents import AVERAGE, Settled, settle_many, sizes_for
from app.demo.services_life import seed_services
from app.demo.training_life import seed_training
from app.demo.training_papers import seed_papers
from app.demo.villages import fill_villages
from app.demo.visits_life import seed_pins, seed_readers, seed_visits
from app.extensions import db
from app.province.knowledge.services import load_shipped
from app.province.training.results.jobs import write_months
from app.settings import Settings
from tenants.models import TenantRow
from tenants.provisioning import BulkReport, provision_many
from tenants.registry import hosts_changed
from tenants.scope import platform_scope

# Gisting in Tanggamus, whose villages are pekon, and Negara Batin in Way Kanan, whose villages are kampung.
DISTRICTS = ("18.06.20", "18.08.11")


def seed_demo(
    progress: Progress,
    secrets: DemoSecrets,
    districts: Sequence[str] = DISTRICTS,
    residents: int = AVERAGE,
    months: int = MONTHS,
) -> DemoContent:
    """Bring about the demo's content inside an application context and describe it; safe to run again.

    `districts` are the codes of the kecamatan whose villages live, `residents` how many people a village has, about,
    `months` for how long the province looks back.
    """
    settings: Settings = current_app.config["SETTINGS"]
    content = DemoContent()
    with platform_scope():
        with progress.step("Loading the regions of Lampung") as tell:
            if db.session.scalar(select(TenantRow.id).limit(1)) is None:
                loaded = load_regions(settings.province_code)
                tell(f"{loaded.new_villages:,} villages")
            else:
                tell("there already")
        rows = _rows(districts)
    with progress.step("Provisioning villages") as tell:
        missing = [row.id for row in rows if row.schema_name is None]

        def step(report: BulkReport) -> None:
            tell(f"{len(report.done)} of {report.total}")

        report = provision_many(
            settings.owner_database_url,
            missing,
            role_prefix=settings.tenant_role_prefix,
            seed=seed_village,
            progress=step,
        )
        if report.failed:
            raise RuntimeError(f"villages could not be provisioned: {report.failed}")
        if missing:
            hosts_changed()
        with platform_scope():
            if leave_an_address():
                rows = _rows(districts)
        tell(f"{len(rows)} villages, {len(missing)} of them new")
    with progress.step("Making accounts") as tell, platform_scope():
        content.accounts += seed_accounts(rows, secrets, settings.base_host)
        tell(f"{len(content.accounts)} accounts")
    with progress.step("Filling the villages' pages") as tell:
        filled = fill_villages(rows)
        tell(f"{filled} villages" if filled else "there already")
    with progress.step("Writing a past for the villages") as tell:
        told = seed_adoption(rows)
        tell(f"{told} villages" if told else "there already")
    with progress.step("Settling residents") as tell:
        tell(_settle(rows, residents, tell))
    with progress.step("Filing papers, requests and imports") as tell:
        filed = seed_register_life(rows, lambda done: tell(f"{done} villages"))
        tell(f"{filed} villages" if filed else "there already")
    with progress.step("Writing letters, opening residents' accounts") as tell:
        services = seed_services(rows, secrets, settings.base_host, lambda done: tell(f"{done} villages"))
        content.residents, content.signatures = services.residents, services.signatures
        tell(f"{services.villages} villages" if services.villages else "there already")
    with progress.step("Letting the province look back") as tell, platform_scope():
        written = write_past(tell, months)
        tell(f"{written} months of all villages" if written else "there already")
    with progress.step("Holding trainings, sending mentors") as tell, platform_scope():
        load_shipped()
        events = seed_training()
        certificates = seed_papers(events)
        cases, visits, readers = seed_mentoring(), seed_visits(), seed_readers()
        done = f"{len(events)} events, {certificates} certificates, {cases} cases, {visits} visits"
        tell(done if events or cases or readers else "there already")
    with progress.step("Adding up") as tell, platform_scope():
        fresh = add_up(tell, months)
        ruled = seed_rule_cases()
        if events and not fresh:
            write_months(months if cases else 1)
        roll_up_due()
        tell(f"{fresh} months, {ruled} cases by rule" if fresh or ruled else "there already")
    content.visit_pins = seed_pins(rows, secrets, settings.base_host)
    with progress.step("Letting the province speak and report") as tell:
        said = seed_province_life(rows)
        tell(f"{said} things" if said else "there already")
    with progress.step("Bringing villages aboard, keeping copies") as tell:
        come = seed_onboarding(secrets)
        content.accounts += come.accounts
        tell(come.words or "there already")
    for row in rows:
        host = f"{row.slug}.{settings.base_host}"
        content.villages.append(DemoVillage(row.code, row.name, row.term, row.slug, host))
    return content


def _settle(rows: Sequence[TenantRow], residents: int, tell: Callable[[str], None]) -> str:
    """Let people live in the villages in which nobody does yet; return what came of it in words."""
    people = 0

    def step(done: int, settled: Settled | None) -> None:
        nonlocal people
        people += settled.residents if settled else 0
        tell(f"{done} of {len(rows)} villages, {people:,} people")

    found = settle_many(sizes_for([(row.id, row.code) for row in rows], residents), progress=step)
    return f"{len(found)} villages, {people:,} people" if found else "there already"


def _rows(districts: Sequence[str]) -> list[TenantRow]:
    """Return the registry's rows of the villages of these districts, by code."""
    query = select(TenantRow).where(or_(*(TenantRow.code.startswith(f"{code}.") for code in districts)))
    rows = list(db.session.scalars(query.order_by(TenantRow.code)))
    db.session.expunge_all()
    return rows
