"""Shapley values of a game with two players.

The Shapley value of a player is its marginal contribution, averaged over all orders of the players (Shapley 1953). With
two players there are two orders:

    phi_1 = ((v(1) - v()) + (v(1, 2) - v(2))) / 2

The values sum to v(1, 2) - v(). Players with equal contributions have equal values, and one without contributions has
0.
"""


def shapley_of_two(nothing: float, first: float, second: float, both: float) -> tuple[float, float]:
    """Shapley values of the first and the second player from the value of each coalition."""
    return ((first - nothing) + (both - second)) / 2, ((second - nothing) + (both - first)) / 2
