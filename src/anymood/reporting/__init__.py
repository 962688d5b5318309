"""From scored posts to answers: shares over time and by group, words, copies, a page and JSON.

The package is not called ``report``, which is the name of the function in ``anymood``.
"""
