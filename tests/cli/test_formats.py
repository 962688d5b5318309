import json

from anymood.archives import formats as archive_formats
from anymood.tables import all_formats


def test_all_formats_are_listed(anymood):
    code, out, err = anymood("formats")
    assert (code, err) == (0, "")
    for name in (*all_formats(), "images", *archive_formats()):
        assert f"\n{name} " in out
    assert "anymood[parquet]" in out  # not taken for markup


def test_all_formats_for_a_script(anymood):
    code, out, _ = anymood("formats", "--json")
    message = json.loads(out)
    assert code == 0
    assert [entry["name"] for entry in message["archives"]] == list(archive_formats())
    assert {"name": "csv", "suffixes": [".csv"], "written": True}.items() <= message["tables"][0].items()
