"""Frozen records that cross the border between the web application and compute. Standard library only."""
