import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anymood.explanation.explain import shapley_of_two

probability = st.floats(0, 1)


def test_an_example_by_hand():
    first, second = shapley_of_two(nothing=0.2, first=0.6, second=0.3, both=0.9)
    assert first == pytest.approx((0.4 + 0.6) / 2)
    assert second == pytest.approx((0.1 + 0.3) / 2)


@settings(deadline=None)
@given(probability, probability, probability, probability)
def test_efficiency(nothing, first, second, both):
    assert sum(shapley_of_two(nothing, first, second, both)) == pytest.approx(both - nothing)


@settings(deadline=None)
@given(probability, probability, probability)
def test_symmetry(nothing, alone, both):
    first, second = shapley_of_two(nothing, alone, alone, both)
    assert first == second


@settings(deadline=None)
@given(probability, probability)
def test_a_player_that_adds_nothing_has_nothing(nothing, first):
    assert shapley_of_two(nothing, first, nothing, first) == pytest.approx((first - nothing, 0))
