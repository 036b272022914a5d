"""The English catalogue is complete: every sentence of the code has its translation, with the same placeholders."""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import gettext, ngettext, pgettext

from app.core.ui import formats
from tenants.scope import Tenant
from tests.support.visitors import Visitor

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "app" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]")
CALLS = frozenset({"_", "_l", "N_", "gettext", "ngettext", "lazy_gettext", "lazy_ngettext"})
"""Functions whose first argument is a sentence."""

Sentence = tuple[str, str]
"""A context, empty for most, and the msgid."""


@cache
def sentences() -> dict[Sentence, str]:
    """What the code says: each sentence with the place where it stands first."""
    with (ROOT / "app" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    keywords = DEFAULT_KEYWORDS | parse_keywords(["_l", "N_", "lazy_pgettext:1c,2"])
    found: dict[Sentence, str] = {}
    for folder in ("app", "tenants"):
        for name, line, message, _comments, context in extract_from_dir(
            ROOT / folder, methods, options, keywords, (), directory_filter=is_source
        ):
            for single in (message,) if isinstance(message, str) else message:
                found.setdefault((context or "", single), f"{folder}/{name}:{line}")
    return found


def is_source(folder: str | Path) -> bool:
    return Path(folder).name not in ("node_modules", "dist", "__pycache__")


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def translated() -> Iterator[tuple[Message, str, str]]:
    """Each message with the pairs of sentence and translation."""
    for message in catalogue():
        if isinstance(message.id, str) and message.id:
            yield message, message.id, str(message.string)
        elif not isinstance(message.id, str):
            for source, target in zip(message.id, message.string, strict=True):
                yield message, source, target


def test_sentences_of_the_code_are_found() -> None:
    assert len(sentences()) > 800
    assert ("", "Catatan audit") in sentences()
    assert ("device", "Perangkat") in sentences()
    assert ("officer", "Wilayah") in sentences()


def spoken_in(source: str) -> Iterator[tuple[str, int]]:
    """The literal sentences that a module asks translations for, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


def test_no_sentence_hides_from_the_extraction() -> None:
    found = {source for _context, source in sentences()}
    hidden = [
        f"{path.relative_to(ROOT)}:{line}: {sentence}"
        for folder in ("app", "tenants")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in path.parts
        for sentence, line in spoken_in(path.read_text())
        if sentence not in found
    ]
    assert hidden == [], (
        "a sentence inside of an f-string, or under a keyword that `make messages` does not know"
    )


def test_every_sentence_has_an_english_translation() -> None:
    known = {(m.context or "", source) for m, source, target in translated() if target.strip()}
    assert {source: where for source, where in sentences().items() if source not in known} == {}


def test_nothing_is_fuzzy_and_nothing_left_over() -> None:
    assert not catalogue().fuzzy, "a catalogue that is marked as fuzzy is not compiled"
    assert [message.id for message in catalogue() if message.fuzzy and message.id] == []
    spoken = sentences()
    assert [s for m, s, _target in translated() if (m.context or "", s) not in spoken] == []


def test_placeholders_are_the_same() -> None:
    for _message, source, target in translated():
        assert sorted(PLACEHOLDER.findall(source)) == sorted(PLACEHOLDER.findall(target)), source
        if "%(" not in source:
            assert braces(source) == braces(target), source
        assert source.count("\n") == target.count("\n"), source
        assert source.startswith(" ") == target.startswith(" "), source


def braces(text: str) -> list[str]:
    try:
        return sorted(name for _text, name, _format, _conversion in string.Formatter().parse(text) if name)
    except ValueError:
        return []


def test_indonesian_says_surel() -> None:
    noun = re.compile(r"(?<!%\()\b[Ee]-?mail\b")
    assert [source for _context, source in sentences() if noun.search(source)] == []


def test_translation_is_english_and_not_the_indonesian_again() -> None:
    words = re.compile(r"\b(yang|dan|untuk|dengan|tidak|belum|Anda|sudah|dari)\b")
    quoted = re.compile("“[^”]*”")  # names of things in addresses stay what they are
    wrong = {
        source: target for _message, source, target in translated() if words.search(quoted.sub("", target))
    }
    assert wrong == {}


@pytest.mark.parametrize("punctuation", [".", "?", ":"])
def test_sentences_end_as_they_do_in_indonesian(punctuation: str) -> None:
    wrong = {
        source: target
        for _message, source, target in translated()
        if source.rstrip().endswith(punctuation) != target.rstrip().endswith(punctuation)
    }
    assert wrong == {}


def test_mapping_reads_python_and_templates() -> None:
    parser = ConfigParser()
    parser.read(ROOT / "app" / "babel.cfg")
    assert {"python: **.py", "jinja2: **/templates/**.html"} <= set(parser.sections())


def test_one_word_with_two_meanings_has_two_translations(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "siger_lang=en"}):
        assert (gettext("Perangkat"), pgettext("device", "Perangkat")) == ("Officials", "Devices")
        assert (gettext("Wilayah"), pgettext("officer", "Wilayah")) == ("Areas", "Region")
        assert (gettext("Tutup"), pgettext("office hours", "Tutup")) == ("Close", "Closed")
        assert (gettext("Peran"), pgettext("list of roles", "Peran")) == ("Role", "Roles")
        people = [ngettext("%(count)s orang", "%(count)s orang", n, count=n) for n in (1, 2)]
        assert people == ["1 person", "2 people"]


def test_english_pages_use_the_right_meaning(
    app: Flask, village: Tenant, officer: Callable[..., Visitor], staff: Callable[..., Visitor]
) -> None:
    somebody, above = staff(village, "secretary"), officer("province_admin")
    for browser, host in ((somebody, somebody.host), (above, "localhost")):
        browser.client.set_cookie("siger_lang", "en", domain=host)
    assert "Devices" in somebody.get("/akun").text
    assert "Officials" not in above.get("/akun").text
    assert ">Roles<" in somebody.get("/pengaturan/akun").text
    assert ">Region<" in above.get("/akun-wilayah").text
    overview = above.get("/").text
    assert "Provision villages" in overview
    assert "1 desa or kelurahan" in above.get(f"/desa?q={village.code}").text


def test_numbers_and_dates_are_written_in_the_language(app: Flask) -> None:
    moment = dt.datetime(2026, 11, 22, 2, 14, tzinfo=dt.UTC)
    with app.test_request_context(headers={"Cookie": "siger_lang=en"}):
        assert formats.number(12345) == "12,345"
        assert formats.number(1234.5) == "1,234.5"
        assert formats.moment(moment) == "22 November 2026 09:14 WIB"
        assert formats.date(dt.date(2026, 8, 1)) == "1 August 2026"
    with app.test_request_context():
        assert formats.number(12345) == "12.345"
        assert formats.moment(moment) == "22 November 2026 09.14 WIB"
        assert formats.date(dt.date(2026, 8, 1)) == "1 Agustus 2026"


def test_compiled_catalogue_is_what_a_page_speaks(province: Visitor) -> None:
    assert CATALOGUE.with_suffix(".mo").stat().st_mtime >= CATALOGUE.stat().st_mtime, "run make assets"
    assert '<html lang="id"' in province.get("/masuk").text
    province.client.set_cookie("siger_lang", "en", domain="localhost")
    page = province.get("/masuk").text
    assert '<html lang="en"' in page
    assert "Sign in" in page
