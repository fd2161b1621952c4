from typing import Any

from rest_framework import serializers

_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], str], ...] = (
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.FloatField, "number"),
    (serializers.ListField, "array"),
    (serializers.ListSerializer, "array"),
    (serializers.MultipleChoiceField, "array"),
    (serializers.DictField, "object"),
    (serializers.BaseSerializer, "object"),
    (serializers.JSONField, "object"),
    (serializers.CharField, "string"),
    (serializers.ChoiceField, "string"),
)
_KEYWORDS = {
    "min_value": "minimum",
    "max_value": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "help_text": "description",
}


def parameter_schema(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    """The JSON Schema of what a kind takes, for those who build a form or a client from it."""
    fields = {name: field for name, field in serializer.fields.items() if not field.read_only}
    return {
        "type": "object",
        "properties": {name: _field_schema(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def _field_schema(field: Any) -> dict[str, Any]:
    if isinstance(field, serializers.Serializer):
        return parameter_schema(field)
    name = next((name for cls, name in _TYPES if isinstance(field, cls)), "string")
    schema: dict[str, Any] = {"type": [name, "null"] if field.allow_null else name, "title": str(field.label or "")}
    if isinstance(child := getattr(field, "child", None), serializers.Field) and name == "array":
        schema["items"] = _field_schema(child)
    if choices := getattr(field, "choices", None):
        schema["enum"] = list(choices)
    for attribute, keyword in _KEYWORDS.items():
        if (value := getattr(field, attribute, None)) is not None and not (name == "array" and "ength" in keyword):
            schema[keyword] = value if isinstance(value, int | float) else str(value)
    if not field.required and isinstance(field.default, str | int | float | bool | list | dict):
        schema["default"] = field.default
    return schema
