"""Settings, from the environment. Nothing is guessed: a value that is not understood stops the start."""

from __future__ import annotations

import ipaddress
import secrets
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.privacy.keys import development_key, parse_master_keys


def parse_addresses(text: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """IP addresses with commas between them, as a list. Raises ValueError for what is none."""
    return [ipaddress.ip_address(part.strip()) for part in text.split(",") if part.strip()]


class Settings(BaseSettings):
    """The whole set. Each name is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        extra="ignore", case_sensitive=False, frozen=True, hide_input_in_errors=True
    )

    environment: Literal["development", "testing", "production"] = "development"
    database_url: str = Field(
        "", description="PostgreSQL as the role siger_app (or PgBouncer in transaction mode)"
    )
    owner_database_url: str = Field("", description="PostgreSQL as siger_owner: worker and command line only")
    redis_url: str = Field("", description="Redis or Valkey")
    secret_key: str = Field("", description="Signs cookies and links; 32 characters or more in production")
    master_keys: str = Field(
        "",
        description="Seal personal data: name:base64 of 32 bytes, commas between; the first one seals, the others open",
    )
    siger_data: Path = Field(Path("var"), description="Folder of files, logs and the embedded servers")
    base_host: str = Field("localhost", description="The province's host; villages live below it")
    public_scheme: Literal["http", "https"] = "http"
    public_port: int = Field(0, ge=0, le=65535, description="Port in links; 0 for the scheme's own")
    public_addresses: str = Field(
        "", description="IP addresses of the front door, commas between; for domains that take no CNAME"
    )
    storage_url: str = Field(
        "", description="Object storage (file:///…, s3://bucket/…); a folder of SIGER_DATA if empty"
    )
    smtp_url: str = Field(
        "", description="smtp://user:password@host:port; letters go to the console if empty"
    )
    mail_from: str = "Siger <siger@localhost>"
    whatsapp_url: str = Field(
        "", description="Gateway that takes messages for WhatsApp; nothing is sent there if empty"
    )
    whatsapp_token: str = Field("", description="What the gateway knows this deployment by")
    bsre_url: str = Field(
        "",
        description="The national e-signature service (BSrE); empty: none in production, a recording twin elsewhere",
    )
    bsre_user: str = Field("", description="This deployment's account at the e-signature service")
    bsre_password: str = ""
    signing_trust: str = Field(
        "",
        description="PEM file of certification authorities recognised in Indonesia; empty: nothing is certified",
    )
    tenant_role_prefix: str = Field("v_", pattern=r"^[a-z][a-z0-9_]{0,20}$")
    province_code: str = Field("18", pattern=r"^\d{2}$")
    db_pool_size: int = Field(4, ge=1, le=16, description="Connections of one process")
    connection_tenant_limit: int = Field(
        150, ge=1, description="A connection is retired after this many villages"
    )
    max_body_bytes: int = Field(6 * 1024 * 1024, description="Largest request body")
    warm_spares: int = Field(3, ge=0, description="Empty schemas kept ready for new villages")
    trusted_proxies: int = Field(
        0, ge=0, description="Proxies in front whose X-Forwarded headers are believed"
    )
    metrics_token: str = Field(
        "", description="What Prometheus shows to read /metrics; empty: only from this very machine"
    )
    sentry_dsn: str = ""
    page_cache: bool = True
    rate_limits: bool = True

    @model_validator(mode="after")
    def _complete(self) -> Self:
        parse_master_keys(self.master_keys)
        if self.environment == "production":
            missing = [
                name.upper()
                for name in ("database_url", "redis_url", "secret_key", "master_keys", "smtp_url")
                if not getattr(self, name)
            ]
            if missing:
                raise ValueError(f"production needs {', '.join(missing)}")
            if len(self.secret_key) < 32:
                raise ValueError("SECRET_KEY must have 32 characters or more")
            if self.public_scheme != "https":
                raise ValueError("production needs PUBLIC_SCHEME=https")
            if self.bsre_url and not self.bsre_url.startswith("https://"):
                raise ValueError("production needs a BSRE_URL that begins with https://")
        parse_addresses(self.public_addresses)
        if self.whatsapp_url and not self.whatsapp_url.startswith(("https://", "http://")):
            raise ValueError("WHATSAPP_URL must begin with https://")
        if self.bsre_url and not self.bsre_url.startswith(("https://", "http://")):
            raise ValueError("BSRE_URL must begin with https://")
        if self.signing_trust and not Path(self.signing_trust).is_file():
            raise ValueError("SIGNING_TRUST names no file")
        return self

    def flask_config(self) -> dict[str, object]:
        """The same settings as Flask and its extensions name them."""
        secret = self.secret_key or secrets.token_hex(32)
        storage = self.storage_url or f"file://{(self.siger_data / 'files').resolve()}"
        return {
            "SETTINGS": self,
            "SECRET_KEY": secret,
            "MASTER_KEYS": parse_master_keys(self.master_keys) or development_key(self.secret_key),
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "OWNER_DATABASE_URL": self.owner_database_url,
            "REDIS_URL": self.redis_url,
            "STORAGE_URL": storage,
            "TESTING": self.environment == "testing",
            "DEBUG": False,
            "MAX_CONTENT_LENGTH": self.max_body_bytes,
            "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
            "BASE_HOST": self.base_host.lower(),
            "PUBLIC_ADDRESSES": parse_addresses(self.public_addresses),
            "PREFERRED_URL_SCHEME": self.public_scheme,
            "SESSION_COOKIE_NAME": "siger_form",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.public_scheme == "https",
            "SESSION_COOKIE_DOMAIN": None,
            "BABEL_DEFAULT_LOCALE": "id",
            "BABEL_DEFAULT_TIMEZONE": "Asia/Jakarta",
            "WTF_CSRF_TIME_LIMIT": 12 * 3600,
            "WTF_CSRF_CHECK_DEFAULT": False,
            "RATELIMIT_ENABLED": self.rate_limits,
        }
