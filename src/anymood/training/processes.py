"""The rank of this process in distributed training."""

from lightning.fabric.utilities.rank_zero import rank_zero_only


def process_rank() -> int:
    """Rank of this process; rank 0 writes the files."""
    return getattr(rank_zero_only, "rank", None) or 0
