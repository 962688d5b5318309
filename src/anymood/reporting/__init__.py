"""Reports on scored posts: shares over time and by group, words, copies, as a page or JSON.

The package is not called ``report``, because ``anymood.report`` is a function.
"""
