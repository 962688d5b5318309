from anymood.wording import counted, listed, plural, points, short_label


def test_counts_in_a_line():
    assert counted({"missing image": 3000, "truncated": 1}) == "3,000 missing image, 1 truncated"


def test_many_names_are_counted():
    assert listed(["a.csv", "b.csv", "c.csv"]) == "a.csv, b.csv, c.csv"
    assert listed([f"{name}.csv" for name in "abcde"]) == "a.csv, b.csv, c.csv and 2 more"


def test_one_is_singular():
    assert [plural(number, "post") for number in (0, 1, 2000)] == ["0 posts", "1 post", "2,000 posts"]


def test_points_have_a_sign():
    assert [points(difference) for difference in (0.1234, -0.05, -0.0001)] == ["+12.3", "-5.0", "+0.0"]


def test_labels_as_long_as_sentences_are_shortened():
    assert short_label("positive") == "positive"
    long = "The customer says that the parcel came late. " * 9
    assert short_label(long) == "The customer says that the parcel came late. The customer s…"
    assert counted({long: 2}) == f"2 {short_label(long)}"
