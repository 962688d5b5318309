import csv
import errno
from contextlib import contextmanager

import pytest

from anymood.datasets.flickr import Photo
from anymood.datasets.reader import open_corpus
from anymood.errors import JobError, SettingError, TableError
from anymood.files import atomic_write
from anymood.flickr import collect as module
from anymood.flickr.client import Key
from anymood.flickr.collect import RELEASES, collect
from anymood.flickr.journal import Journal
from anymood.flickr.request_policy import Endpoints, RequestPolicy

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def emotion(make, tmp_path):
    make.draw_flickr_emotion(tmp_path, emotions=2)
    return tmp_path


@pytest.fixture
def vso(make, tmp_path):
    make.draw_vso(tmp_path, photos=2)
    return tmp_path


@pytest.fixture
def fetch(flickr):
    """Fetch a release from the Flickr on this machine."""

    def fetch(release, folder, *, key=KEY, policy=None, **options):
        where = Endpoints(api=f"{flickr.url}/services/rest/", static=flickr.url)
        policy = policy or RequestPolicy(rate=36_000_000, attempts=2, first_wait=0.01)
        return collect(RELEASES[release](folder), folder, Key(key), endpoints=where, policy=policy, **options)

    return fetch


def manifest(folder):
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_flickr_emotion(flickr, emotion, fetch):
    summary = fetch("flickr-emotion", emotion)
    assert (summary.photos, summary.texts, summary.images, summary.unanswered) == (
        16,
        {"fetched": 16},
        {"there": 16},
        {},
    )
    assert len(flickr.log) == len(set(flickr.requested())) == 32
    rows = manifest(emotion)
    assert rows["1000"] == {
        "id": "1000",
        "text": 'Cats & dogs 1000 We love them <3 "all"',
        "image": "images/1000.jpg",
        "title": "Cats & dogs 1000",
        "description": 'We love them <3 "all"',
        "tags": "New York, cat",
    }
    assert list(rows) == sorted(rows)  # in the order of the votes
    corpus = open_corpus(emotion)
    assert (corpus.name, corpus.patterns()) == ("Flickr Emotion", {"both": 16, "text": 0, "image": 0})


def test_vso_needs_texts_and_images_only_where_the_file_is_empty(flickr, vso, fetch):
    empty = vso / "bi_concepts1553" / "sad_dog" / "1001_00000003e9.jpg"
    empty.write_bytes(b"")
    summary = fetch("vso", vso)
    assert (summary.photos, summary.texts, summary.images) == (8, {"fetched": 8}, {"there": 8})
    assert [what for what, _ in flickr.requested()].count("image") == 1
    assert "GET /38/1001_00000003e9.jpg " in "".join(flickr.heads)
    rows = manifest(vso)
    assert rows["1000"]["image"] == "bi_concepts1553/sad_dog/1000_00000003e8.jpg"
    assert rows["1001"]["image"] == "images/1001.jpg"
    assert empty.read_bytes() == b""
    assert open_corpus(vso).patterns()["both"] == 8


def test_a_second_run_asks_for_nothing(flickr, emotion, fetch):
    flickr.faults |= {("image", "1000"): "placeholder", ("text", "1001"): "fail 1", ("text", "1002"): "fail 2"}
    first = fetch("flickr-emotion", emotion)
    rows, requested = manifest(emotion), len(flickr.log)
    assert fetch("flickr-emotion", emotion) == first
    assert (manifest(emotion), len(flickr.log)) == (rows, requested)


