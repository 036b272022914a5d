"""What people write becomes paragraphs, lists and links, and never HTML of their own."""

from __future__ import annotations

import pytest

from app.province.announcements.text import short_text, shown_text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Satu\ndua\n\ntiga", "<p>Satu<br>dua</p>\n<p>tiga</p>"),
        (
            "Bawa:\n- KTP\n- KK\nTerima kasih",
            "<p>Bawa:</p>\n<ul><li>KTP</li><li>KK</li></ul>\n<p>Terima kasih</p>",
        ),
        ("2. dua\n3) tiga", '<ol start="2"><li>dua</li><li>tiga</li></ol>'),
        ("- a\n1. b", '<ul><li>a</li></ul>\n<ol start="1"><li>b</li></ol>'),
        ("<script>x</script> & co", "<p>&lt;script&gt;x&lt;/script&gt; &amp; co</p>"),
        ("- <b>tebal</b>", "<ul><li>&lt;b&gt;tebal&lt;/b&gt;</li></ul>"),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        ("", ""),
    ],
)
def test_structure_is_made_of_lines_alone(typed: str, shown: str) -> None:
    assert str(shown_text(typed)) == shown


def test_addresses_become_links_without_the_dot_behind_them() -> None:
    shown = str(shown_text("Lihat https://a.go.id/x?y=1&z=2. Lalu (http://b.id)"))
    assert 'href="https://a.go.id/x?y=1&amp;z=2"' in shown
    assert "</a>. Lalu (" in shown
    assert 'href="http://b.id"' in shown


def test_a_quotation_mark_ends_an_address() -> None:
    shown = str(shown_text('https://a.id/"onmouseover=alert(1)'))
    assert 'href="https://a.id/"' in shown
    assert 'onmouseover="' not in shown
    assert "&#34;onmouseover=alert(1)" in shown


def test_lists_show_the_beginning() -> None:
    assert short_text("satu\n\ndua") == "satu dua"
    long = short_text("kata " * 80)
    assert len(long) <= 161
    assert long.endswith("kata…")
