"""Compute of EarthScape Web: everything heavy, free of Django and Celery."""
