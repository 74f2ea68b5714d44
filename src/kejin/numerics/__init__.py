"""Formulas without domain words: discounting, distributions, survival, trees, convolution."""
