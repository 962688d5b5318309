"""Preparation of posts: the same pixels and tokens in training and in prediction."""
