"""The formats of this package, a module each; ``registry`` finds them."""
