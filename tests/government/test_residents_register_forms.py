"""Entering and correcting residents through the pages: sentences, masks, two clerks, forms that are sent twice."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.government.residents.models import Household, LifeEvent, Resident
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.residents import a_family, a_household, a_nik, a_resident

Staff = Callable[..., Person]


def test_form_new(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    household, people = a_family(app, village)
    page = clerk.get(f"/penduduk/tambah?keluarga={household}&hubungan=4")
    assert page.status_code == 200
    assert clerk.get("/penduduk/tambah").status_code == 200
    assert clerk.get(f"/penduduk/{people[0]}/ubah").status_code == 200
    assert clerk.get("/keluarga/tambah").status_code == 200
    assert clerk.get(f"/keluarga/{household}/ubah").status_code == 200
    assert clerk.get(f"/keluarga/{household}/anggota").status_code == 200
    answer = clerk.submit("/penduduk/tambah", {"name": "BUDI", "sex": "1", "birth_date": "1980-01-02"})
    assert answer.status_code == 303, answer.text
    answer = clerk.submit("/penduduk/duplikat", {"name": "BUDI", "birth_date": "1980-01-02"}, form="/penduduk/tambah")
    answer = clerk.submit("/penduduk/tambah/keluarga", {"cari": "WARGA"}, form="/penduduk/tambah")
    assert str(household) in answer.text
