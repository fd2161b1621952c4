from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.jobs.kinds import JobKind, job_kinds, resolve
from apps.jobs.models import Job, JobEvent
from apps.jobs.schemas import parameter_schema


class JobSerializer(serializers.ModelSerializer[Job]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "owner",
            "state",
            "params",
            "attempts",
            "cancel_requested",
            "stage",
            "fraction",
            "result",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class JobRequestSerializer(serializers.Serializer[Any]):
    """What a job is submitted with; the kind's own serializer checks `params`."""

    kind = serializers.CharField(max_length=40)
    params = serializers.DictField(default=dict)

    def validate_kind(self, name: str) -> str:
        if name not in job_kinds():
            raise serializers.ValidationError(f"There is no such kind; there are {', '.join(sorted(job_kinds()))}.")
        return name

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({unknown[0][:100]: ["This field is unknown."]})
        return data


class JobEventSerializer(serializers.ModelSerializer[JobEvent]):
    class Meta:
        model = JobEvent
        fields = ["id", "at", "state", "stage", "fraction", "message", "measures"]
        read_only_fields = fields


class JobKindSerializer(serializers.Serializer[JobKind]):
    name = serializers.CharField()
    title = serializers.CharField()
    role = serializers.CharField(help_text="The least role that may submit it.")
    parameters = serializers.SerializerMethodField(help_text="JSON Schema of its parameters.")

    @extend_schema_field({"type": "object"})
    def get_parameters(self, kind: JobKind) -> dict[str, Any]:
        return parameter_schema(resolve(kind.parameters)(context=self.context))
