"""Benchmarks beside their peers, run by `script/bench NAME`; each prints the ratio, and JSON as its last line."""
