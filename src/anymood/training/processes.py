"""Which of several processes of one training this is."""

from lightning.fabric.utilities.rank_zero import rank_zero_only


def process_rank() -> int:
    """Number of this process, 0 for the one that writes."""
    return getattr(rank_zero_only, "rank", None) or 0
