"""The desk's pages: what waits, making a letter step by step, what is done with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.types import letter_types, sample_form
from app.government.residents.models import Resident
from tenants.ids import uuid7
from tenants.scope import Tenant, tenant_scope
from tests.support import letters, residents
from tests.support.people import Person


def test_x(app: Flask, village: Tenant, staff: Callable[..., Person]) -> None:
    clerk = staff(village)
    waiting = letters.a_request(app, village)
    done = letters.an_issued_letter(app, village)
    resident = residents.a_resident(app, village, name="SITI AMINAH")
    for path in ("/surat", "/surat?lihat=terbit", f"/surat/{waiting}", f"/surat/{done}", "/surat/baru", "/surat/baru?cari=siti", f"/surat/baru?penduduk={resident}", f"/surat/baru?penduduk={resident}&jenis=sktm", "/surat/baru?luar=1&jenis=sktm", f"/surat/{waiting}/ubah", f"/surat/{waiting}/tolak", f"/surat/{waiting}/batal", f"/surat/{done}/serahkan", f"/penduduk/{resident}", "/surat/massal", f"/surat/{done}/berkas"):
        answer = clerk.get(path)
        print(path, answer.status_code)
        assert answer.status_code == 200, answer.text[:3000]