def test_deleted_photos_are_counted_by_reason_and_retried_on_request(flickr, emotion, fetch):
    flickr.faults |= {
        ("image", "1000"): "placeholder",
        ("text", "1000"): "fail 1",
        ("image", "1001"): "404",
        ("image", "1002"): "html",
        ("text", "1003"): "fail 2",
    }
    summary = fetch("flickr-emotion", emotion)
    assert summary.texts == {"fetched": 14, "not found": 1, "private": 1}
    assert summary.images == {"there": 13, "unavailable": 1, "not found": 1, "no JPEG": 1}
    rows = manifest(emotion)
    assert [rows[key]["text"] != "" for key in ("1000", "1001", "1003")] == [False, True, False]
    assert [rows[key]["image"] for key in ("1000", "1001", "1003")] == ["", "", "images/1003.jpg"]
    assert open_corpus(emotion).patterns() == {"both": 12, "text": 2, "image": 1}

    flickr.faults = {("text", "1003"): "fail 2"}
    requested = len(flickr.log)
    assert fetch("flickr-emotion", emotion, retry_dead=True).texts == {"fetched": 15, "private": 1}
    assert sorted(flickr.requested(requested)) == [
        ("image", "1000"),
        ("image", "1001"),
        ("image", "1002"),
        ("text", "1000"),
        ("text", "1003"),
    ]
    assert fetch("flickr-emotion", emotion).images == {"there": 16}


def test_a_photo_of_vso_that_no_longer_exists_has_no_address(flickr, vso, fetch):
    (vso / "bi_concepts1553" / "sad_dog" / "1001_00000003e9.jpg").write_bytes(b"")
    flickr.faults["text", "1001"] = "fail 1"
    summary = fetch("vso", vso)
    assert (summary.texts, summary.images) == ({"fetched": 7, "not found": 1}, {"there": 7, "not found": 1})


def test_unanswered_photos_are_left_for_the_next_run(flickr, emotion, fetch):
    flickr.faults |= {("text", "1000"): ["503", "503"], ("image", "1001"): ["hang up", "503"]}
    first = fetch("flickr-emotion", emotion)
    assert first.unanswered == {"HTTP 503": 2}
    assert first.texts == {"fetched": 15, "not requested yet": 1}
    assert first.images == {"there": 14, "not requested yet": 2}  # an image is only requested when its text is known
    assert not {"1000", "1001"} & manifest(emotion).keys()
    requested = len(flickr.log)
    second = fetch("flickr-emotion", emotion)
    assert (second.unanswered, second.images) == ({}, {"there": 16})
    assert sorted(flickr.requested(requested)) == [("image", "1000"), ("image", "1001"), ("text", "1000")]
    assert len(manifest(emotion)) == 16


def test_the_job_ends_where_nobody_answers(flickr, emotion, fetch, monkeypatch):
    flickr.faults |= {("text", str(key)): "html" for key in range(9000)}
    with pytest.raises(JobError, match="10 consecutive photos. The last error: unreadable answer"):
        fetch("flickr-emotion", emotion)
    assert len(flickr.log) <= 28  # ten photos and those in hand, twice each
    assert "image" not in dict(flickr.requested())
    flickr.faults = {}
    assert fetch("flickr-emotion", emotion).images == {"there": 16}


def test_a_limit(flickr, emotion, fetch):
    summary = fetch("flickr-emotion", emotion, limit=5)
    assert summary.texts == {"not requested yet": 11, "fetched": 5}
    assert len(manifest(emotion)) == 5
    assert open_corpus(emotion).problem_counts()["not fetched"] == 11
    fetch("flickr-emotion", emotion, limit=5)
    assert (len(manifest(emotion)), len(flickr.log)) == (10, 20)
    with pytest.raises(SettingError, match="'limit' is 0"):
        fetch("flickr-emotion", emotion, limit=0)


def test_progress_begins_with_what_was_done(emotion, fetch):
    fetch("flickr-emotion", emotion, limit=12)
    message = []

    @contextmanager
    def progress(photos):
        message.append(photos)
        yield message.append

    fetch("flickr-emotion", emotion, progress=progress)
    assert message == [16, 12, 13, 14, 15, 16]


