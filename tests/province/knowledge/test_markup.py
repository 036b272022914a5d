"""What people write in an article becomes structure, and never HTML of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.province.knowledge import markup


def drawn(source: str) -> str:
    """The article where pages, guides and pictures of known names lead somewhere."""
    known = {
        ("page", "residents.index"): "/penduduk",
        ("guide", "a"): "/panduan/a",
        ("picture", "p"): "/p.webp",
    }
    return str(markup.draw(source, lambda kind, name: known.get((kind, name))))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Satu\ndua\n\ntiga", "<p>Satu dua</p>\n<p>tiga</p>"),
        ("## Judul\nisi", "<h2>Judul</h2>\n<p>isi</p>"),
        ("### Anak", "<h3>Anak</h3>"),
        ("1. a\n2. b", '<ol start="1"><li>a</li><li>b</li></ol>'),
        ("3. c", '<ol start="3"><li>c</li></ol>'),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("> awas", '<p class="guide-note">awas</p>'),
        ("Tekan **Simpan**.", "<p>Tekan <b>Simpan</b>.</p>"),
        ("[Penduduk](page:residents.index)", '<p><a href="/penduduk">Penduduk</a></p>'),
        ("[Tidak ada](page:tidak.ada)", "<p><b>Tidak ada</b></p>"),
        ("[Lain](guide:a)", '<p><a href="/panduan/a">Lain</a></p>'),
        ("![x](picture:tidak-ada)", ""),
        ("<script>x</script> **<i>**", "<p>&lt;script&gt;x&lt;/script&gt; <b>&lt;i&gt;</b></p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("", ""),
    ],
)
def test_structure_is_made_of_the_markup_alone(typed: str, shown: str) -> None:
    assert drawn(typed) == shown


def test_a_picture_says_what_it_shows_and_nothing_escapes_its_attributes() -> None:
    shown = drawn('![Kotak "pencarian" <b>](picture:p)')
    assert 'src="/p.webp"' in shown
    assert 'alt="Kotak &#34;pencarian&#34; &lt;b&gt;"' in shown


def test_an_address_can_not_leave_its_attribute() -> None:
    shown = drawn('[x](https://a.id/"onmouseover="alert(1))')
    assert '"onmouseover' not in shown


@given(st.text(alphabet="<>\"'&*[]()!#-1. \nab:/", max_size=120))
def test_no_tag_but_ours_ever_comes_out(typed: str) -> None:
    import re

    tags = set(re.findall(r"</?([a-z0-9]+)", drawn(typed)))
    assert tags <= {"p", "b", "a", "h2", "h3", "ul", "ol", "li", "figure", "img", "figcaption"}


def test_words_of_the_screen_pictures_and_targets_are_found() -> None:
    source = "Tekan **Simpan** lalu **Batal** dan **Simpan**.\n\n![x](picture:satu)\n\n[y](guide:dua) [z](page:a.b)"
    assert markup.labels(source) == ["Simpan", "Batal"]
    assert markup.pictures(source) == ["satu"]
    assert markup.targets(source, "guide") == ["dua"]
    assert markup.targets(source, "page") == ["a.b"]
    assert markup.plain("**Tekan** [ini](guide:x)") == "Tekan ini"
