"""The English catalogue is complete: every sentence of the code has its translation, with the same placeholders."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.support.visitors import Visitor

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "app" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]")


@cache
def sentences() -> dict[str, str]:
    """What the code says: each msgid with the place where it stands first."""
    with (ROOT / "app" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    keywords = DEFAULT_KEYWORDS | parse_keywords(["_l", "N_"])
    found: dict[str, str] = {}
    for folder in ("app", "tenants"):
        for name, line, message, _comments, _context in extract_from_dir(
            ROOT / folder, methods, options, keywords, (), directory_filter=is_source
        ):
            for single in (message,) if isinstance(message, str) else message:
                found.setdefault(single, f"{folder}/{name}:{line}")
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
    assert "Catatan audit" in sentences()


def test_every_sentence_has_an_english_translation() -> None:
    known = {source for _message, source, target in translated() if target.strip()}
    assert {source: where for source, where in sentences().items() if source not in known} == {}


def test_nothing_is_fuzzy_and_nothing_left_over() -> None:
    assert not catalogue().fuzzy, "a catalogue that is marked as fuzzy is not compiled"
    assert [message.id for message in catalogue() if message.fuzzy and message.id] == []
    assert sorted(source for _message, source, _target in translated() if source not in sentences()) == []


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


def test_translation_is_english_and_not_the_indonesian_again() -> None:
    words = re.compile(r"\b(yang|dan|untuk|dengan|tidak|belum|Anda|sudah|dari)\b")
    wrong = {source: target for _message, source, target in translated() if words.search(target)}
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


def test_compiled_catalogue_is_what_a_page_speaks(province: Visitor) -> None:
    assert CATALOGUE.with_suffix(".mo").stat().st_mtime >= CATALOGUE.stat().st_mtime, "run make assets"
    assert '<html lang="id"' in province.get("/masuk").text
    province.client.set_cookie("siger_lang", "en", domain="localhost")
    page = province.get("/masuk").text
    assert '<html lang="en"' in page
    assert "Sign in" in page
