"""Table formats, one module each, found by ``registry``."""
