from django.db import migrations, models

FILL = """
    INSERT INTO splits_split_regions (split_id, region_id)
    SELECT DISTINCT member.split_id, tile.region_id
    FROM splits_splitmember member JOIN tiles_tile tile ON tile.id = member.tile_id
"""


class Migration(migrations.Migration):
    """Which regions the members of a split lie in, kept with it: who may see it hangs on that."""

    dependencies = [
        ("regions", "0001_initial"),
        ("splits", "0003_names_with_dots"),
        ("tiles", "0004_analyze_loaded"),
    ]

    operations = [
        migrations.AddField(
            model_name="split",
            name="regions",
            field=models.ManyToManyField(editable=False, related_name="splits", to="regions.region"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
