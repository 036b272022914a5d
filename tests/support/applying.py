"""Villages that may be applied for, and somebody who walks through the wizard."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.mail import Letter
from app.extensions import db
from app.province.onboarding.applications.models import Application, ApplicationEvent
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support.images import picture
from tests.support.people import deliver_letters, link_in
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

APPLICANT = {
    "name": "Siti Rahma",
    "title": "secretary",
    "title_other": "",
    "phone": "0812 7000 1234",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A village that is listed and not provisioned."""

    id: uuid.UUID
    code: str
    name: str
    term: str
    slug: str
    district: str
    regency: str
    regency_code: str


def listed(app: Flask, code: str) -> Listed:
    """A village by its code."""
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(TenantRow).where(TenantRow.code == code)).one()
        return Listed(
            row.id,
            row.code,
            row.name,
            row.term,
            row.slug,
            row.district_name,
            row.regency_name,
            row.regency_code,
        )


@contextmanager
def application_at(app: Flask, path: str) -> Iterator[Application]:
    """The application whose address a path (`/daftar/<token>…`) is, in an open scope of the platform."""
    from app.province.onboarding.applications import services

    with app.app_context(), platform_scope():
        yield services.resume(path.split("/")[2])


def notes_of(app: Flask, path: str) -> list[tuple[str, str]]:
    """Kind and key of the dated steps of an application."""
    with application_at(app, path) as application:
        query = select(ApplicationEvent.kind, ApplicationEvent.key)
        rows = db.session.execute(
            query.where(ApplicationEvent.application_id == application.id).order_by(ApplicationEvent.id)
        )
        return [(kind, key) for kind, key in rows]


class Applicant:
    """Somebody with a browser at the province's host who registers a village, without JavaScript."""

    def __init__(self, visitor: Visitor, village: Listed, email: str) -> None:
        self.browser, self.village, self.email = visitor, village, email
        self.home = ""

    def begin(self) -> TestResponse:
        """Find the village by its code and choose it."""
        answer = self.browser.submit(
            "/daftar/mulai", {"village": str(self.village.id)}, form=f"/daftar/desa?q={self.village.code}"
        )
        if answer.status_code == 303 and "/pemohon" in answer.location:
            self.home = answer.location.removesuffix("/pemohon")
        return answer

    def introduce(self, **typed: Any) -> TestResponse:
        """The step of the applicant, with a letter."""
        values = {**APPLICANT, "email": self.email, "letter": (picture(), "surat tugas.png"), **typed}
        given = {key: value for key, value in values.items() if value is not None}
        answer = send_form(self.browser, f"{self.home}/pemohon", given)
        if answer.status_code == 303 and answer.location.endswith(("/identitas", "/periksa")):
            self.home = answer.location.rpartition("/")[0]
        return answer

    def identify(self, **typed: Any) -> TestResponse:
        """The step of the village's words, as they stand there already."""
        page = self.browser.get(f"{self.home}/identitas").text
        fields = dict(re.findall(r'<input class="input"[^>]*?value="([^"]*)"[^>]*?name="([^"]+)"', page))
        known = {name: value for value, name in fields.items()}
        return self.browser.submit(f"{self.home}/identitas", {**known, **typed})

    def choose_address(self, slug: str | None = None) -> TestResponse:
        """The step of the address."""
        return self.browser.submit(f"{self.home}/alamat", {"slug": "", "own": slug or self.village.slug})

    def send(self) -> TestResponse:
        """Send it in."""
        return self.browser.submit(f"{self.home}/periksa", {"declared": "1"})

    def fill(self, slug: str | None = None) -> Applicant:
        """Everything up to the summary."""
        for answer in (self.begin(), self.introduce(), self.identify(), self.choose_address(slug)):
            assert answer.status_code == 303, answer.text
        return self

    def letters(self) -> list[Letter]:
        """The letters to this applicant that wait, delivered."""
        return [letter for letter in deliver_letters(self.browser.app) if letter.to == self.email]

    def confirm_link(self) -> str:
        """The path of the link that confirms the e-mail address, from the newest letter."""
        letters = [letter for letter in self.letters() if "/konfirmasi/" in letter.text]
        return link_in(letters[-1])

    def confirm(self) -> TestResponse:
        """Open the letter's link and press the button."""
        return self.browser.submit(self.confirm_link())


MakeApplicant = Callable[..., Applicant]
