"""From a post as it was written to what a network reads: the same pixels and tokens in training and in prediction."""
