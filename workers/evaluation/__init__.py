"""Scores, decision thresholds and the evaluation of runs."""
