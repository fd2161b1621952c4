import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0004_name_uploads_by_number"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="source",
            name="source_once_per_region",
        ),
        migrations.AlterField(
            model_name="source",
            name="path",
            field=models.TextField(),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(
                models.F("region"),
                models.F("role"),
                django.db.models.functions.text.MD5("path"),
                name="source_once_per_region",
            ),
        ),
    ]
