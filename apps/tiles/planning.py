"""What the database knows of its own tables when it plans a query."""

from django.db import connection, models


def analyze(*loaded: type[models.Model]) -> None:
    """Count again after a load of many rows, as the last thing of its transaction.

    PostgreSQL does so by itself after a minute or so. Until then it plans for the few rows there were before, and a
    count that takes milliseconds has taken half a minute.
    """
    names = [model._meta.db_table for model in loaded]
    with connection.cursor() as cursor:
        cursor.execute("SELECT analyze_loaded(VARIADIC %s)", [names])
