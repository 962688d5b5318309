import pytest

from anymood.preparation.file_ends import ends_early

PNG = b"\x89PNG\r\n\x1a\n"
AVIF = b"\0\0\0\x10ftypavif\0\0\0\0"
CUT = b"\x7f\xff\xff\xff"  # the size of a part that is not there


@pytest.mark.parametrize(("head", "part"), [(PNG, bytes(12)), (AVIF, b"\0\0\0\x08free")])
def test_a_part_that_does_not_exist_is_found_unless_millions_come_before(head: bytes, part: bytes) -> None:
    assert not ends_early(head + 3 * part)
    assert ends_early(head + 3 * part + CUT)
    assert not ends_early(head + 100_000 * part + CUT)  # not read so far


def test_sizes_of_64_bits_and_of_the_rest_of_the_file() -> None:
    large = b"\0\0\0\x01mdat" + (24).to_bytes(8, "big")
    assert not ends_early(AVIF + large + bytes(8))
    assert ends_early(AVIF + large + bytes(7))
    assert not ends_early(AVIF + b"\0\0\0\0mdat" + bytes(3))


def test_other_formats_are_not_judged() -> None:
    assert not any(map(ends_early, (b"", b"GIF89a", b"II*\0", b"BM")))
