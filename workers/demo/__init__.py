"""Two small neighbouring regions that no one surveyed, made as raw source files for the embedded default and for
tests.
"""
