"""Zips may be uploaded, and the file of an upload is called upload-ID, as messages about it should be."""

from pathlib import Path

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def rename_files(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for upload in apps.get_model("regions", "Upload").objects.all():
        folder = Path(settings.EARTHSCAPE_STORE) / "uploads" / upload.folder
        for file in folder.glob("source.*"):
            file.rename(file.with_name(f"upload-{upload.pk}{file.suffix}"))


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0003_upload"),
    ]

    operations = [
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
        migrations.RunPython(rename_files, migrations.RunPython.noop),
    ]
