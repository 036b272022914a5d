"""Searching by all 16 digits of a NIK or KK number without the number ever standing in an address.

A number is turned into its two blind indexes as soon as it arrives; the digits are forgotten. The search form posts,
so that no address, history or access log holds them. What was searched for lives ten minutes in Redis under a random
token, and that is what the addresses of the result (pages, sorting, going back) carry. Redis holds the blind indexes
only: who reads it learns no number. While Redis is away the result is shown as the answer to the form itself.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import redis

from app.core.privacy.vault import INDEX_BYTES, Vault, open_vault
from app.extensions import cache
from tenants.cache import CacheAway
from tenants.keys import tenant_key

TOKEN_SECONDS = 600
TOKEN_BYTES = 18
NUMBER_DIGITS = 16
MANY_DIGITS = 5
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{24}$")
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class NumberSearch:
    """A NIK or KK number that is searched for: its blind indexes, and the token that stands for it in addresses."""

    nik_index: bytes
    kk_index: bytes
    token: str = ""


def digits_of(text: str) -> str | None:
    """The digits of a text that is meant as a number (five or more of them), else None: names hold no digits."""
    digits = _NOT_DIGITS.sub("", text)
    return digits if len(digits) >= MANY_DIGITS else None


def search_for(digits: str, vault: Vault | None = None) -> NumberSearch:
    """The blind indexes of 16 digits, both as a NIK and as a KK number. One query when no vault is given."""
    vault = vault or open_vault()
    return NumberSearch(vault.index("nik", digits), vault.index("kk", digits))


def keep_search(search: NumberSearch) -> NumberSearch:
    """Keep a search for ten minutes and return it with its token; without one while Redis is away."""
    token = secrets.token_urlsafe(TOKEN_BYTES)

    def keep(client: redis.Redis) -> None:
        client.set(_key(token), search.nik_index + search.kk_index, ex=TOKEN_SECONDS)

    try:
        cache.ask(keep)
    except CacheAway:
        return search
    return NumberSearch(search.nik_index, search.kk_index, token)


def kept_search(token: str) -> NumberSearch | None:
    """What a token stands for in this village; None when it is unknown or over, or Redis is away."""
    if not _TOKEN.match(token):
        return None
    kept = cache.try_ask(lambda client: client.get(_key(token)), None)
    if not isinstance(kept, bytes) or len(kept) != 2 * INDEX_BYTES:
        return None
    return NumberSearch(kept[:INDEX_BYTES], kept[INDEX_BYTES:], token)


def _key(token: str) -> str:
    return tenant_key("residents", "number", token)
