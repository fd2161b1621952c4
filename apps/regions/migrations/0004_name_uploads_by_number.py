from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0003_upload"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="stem",
            field=models.CharField(default="source", editable=False, max_length=32),
        ),
        migrations.AlterField(
            model_name="upload",
            name="kind",
            field=models.CharField(
                choices=[
                    ("geotiff", "GeoTIFF"),
                    ("geopackage", "GeoPackage"),
                    ("geojson", "GeoJSON"),
                    ("flatgeobuf", "FlatGeobuf"),
                    ("zip", "zip"),
                ],
                max_length=12,
            ),
        ),
    ]
