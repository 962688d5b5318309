import numpy as np
import pytest
from PIL import Image

from anymood.errors import ImageError
from anymood.training.augmentation import Augmentation

SIZE = (60, 40)  # pixels


@pytest.fixture
def ramp():
    """Red rises from left to right and green from top to bottom, so that a view tells where it was cut."""
    width, height = SIZE
    columns, rows = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([columns, rows, np.full_like(rows, 128)], axis=2).astype(np.uint8)


def views(source, count=20, **options):
    augmentation = Augmentation(**options)
    return [augmentation.image(source, 32, np.random.default_rng(seed)) for seed in range(count)]


def test_views_are_squares_of_bytes_that_vary(ramp):
    images = views(ramp)
    assert {(view.shape, view.dtype) for view in images} == {((32, 32, 3), np.dtype(np.uint8))}
    assert len({view.tobytes() for view in images}) == len(images)


def test_the_seed_decides(ramp):
    for first, second in zip(views(ramp), views(ramp), strict=True):
        np.testing.assert_array_equal(first, second)


def test_half_of_the_views_are_mirrored_and_none_is_upside_down(ramp):
    images = [view.astype(int) for view in views(ramp, count=200, colour=0.0)]
    mirrored = [view[:, 0, 0].mean() > view[:, -1, 0].mean() for view in images]
    assert 70 < sum(mirrored) < 130
    assert all(view[0, :, 1].mean() < view[-1, :, 1].mean() for view in images)


def test_without_change_of_colour_a_view_has_only_the_images_own(ramp):
    assert {int(view[..., 2].min()) for view in views(ramp, colour=0.0)} == {128}
    assert len({int(view[..., 2].mean()) for view in views(ramp, colour=0.2)}) > 5


@pytest.mark.parametrize("size", [(60, 60), (60, 40), (200, 50)])
def test_crops_lie_within_the_image_and_keep_their_area(size):
    augmentation = Augmentation(smallest_crop=0.5)
    rng = np.random.default_rng(0)
    width, height = size
    boxes = [augmentation._crop(size, rng) for _ in range(300)]
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= width + 1e-9
        assert 0 <= top < bottom <= height + 1e-9
    areas = [(right - left) * (bottom - top) / (width * height) for left, top, right, bottom in boxes]
    if width == height:  # crops are near to squares: a long image has no room for one of half its area
        assert min(areas) >= 0.5
    assert len(set(boxes)) == len(boxes)


def test_with_nothing_to_vary_a_view_is_the_image_or_its_mirror():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    pixels = np.asarray(image)
    seen = views(pixels, smallest_crop=1.0, stretch=1.0, colour=0.0)
    kinds = {view.tobytes() for view in seen}
    assert kinds == {pixels.tobytes(), pixels[:, ::-1].tobytes()}


def test_an_image_that_cannot_be_decoded(odd_images):
    with pytest.raises(ImageError):
        Augmentation().image(odd_images["empty"], 32, np.random.default_rng(0))


def test_words_are_dropped_at_the_given_rate():
    tokens = np.arange(5, 10_005)
    dropped = Augmentation(word_dropout=0.3, unknown=2).tokens(tokens, np.random.default_rng(0))
    changed = dropped != tokens
    assert set(dropped[changed]) == {2}
    assert changed.mean() == pytest.approx(0.3, abs=0.02)
    assert dropped.dtype == tokens.dtype
    np.testing.assert_array_equal(tokens, np.arange(5, 10_005))  # the caller's own stay


def test_without_dropout_the_words_stay():
    tokens = np.arange(5)
    assert Augmentation().tokens(tokens, np.random.default_rng(0)) is tokens
