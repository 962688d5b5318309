"""The network of Pagé Fortin & Chaib-draa (2019): two encoders, a fusion and three classifiers.

Shape legend, used in the whole package::

    B  posts of a batch            V  those that have an image      U  those that have a text
    P  those that have both        T  tokens of the longest text    C  classes
    E  embedding width             F  width of an encoder's pooled features
    D  representation width, 300 in the paper
"""