def test_a_key_that_is_not_valid_ends_the_job_at_once(flickr, emotion, fetch):
    wrong = "f" * 32
    with pytest.raises(JobError, match="rejects the API key") as error:
        fetch("flickr-emotion", emotion, key=wrong)
    assert len(flickr.log) <= 4
    assert wrong not in str(error.value)
    assert manifest(emotion) == {}


def test_a_full_disk_ends_the_job_and_leaves_no_half_image(flickr, emotion, fetch, monkeypatch):
    def full(path, data):
        with atomic_write(path) as file:
            file.write(data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_write_image", full)
        with pytest.raises(JobError, match=r"cannot be written: No space left on device\. Fetched files are kept"):
            fetch("flickr-emotion", emotion)
    assert list((emotion / "images").iterdir()) == []
    requested = flickr.requested()
    fetch("flickr-emotion", emotion)
    # Texts were kept, but for those that were under way.
    assert len(flickr.requested()) - len(requested) < 32
    assert len(manifest(emotion)) == 16


def test_a_full_disk_below_the_journal_is_reported_once(emotion, fetch, monkeypatch):
    def full(self, *_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Journal, "add", full)
    monkeypatch.setattr(Journal, "sync", full)
    with pytest.raises(JobError, match="No space left on device"):
        fetch("flickr-emotion", emotion)


def test_a_folder_that_cannot_be_written(emotion, fetch):
    (emotion / "images").touch()
    with pytest.raises(JobError, match="cannot be written: File exists"):
        fetch("flickr-emotion", emotion)


def test_what_a_killed_process_left_half_done_is_cleared(flickr, emotion, fetch):
    (emotion / "images").mkdir()
    (emotion / "images" / "1000.jpg.part").write_bytes(b"half")
    fetch("flickr-emotion", emotion)
    assert {path.suffix for path in (emotion / "images").iterdir()} == {".jpg"}


def test_a_second_process_touches_nothing(emotion, fetch):
    (emotion / "images").mkdir()
    (emotion / "images" / "1000.jpg.part").write_bytes(b"on its way")
    with Journal(emotion / "journal.jsonl"), pytest.raises(JobError, match="Another process"):
        fetch("flickr-emotion", emotion)
    assert (emotion / "images" / "1000.jpg.part").exists()


def test_texts_with_anything_in_them_come_through(flickr, emotion, fetch):
    flickr.titles["1000"] = 'a "quoted", title\nof \ud83d two lines\0'
    flickr.descriptions["1000"] = "<a href='x'>ünïcode</a> ☕ 漢字"
    fetch("flickr-emotion", emotion, limit=1)
    (example,) = open_corpus(emotion).examples
    assert example.post.text == 'a "quoted", title of \ufffd two lines ünïcode ☕ 漢字'


def test_photos_of_flickr_emotion_are_those_with_a_majority(make, tmp_path):
    urls = make.draw_flickr_emotion(tmp_path)
    photos = RELEASES["flickr-emotion"](tmp_path)
    assert {photo.id: photo.url for photo in photos} == urls
    assert (photos[0].id, photos[0].secret, photos[0].url) == ("1000", "00000003e8", urls["1000"])
    assert photos[0].image is None


def test_photos_of_vso_have_an_image_unless_the_file_is_empty(make, tmp_path):
    make.draw_vso(tmp_path)
    folder = tmp_path / "bi_concepts1553" / "sad_dog"
    (folder / "1001_00000003e9.jpg").write_bytes(b"")
    photos = RELEASES["vso"](tmp_path)
    first, second = (f"bi_concepts1553/sad_dog/{name}.jpg" for name in ("1000_00000003e8", "1001_00000003e9"))
    assert photos[:2] == [
        Photo("1000", "00000003e8", 0, first, image=tmp_path / first),
        Photo("1001", "00000003e9", 0, second),
    ]
    assert len(photos) == 40


def test_other_folders(tmp_path):
    for find in RELEASES.values():
        with pytest.raises(TableError):
            find(tmp_path)
