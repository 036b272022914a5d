"""Sealed objects: what lies in the storage is not what was put there, and opens in its place alone."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask

from app.core.files.storage import ObjectMissing, get_object, put_object
from app.core.privacy.files import MAX_BYTES, delete_sealed, get_sealed, object_path, put_sealed
from app.core.privacy.vault import SealBroken, open_vault
from app.extensions import db
from tenants.scope import Tenant, tenant_scope

PLAIN = b"%PDF a family card with 1806014507900001 on it"


def test_what_lies_in_the_storage_is_sealed(app: Flask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        vault = open_vault(for_writing=True)
        digest = put_sealed("documents/1", PLAIN, vault)
        db.session.commit()
        stored = get_object(object_path("documents/1"))
        assert digest == hashlib.sha256(PLAIN).digest()
        assert b"1806014507900001" not in stored
        assert get_sealed("documents/1", open_vault()) == PLAIN


def test_an_object_opens_in_its_own_place_and_village_alone(app: Flask, make_village) -> None:  # type: ignore[no-untyped-def]
    one, other = make_village(), make_village()
    with app.app_context():
        with tenant_scope(one):
            put_sealed("documents/1", PLAIN, open_vault(for_writing=True))
            db.session.commit()
            stored = get_object(object_path("documents/1"))
            put_object(object_path("documents/2"), stored)
            with pytest.raises(SealBroken):
                get_sealed("documents/2", open_vault())
            put_object(object_path("documents/1"), stored[:-1] + bytes((stored[-1] ^ 1,)))
            with pytest.raises(SealBroken):
                get_sealed("documents/1", open_vault())
        with tenant_scope(other):
            put_object(object_path("documents/1"), stored)
            with pytest.raises(SealBroken):
                get_sealed("documents/1", open_vault())


def test_an_object_goes_with_the_commit_and_stays_without_it(app: Flask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            put_sealed("documents/1", PLAIN, open_vault(for_writing=True))
            db.session.commit()
        with tenant_scope(village):
            vault = open_vault(for_writing=True)
            delete_sealed("documents/1")
            db.session.rollback()
            open_vault(for_writing=True)
            db.session.commit()
            assert get_sealed("documents/1", vault) == PLAIN
        with tenant_scope(village):
            vault = open_vault(for_writing=True)
            delete_sealed("documents/1")
            db.session.commit()
            with pytest.raises(ObjectMissing):
                get_sealed("documents/1", vault)


def test_nothing_larger_than_said_is_taken(app: Flask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village), pytest.raises(ValueError, match="too many"):
        put_sealed("documents/1", bytes(MAX_BYTES + 1), open_vault())
