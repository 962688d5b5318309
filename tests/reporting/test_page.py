import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import combinations, pairwise

import numpy as np
import pytest
from scored_tables import table, write_csv

import anymood
from anymood.reporting.page.charts import distinct, line_plot, tick_names
from anymood.reporting.page.markup import COLOURS, colours, isolated_label, markdown, paint, percent, points

VOID = {"meta", "br", "img", "path"}


class Balance(HTMLParser):
    """Checks that every element is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page(csv_file, corrected):
    return anymood.report(csv_file, model=corrected.folder, by="campaign").to_html()


def parsed(page):
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_elements_are_closed_and_nothing_is_requested(page):
    seen = parsed(page)
    addresses = [
        attrs[name] for _, attrs in seen for name in ("src", "href", "srcset", "action", "data") if name in attrs
    ]
    assert all(value.startswith(("data:", "#")) for value in addresses)
    assert "url(" not in page
    assert "@import" not in page
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in seen}


def test_every_chart_has_words_and_a_table(page):
    seen = parsed(page)
    charts = [attrs for _, attrs in seen if attrs.get("role") == "img"]
    assert len(charts) >= 5
    assert all(attrs["aria-label"] for attrs in charts)
    captions = re.findall(r"<caption>(.*?)</caption>", page)
    assert {"Shares of the labels", "Shares by period", "Shares by group", "Shares by group and period"} <= set(
        captions
    )
    headings = [int(tag[1]) for tag, _ in seen if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))


def test_the_main_points(tmp_path, corrected):
    sad, glad = table(200, 1, (0.7, 0.2, 0.1)), table(200, 2, (0.1, 0.2, 0.7))
    rows = [row | {"created": f"2024-05-0{1 + (row in glad)}T12:00:00Z", "team": name}
            for group, name in ((sad, "blue"), (glad, "red")) for row in group]  # fmt: skip
    path = write_csv(tmp_path / "s.csv", rows)
    page = anymood.report(path, model=corrected.folder, by="team", every="day").to_html()
    points = re.sub("<[^>]+>", "", re.search(r"<h3>Main points</h3>(<ul>.*?</ul>)", page)[1].replace("</li>", "\n"))
    assert re.search(r"^2 May 2024: negative \d+\.\d points lower than on the previous day\.$", points, re.M)
    assert re.search(r"^positive, by team: from \d+% \(blue\) to \d+% \(red\)\.$", points, re.M)
    assert re.search(r"^Words of negative posts: .*queue", points, re.M)


def test_nothing_stands_out(tmp_path, bundle):
    rows = [row | {"text": "", "created": ""} for row in table(40)]
    assert "Main points" not in anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder).to_html()


def test_groups_with_few_posts_in_a_period_are_not_drawn(tmp_path, bundle):
    rows = [row | {"campaign": "rare" if n % 4 == 0 else "common"} for n, row in enumerate(table(400))]
    rows += [row | {"campaign": "common"} for row in table(400, 1)]
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="campaign").to_html()
    assert 'fewer than 10 posts: <bdi dir="auto">rare</bdi>.' in page
    assert page.count("Shares in common over time.") == 1
    assert "Shares in rare over time." not in page


def test_periods_show_their_values(page):
    assert re.search(r"<title>1 May 2024: negative \d+% \(\d+% to \d+%\)</title>", page)
    assert "<title>1 May 2024: 15</title>" in page


def test_copies_that_change_nothing(tmp_path, bundle):
    certain = {"label": "neutral", "p_negative": "0", "p_neutral": "1", "p_positive": "0"}
    rows = [row | certain for row in table(60)]
    rows[1]["text"] = rows[0]["text"] = "one two three four five six"
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder).to_html()
    assert "the shares would be the same." in page


def test_images_that_are_not_found_are_reported(page, tmp_path, corrected):
    message = r"\d+ images? not shown\. .* relative to the folder of the table, or to that of --image-folder\."
    assert not re.search(message, page)
    rows = [
        row | ({"used": "image", "image": "gone.jpg"} if number % 2 else {}) for number, row in enumerate(table(60))
    ]
    assert re.search(message, anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder).to_html())


def test_the_content_of_posts_is_escaped(tmp_path, corrected):
    evil = '<script>alert(1)</script><img src=x onerror="x">\u202e\x00"\'&</style>'
    rows = table(60)
    for row in rows:
        row |= {"text": evil + row["text"], "id": evil, "campaign": evil, "problem": evil, "reason": evil}
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder, by="campaign", title=evil)
    page = report.to_html()
    tags = {tag for tag, _ in parsed(page)}
    assert "script" not in tags
    assert not any("onerror" in attrs for _, attrs in parsed(page))
    assert "\x00" not in page


def test_texts_keep_their_own_direction(tmp_path, corrected):
    rows = table(30)
    for row in rows:
        row["text"] = "\u062d\u0641\u0644\u0629 \u0631\u0627\u0626\u0639\u0629"
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder).to_html()
    quotes = [attrs for tag, attrs in parsed(page) if tag == "blockquote"]
    assert quotes
    assert all(attrs["dir"] == "auto" for attrs in quotes)


def test_posts_unlike_the_labelled_ones_cause_a_warning(tmp_path, corrected):
    rows = table(200)
    for number, row in enumerate(rows):
        words = [f"w{chr(97 + number % 26)}{chr(97 + place)}{chr(97 + number // 26)}" for place in range(6)]
        row |= {"p_negative": "0.34", "p_neutral": "0.33", "p_positive": "0.33", "text": " ".join(words)}
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder)
    assert report.method.misfit > 0.3
    assert "are unlike the labelled posts" in report.to_html()


def test_long_names_of_groups_remain_distinct():
    start = "Brandwatch Mentions Export Brewhouse UK "
    names = [f"{start}2024-09.csv", f"{start}2024-10.csv", "all others", f"{start}"]
    assert distinct(names) == ["…2024-09.csv", "…2024-10.csv", "all others", names[3]]
    assert distinct(["a" * 30 + "b", "a" * 30 + "c", "a" * 30]) == ["…b", "…c", "a" * 30]
    assert distinct(["Instagram", "Instagram stories", "x" * 50]) == ["Instagram", "Instagram stories", "x" * 50]


def test_charts_without_a_line_are_left_out(tmp_path, corrected):
    page = anymood.report(write_csv(tmp_path / "s.csv", table(12)), model=corrected.folder).to_html()
    [time] = re.findall(r"<figcaption>[^<]*by the column.*?</figure>", page)
    assert "All periods have fewer than 10 posts, so nothing is drawn" in time
    assert time.count('class="plot') == 1  # of the numbers of posts


def test_posts_of_one_time_have_no_chart_over_time(tmp_path, corrected):
    rows = [row | {"created": "2024-05-01T12:00:00Z"} for row in table(60)]
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder).to_html()
    assert re.search(r"All posts with a time are of one hour \(UTC\), by the column .*: 1 May 2024, 12:00\.</p>", page)
    assert 'class="plot' not in page


def test_days_have_no_clock(tmp_path, corrected):
    rows = [row | {"created": "2024-05-01"} for row in table(60)]
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder).to_html()
    assert "All posts with a time are of one day (UTC)" in page
    assert "2024-05-01" in page
    assert "00:00" not in page


def test_a_modality_of_all_posts_is_a_sentence(page, tmp_path, corrected):
    assert "All posts were predicted from text alone." in page
    rows = [row | ({"used": "image"} if number % 2 else {}) for number, row in enumerate(table(60))]
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder).to_html()
    assert "Modalities of the posts" in page
    assert "image alone" in page
    assert "text and image <b>" not in page  # of no post


def test_the_year_is_named_where_it_changes():
    names = tick_names([f"{2023 + month // 12}-{month % 12 + 1:02d}-01T00:00:00Z" for month in range(20)], "month")
    assert names[:2] == ["Jan 2023", "Feb 2023"]
    plot = line_plot([], names, top=1, described="")
    assert re.findall(r">(\w{3}(?: \d{4})?)</span>", plot) == [
        "Jan 2023",
        "Apr",
        "Jul",
        "Oct",
        "Jan 2024",
        "Apr",
        "Jul",
    ]


def test_counted_shares_say_that_they_are_not_corrected(csv_file, bundle):
    page = anymood.report(csv_file, model=bundle.folder).to_html()
    assert "not corrected" in page
    assert "--labelled" in page


@pytest.mark.parametrize(
    "labels",
    [
        ("negative", "neutral", "positive"),
        ("anger", "disgust", "fear", "joy", "sadness", "surprise"),
        ("spam", "ham"),
        ("negative", "positive"),
        tuple("abcdefghijkl"),
        ("anger", *map(str, range(60))),
    ],
)
def test_each_label_has_a_colour_of_its_own(labels):
    assert len(set(colours(labels).values())) == len(labels)


# Colours in linear RGB as people without green or red cones see them (Machado et al. 2009), and their Oklab values.
SEEN = {
    "all cones": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}
CONES = [[0.41222, 0.53633, 0.05145], [0.2119, 0.6807, 0.1074], [0.0883, 0.28172, 0.62998]]
OKLAB = [[0.21045, 0.79362, -0.00407], [1.978, -2.42859, 0.45059], [0.0259, 0.78277, -0.80868]]


def linear_colours(mode):
    """The colours of a mode of the page as linear RGB (3,), by name."""
    css = (files("anymood.reporting.page") / "page.css").read_text(encoding="utf-8")
    part = css.split("@media (prefers-color-scheme: dark)")[mode == "dark"]
    found = re.findall(r"--([a-z]+): #(\w{6});", part)
    values = {name: np.array([*bytes.fromhex(value)]) / 255 for name, value in found}
    return {name: np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4) for name, x in values.items()}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_stand_out_from_the_background(mode):
    luminance = {name: colour @ [0.2126, 0.7152, 0.0722] for name, colour in linear_colours(mode).items()}
    for name in COLOURS:
        low, high = sorted((luminance[name], luminance["ground"]))
        assert (high + 0.05) / (low + 0.05) >= 3, name  # as WCAG asks of graphics


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_differ_for_colour_blind_readers(mode, seen):
    linear = linear_colours(mode)
    values = [OKLAB @ np.cbrt(CONES @ np.clip(SEEN[seen] @ linear[name], 0, 1)) for name in COLOURS]
    assert len(COLOURS) == 12
    assert min(np.linalg.norm(a - b) for a, b in combinations(values[:7], 2)) > 0.08
    assert min(np.linalg.norm(a - b) for a, b in combinations(values, 2)) > 0.05


def test_further_colours_are_mixed_with_the_background():
    assert paint("blue") == "var(--blue)"
    assert paint("blue-1") == "color-mix(in oklab, var(--blue) 55%, var(--ground))"
    assert paint("blue-2") == "color-mix(in oklab, var(--blue) 30%, var(--ground))"


def test_numbers():
    assert [percent(x) for x in (0, 0.004, 0.384, 1)] == ["0%", "&lt;1%", "38%", "100%"]
    assert [percent(x, 1) for x in (0, 0.0004, 0.384)] == ["0.0%", "&lt;0.1%", "38.4%"]
    assert [points(x) for x in (0.123, -0.05)] == ["+12.3", "\u22125.0"]


def test_model_cards_are_escaped():
    html = markdown(
        "# A\n\n| a | b |\n|---|---|\n| 1 | <script> |\n\n![x](http://a.example/x.png) [y](javascript:z)",
        images=False,
    )
    assert "<table>" in html
    assert "<script>" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_long_labels_are_shortened_before_they_are_escaped():
    assert isolated_label("<b>" + "like " * 19) == f'<bdi dir="auto">&lt;b&gt;{"like " * 11}l…</bdi>'


def test_many_labels_one_of_them_right_to_left_one_of_no_post(tmp_path, bundle):
    names = ["أخبار", *"bcdefghijklm"]
    rows = [
        {"text": f"post {number}", "created": f"2024-05-{1 + number % 4:02d}", "team": "red", "used": "text"}
        | {"label": names[number % 12]}
        | {f"p_{name}": float(name == names[number % 12]) for name in names}
        for number in range(168)
    ]
    page = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="team", every="day").to_html()
    assert page.count('<bdi dir="auto">أخبار</bdi> <strong>8%</strong>') == 1  # not "%8 أخبار"
    shares = re.search(r'<div class="bar" .*?</figure>', page)[0]
    assert shares.count('<div style="flex') == 12
    assert '<g style="--c' in page
    assert '<g class="faint"' not in page  # twelve colours for thirteen labels
    assert "Shares in red over time." not in page
    assert "Table of the groups over time" in page
    assert "<h3>b</h3>" in page
