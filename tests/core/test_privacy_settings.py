"""MASTER_KEYS: what is not understood stops the start, with a sentence that gives no key away."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from app.core.privacy.keys import UnknownKey, current_key_id, parse_master_keys, village_keys
from app.settings import Settings
from tenants.ids import uuid7

KEY = base64.b64encode(b"a key of 32 bytes, for the tests").decode()
OTHER = base64.b64encode(b"another one, 32 bytes long, also").decode()
SECRET = "a secret of more than 32 characters, for the tests"
PRODUCTION = {
    "environment": "production",
    "database_url": "postgresql+psycopg://siger_app:x@127.0.0.1/siger",
    "redis_url": "redis://127.0.0.1:6379/0",
    "secret_key": SECRET,
    "smtp_url": "smtp://127.0.0.1",
    "public_scheme": "https",
}


def test_the_first_key_seals_and_all_are_known() -> None:
    keys = parse_master_keys(f"2027:{KEY}, 2026:{OTHER}")
    assert list(keys) == ["2027", "2026"]
    assert all(len(key) == 32 for key in keys.values())


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f":{KEY}",
        f"2026:{KEY[:-4]}",
        f"2026:{KEY}x",
        f"2026 {KEY}",
        f"a name with spaces:{KEY}",
        f"{'x' * 33}:{KEY}",
        f"2026:{KEY};2027:{OTHER}",
        f"2026:{KEY},2026:{OTHER}",
        "2026:",
    ],
)
def test_a_malformed_one_is_refused_with_a_sentence_that_holds_no_key(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{**PRODUCTION, "master_keys": text})  # type: ignore[arg-type]
    said = str(refused.value)
    assert "MASTER_KEYS" in said
    assert KEY[:12] not in said
    assert OTHER[:12] not in said
    assert SECRET not in said


def test_production_does_not_start_without_one() -> None:
    with pytest.raises(ValidationError, match="production needs MASTER_KEYS") as refused:
        Settings(**PRODUCTION)  # type: ignore[arg-type]
    assert SECRET not in str(refused.value)
    assert Settings(**PRODUCTION, master_keys=f"2026:{KEY}").flask_config()["MASTER_KEYS"] == {  # type: ignore[arg-type]
        "2026": base64.b64decode(KEY)
    }


def test_elsewhere_it_follows_from_the_secret_key_and_from_nothing_else() -> None:
    def keys(**values: str) -> object:
        return Settings(environment="development", **values).flask_config()["MASTER_KEYS"]  # type: ignore[arg-type]

    assert keys(secret_key=SECRET) == keys(secret_key=SECRET)
    assert keys(secret_key=SECRET) != keys(secret_key=SECRET + "!")
    assert keys() == {}


def test_without_any_key_nothing_is_sealed() -> None:
    from flask import Flask

    app = Flask("empty")
    app.config["MASTER_KEYS"] = {}
    with app.app_context():
        with pytest.raises(UnknownKey, match="needs MASTER_KEYS"):
            current_key_id()
        with pytest.raises(UnknownKey):
            village_keys(uuid7(), "dev")
