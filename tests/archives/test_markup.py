import pytest

from anymood.archives.markup import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one<br />two</p><p>three &amp; &lt;four&gt;</p>", "one\ntwo\n\nthree & <four>"),
        ("<p></p>", ""),
        ("plain", "plain"),
        ('<p><span class="h-card"><a href="https://m.example/@bo">@<span>bo</span></a></span> hi</p>', "@bo hi"),
        ('<a href="https://m.example/tags/love" rel="tag">#<span>love</span></a>', "#love"),
        (
            '<p>see <a href="https://e.example/a-b"><span class="invisible">https://</span>'
            '<span class="ellipsis">e.example/a</span><span class="invisible">-b</span></a></p>',
            "see https://e.example/a-b",
        ),
        ('<p class="quote-inline">RE: <a href="x">x</a></p><p>mine</p>', "mine"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("<blockquote><p>so<br>sad</p></blockquote>\n<p>same</p>", "> so\n> sad\n\nsame"),
        ("<script>no</script>yes", "yes"),
        ("I <3 you & me", "I <3 you & me"),
        ("<p>not closed <b>bold", "not closed bold"),
    ],
)
def test_plain_text(markup, text):
    assert plain_text(markup) == text
