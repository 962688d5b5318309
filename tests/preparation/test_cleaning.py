import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_texts import PIECES

from anymood.preparation.cleaning import MAX_CHARACTERS, clean, has_words, without_quotes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" a\t b\r\n\x0bc\u3000d\xa0", "a b c d"),
        ("a\x00b\x07c\u200bd\ufefff\xadg\u202eh", "abcdfgh"),
        ("lone \ud83d and \udc80", "lone and"),
        ("pair \ud83d\ude02", "pair face with tears of joy"),
        ("gone \ufffd here", "gone here"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry red heart"),
        ("twice &amp;lt; escaped &amp;amp;", "twice < escaped &"),
        ("AT&T, R&D, this&not that", "AT&T, R&D, this&not that"),
        ("&#128514; &#x1F602;", "face with tears of joy face with tears of joy"),
        ("it\u2019s \u201cfine\u201d \u2013 so\u2026", 'it\'s "fine" - so...'),
        ("it\xe2\u20ac\u2122s cr\xc3\xa8me", "it's crème"),
        ("\xf0\u0178\u02dc\u201a", "face with tears of joy"),
        ("cafe\u0301", "café"),
        ("\U0001d4f5\U0001d4f8\U0001d4ff\U0001d4ee \uff37\uff4f\uff57", "love Wow"),
        ("na\xefve stays", "naïve stays"),
        ("\ufb01ne \u01c6ep, \uff28\uff29\u3000\uff76\uff9e\uff57", "fine d\u017eep, HI \u30acw"),
        ("gone \ufffc h\xe9re", "gone hére"),
    ],
)
def test_broken_text_is_repaired(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nice\U0001f60aday", "nice smiling face with smiling eyes day"),
        ("\u2764", "red heart"),
        ("\u2764\ufe0f\u2764\ufe0f\u2764\ufe0f", "red heart"),
        ("\U0001f602" * 5 + "\U0001f60d", "face with tears of joy smiling face with heart-eyes"),
        ("\U0001f44d\U0001f3fd = \U0001f44d", "thumbs up = thumbs up"),
        ("\U0001f937\U0001f3fd\u200d\u2640\ufe0f", "woman shrugging"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "family man woman girl"),
        ("\U0001f1fa\U0001f1f8\U0001f1e8\U0001f1e8", "United States Cocos (Keeling) Islands"),
        ("1\ufe0f\u20e3 of 2", "1 of 2"),
        ("five o'clock \U0001f554", "five o'clock five o'clock"),
        ("5 \u2192 6 \u20ac \u2211", "5 \u2192 6 \u20ac \u2211"),
    ],
)
def test_emoji_are_spelt_out(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":) :-) =) :] thanks:)))", "smiling face smiling face smiling face smiling face thanks smiling face"),
        (":( :-( =((", "frowning face frowning face frowning face"),
        (":D =D :-DD lol:D", "grinning face grinning face grinning face lol grinning face"),
        (";) ;-) ;D", "winking face winking face winking face"),
        (":P :p =P ;p", "face with tongue face with tongue face with tongue face with tongue"),
        (":'( :'-(", "crying face crying face"),
        (":') :'D", "face with tears of joy face with tears of joy"),
        (":/ :-\\ :|", "confused face confused face neutral face"),
        (":O :-o :*", "face with open mouth face with open mouth face blowing a kiss"),
        (">:( <3 <333 </3", "angry face red heart red heart broken heart"),
        ("xD XDD", "grinning squinting face grinning squinting face"),
        ("^_^ ^^ -_- -__-", "smiling face with smiling eyes " * 2 + "expressionless face expressionless face"),
        ("T_T ;_; o_O o.O", "loudly crying face loudly crying face" + " face with raised eyebrow" * 2),
        ("(: (-:", "smiling face smiling face"),
        ("great :)!", "great smiling face !"),
    ],
)
def test_emoticons_are_spelt_out(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Re:(update) list=(1,2) cast:[Tom]",
        "at 10:30, 8:0 or 7:05",
        "Re:Dogs and note:Please",
        "x <30 and 3<4",
        "maxD xDay",
        "a list: (one), [two]; (three)",
        "and/or :/usr",
        "snake_case and -_a",
        "foo_o_bar",
        "**bold:** text",
        "a=b; c=d",
    ],
)
def test_what_only_looks_like_an_emoticon_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#BestDayEver", "Best Day Ever"),
        ("#NBAFinals2016", "NBA Finals2016"),
        ("#GoTo #iPhone #happy #WWE", "Go To iPhone happy WWE"),
        ("#best_day_ever", "best day ever"),
        ("#soangry #sosad #ihatemondays #feelinggood", "so angry so sad i hate mondays feeling good"),
        ("#SOSAD #Sosad", "SO SAD so sad"),
        ("#idontcare #ThisIsntFunny #thisisntfunny", "i don't care This Isn't Funny this isn't funny"),
        ("#shouldnthave #cantwait #WONTSTOP #imsorry", "shouldn't have can't wait WON'T STOP I'm sorry"),
        ("#wellness #immer #hadnot", "wellness immer had not"),
        ("#tbt #maga #arsenal", "tbt maga arsenal"),
        ("#feliznavidad #juegodetronos #привет", "feliznavidad juegodetronos привет"),
        ("we are #1 &#50;nd", "we are #1 2nd"),
        ("McDonalds is no hashtag, c# neither", "McDonalds is no hashtag, c# neither"),
    ],
)
def test_hashtags_become_words(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#周末# 开心", "周末 开心"),
        ("今天#周末##天气#真好", "今天 周末 天气 真好"),
        ("\uff03新年\uff0c你好[超话]\uff03", "新年,你好[超话]"),
        ("#BTS# #BestDay#!", "BTS Best Day !"),
        ("我学C#和F#吧", "我学C#和F#吧"),
        ("C# and F# #a #b#c", "C# and F# a b#c"),
        ("#a_b#c_d # e #", "a b#c_d # e #"),
        ("#مصر#سوريا", "مصر#سوريا"),
        ("##$$## oh #$%#$%#!", "##$$## oh #$%#$%#!"),
    ],
)
def test_topics_of_weibo_lose_both_signs(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_a_long_text_is_capped_at_once() -> None:
    assert clean("ab " * 4_000_000) == ("ab " * 4000)[:MAX_CHARACTERS].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I hate this https://news.example/best-love-happy-great", "I hate this http"),
        ("http://t.co/Xz https://a.org/?q=1&x=(1):D www.a.org/:D", "http"),
        ("see pic.twitter.com/Q, t.co/abc and htt\u2026", "see http and http"),
        ("https://a.org/#BestDay", "http"),
        ("the http status, an httpd and awww.", "the http status, an httpd and aw."),
        ("@HappySmile @LovelyBest: no", "@user @user: no"),
        ("@a @b @c hi", "@user hi"),
        ("@xD <3@anna", "@user red heart @user"),
        ("@bo@mastodon.example thanks", "@user thanks"),
        ("@ana.b.99 and @bo-c.bsky.example: thanks @di.", "@user and @user: thanks @user."),
        ("@ana.Thanks, @bo... @di-great", "@user.Thanks, @user... @user-great"),
        ("@ana.14Thanks", "@user.14Thanks"),  # a part of a word is no part of a name: cleaned again, it stays
        ("mail a@b.example", "mail a@b.example"),
        ("HTTPS://A.ORG PIC.TWITTER.COM/q p\u0131c.twitter.com/\xe9 T.CO/x WWW.a.b", "http"),
        ("@a http://x @a @b", "@user http @user"),
    ],
)
def test_links_and_user_names_become_tokens(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Worst day ever<br />I am so sad</p>", "Worst day ever I am so sad"),
        ("<p>great<br>awful</p><p>I love it</p>", "great awful I love it"),
        ("<p></p>", ""),
        (
            '<span class="h-card"><a href="https://m.example/@bo" class="mention">@<span>bo</span></a></span> hi',
            "@user hi",
        ),
        ('<a href="https://m.example/tags/love" class="hashtag">#<span>love</span></a>', "love"),
        (
            'so <a href="https://news.example/best"><span class="invisible">https://</span><span class="ellipsis">'
            'news.example/best-love</span><span class="invisible">-happy</span></a>',
            "so http",
        ),
        ("<b>Tom</b> &amp; <i>Jerry</i>", "Tom & Jerry"),
        ("a <3 b, 1 < 2 > 0, <me>", "a red heart b, 1 < 2 > 0, <me>"),
        ("[This](https://e.example/great-love-best) is terrible", "This is terrible"),
        ("![a happy dog](https://e.example/dog.png) no", "no"),
        ("[sic] (see below)", "[sic] (see below)"),
    ],
)
def test_markup_is_reduced_to_its_words(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am sooooo saaaaad", "I am so sad"),
        ("Sooooo haaaappyyyyy", "So happy"),
        ("yaaaaay weeeeekend, goooood nooooo", "yay weekend, good no"),
        ("holaaaa qu\xe9 tal, \u062c\u0645\u064a\u064a\u064a\u064a\u0644", "hola qu\xe9 tal, \u062c\u0645\u064a\u0644"),
        ("kkkkkk zzzzz XXXX", "kkk zzz XXX"),
        ("World War III, Mississippi, 1000000", "World War III, Mississippi, 1000000"),
        ("no!!!!!! why????? well......", "no!!! why??? well..."),
    ],
)
def test_elongated_words_become_plain_ones(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it isnt, DONT, wont, Cant", "it isn't, DON'T, won't, Can't"),
        ("ici la fille dont je parle", "ici la fille dont je parle"),
        ("la cit\xe9 dont il parle", "la cit\xe9 dont il parle"),
        ("I dont know", "I don't know"),
        ("mount, faint, want", "mount, faint, want"),
    ],
)
def test_contractions_get_their_apostrophe(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("text", ["", "http", "@user", "@user http @user"])
def test_links_and_names_alone_are_not_words(text: str) -> None:
    assert not has_words(text)
    assert has_words(f"{text} no")


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_any_text_is_cleaned_to_printable_words(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == " ".join(cleaned.split())
    assert cleaned.isprintable()
    cleaned.encode()  # no surrogates


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["", " "]))
def test_a_clean_text_stays_as_it_is(parts: list[str], between: str) -> None:
    cleaned = clean(between.join(parts))
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> so sad\n\nI love it", "I love it"),
        (">so sad\nI love it\n>> awful\n👍", "I love it thumbs up"),
        ("&gt; so sad\nI love it", "I love it"),
        ("&amp;gt; so sad\nI love it", "I love it"),
        ("On 15 Jan 2024, at 10:30, Bo <bo@example.org> wrote:\n> so sad\n\nI love it", "I love it"),
        ("Am 15.01.2024 um 10:30 schrieb Bo:\r\n\r\n> so sad\r\nschön", "schön"),
        ("<blockquote><p>so<br>sad</p></blockquote><p>I love it</p>", "I love it"),
        ("<p>I love it</p><blockquote>so sad</blockquote>", "I love it"),
    ],
)
def test_quoted_lines_are_not_the_authors(text, own):
    assert clean(text) == own


@pytest.mark.parametrize(
    "text",
    [
        "> so sad",
        ">be me\n>so sad",
        "5 > 3\nso sad",
        "> 5 people\nso sad",
        ">:(\nso sad",
        ">_< so sad\nx",
        ">!so sad!<\nI know",
        "-> so sad",
        "a\n>",
    ],
)
def test_lines_that_are_not_quoted_stay(text):
    assert without_quotes(text) == text


def test_words_beside_quoted_lines_keep_their_places():
    text = "> so sad\nI love it\n> awful"
    own = without_quotes(text)
    assert (len(own), own.split()) == (len(text), ["I", "love", "it"])
    assert own.index("love") == text.index("love")
