from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import Visibility
from apps.experiments.models import ClassScore, Domain, Evaluation, Run, TilePrediction
from apps.experiments.predictions_file import LARGEST
from apps.experiments.scoring import is_present, least_area_of, limits_of

MOST_COMPARED = 100
NULL_WHERE_UNSEEN = "Null where you may not see it."


class RunName(serializers.Serializer[Run]):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


class RunSerializer(serializers.ModelSerializer[Run]):
    dataset_version = serializers.CharField(source="version_name", allow_null=True, help_text=NULL_WHERE_UNSEEN)
    label_revision = serializers.CharField(source="revision_name", allow_null=True, help_text=NULL_WHERE_UNSEEN)
    split = serializers.CharField(source="split_name", allow_null=True, help_text=NULL_WHERE_UNSEEN)

    class Meta:
        model = Run
        fields = [
            "id", "name", "origin", "made", "task", "network", "channels", "dataset_version", "label_revision", "split",
            "split_checksum", "seed", "code_version", "parameters", "visibility", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ClassScoreSerializer(serializers.ModelSerializer[ClassScore]):
    map_unit = serializers.CharField(source="map_unit.symbol")
    details = serializers.DictField(
        child=serializers.FloatField(allow_null=True),
        help_text="Of a segmentation run, its counts of pixels and its other scores, named as in their source.",
    )

    class Meta:
        model = ClassScore
        fields = [
            "map_unit", "threshold", "support", "predicted", "precision", "recall", "f1", "ap", "auroc", "accuracy",
            "iou", "details", "flags",
        ]  # fmt: skip
        read_only_fields = fields


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    run = RunName()
    split = serializers.CharField(source="split_name", allow_null=True, help_text=NULL_WHERE_UNSEEN)
    label_revision = serializers.CharField(source="revision_name", allow_null=True, help_text=NULL_WHERE_UNSEEN)
    scores = serializers.DictField(help_text="Global scores under their published names.")
    class_scores = ClassScoreSerializer(many=True)
    flags = serializers.ListField(help_text="What contradicts itself in the source.")

    class Meta:
        model = Evaluation
        fields = [
            "id", "run", "split", "subset", "domain", "label_revision", "tile_count", "scores", "flags", "class_scores",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    specification = serializers.DictField()
    thresholds = serializers.DictField(child=serializers.FloatField())
    normalisation = serializers.DictField()
    curves = serializers.ListField()
    evaluations = serializers.SerializerMethodField(help_text="Ids of its evaluations.")

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "specification", "thresholds", "normalisation", "curves", "evaluations"]
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_evaluations(self, run: Run) -> list[int]:
        return [evaluation.pk for evaluation in run.evaluations.all()]


@extend_schema_field(
    {"oneOf": [{"type": "object", "additionalProperties": True}, {"type": "string", "description": "YAML or JSON."}]}
)
class SpecificationField(serializers.Field[Any, Any, Any, Any]):
    """A mapping, or the text of one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict | str):
            raise serializers.ValidationError("This must be a mapping, or YAML or JSON text of one.")
        return data


@extend_schema_field({"type": "string", "format": "binary"})
class TableField(serializers.Field[Any, Any, Any, Any]):
    """The bytes of a file, or in a JSON body the text of a CSV."""

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, str):
            return data.encode("utf-8")
        if not isinstance(data, UploadedFile):
            raise serializers.ValidationError("This must be a file or the text of a CSV.")
        if not 0 < (data.size or 0) <= LARGEST:
            raise serializers.ValidationError(f"The file must have 1 byte to {LARGEST // 2**20} MiB.")
        content: bytes = data.read()
        return content


class RunUpload(serializers.Serializer[Any]):
    """A model of one's own: its specification, and a table of its probabilities."""

    specification = SpecificationField(
        help_text=(
            "name and split; optional: label_revision (the newest), network, channels, thresholds (a number for each "
            "class), seed. Everything else is kept as it is."
        )
    )
    predictions = TableField(
        help_text="CSV or Parquet with the columns patch_id and one probability per class; in JSON the text of a CSV."
    )
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.PRIVATE)


class TilePredictionSerializer(serializers.Serializer[TilePrediction]):
    run = RunName(source="evaluation.run")
    evaluation = serializers.IntegerField(source="evaluation_id")
    subset = serializers.CharField(source="evaluation.subset")
    domain = serializers.CharField(source="evaluation.domain")
    label_revision = serializers.CharField(source="evaluation.label_revision.slug", default=None)
    classes = serializers.SerializerMethodField()

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "map_unit": {"type": "string"},
                    "probability": {"type": "number"},
                    "threshold": {"type": "number"},
                    "predicted": {"type": "boolean"},
                    "present": {"type": ["boolean", "null"]},
                },
            },
        }
    )
    def get_classes(self, prediction: TilePrediction) -> list[dict[str, Any]]:
        evaluation = prediction.evaluation
        revision = evaluation.label_revision or evaluation.run.label_revision
        limits = limits_of(evaluation)
        labels = self.context["labels"].get(revision.pk if revision else None)
        least = least_area_of(evaluation.run)
        return [
            {
                "map_unit": symbol,
                "probability": probability,
                "threshold": limits[symbol],
                "predicted": probability >= limits[symbol],
                "present": None if labels is None else is_present(labels, position, least_area=least),
            }
            for position, (symbol, probability) in enumerate(
                zip(revision.classes if revision else [], prediction.probabilities, strict=False)
            )
        ]


class CompareQuery(serializers.Serializer[Any]):
    runs = serializers.CharField(max_length=4000, help_text="Ids or names of runs, parted by commas; at most 100.")
    domain = serializers.ChoiceField(choices=Domain.choices, default=Domain.IN)

    def validate_runs(self, value: str) -> list[str]:
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not 0 < len(words) <= MOST_COMPARED:
            raise serializers.ValidationError(f"Give 1 to {MOST_COMPARED} runs.")
        return words


class CompareRow(serializers.Serializer[Any]):
    run = RunName()
    f1 = serializers.FloatField(allow_null=True)
    precision = serializers.FloatField(allow_null=True)
    recall = serializers.FloatField(allow_null=True)
    ap = serializers.FloatField(allow_null=True)
    auroc = serializers.FloatField(allow_null=True)
    accuracy = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    support = serializers.IntegerField()
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True)
    skill = serializers.FloatField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`class` is no name that Python lets a class body give."""
        fields = super().get_fields()
        run = fields.pop("run")
        return {"run": run, "class": serializers.CharField(), **fields}


class Comparison(serializers.Serializer[Any]):
    domain = serializers.CharField()
    rows = CompareRow(many=True)
