"""Shapley values of a game of two players.

The Shapley value of a player is what they add to the value, averaged over the orders in which the players can come
(Shapley 1953). With two players there are two orders:

    phi_1 = ((v(1) - v()) + (v(1, 2) - v(2))) / 2

Both values add up to v(1, 2) - v(); players that add the same have the same value; one that never adds anything has 0.
"""


def shapley_of_two(nothing: float, first: float, second: float, both: float) -> tuple[float, float]:
    """Shapley values of the first and the second player, by the value of each coalition."""
    return ((first - nothing) + (both - second)) / 2, ((second - nothing) + (both - first)) / 2
