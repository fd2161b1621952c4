import hashlib
import json
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from apps.accounts.models import User
from apps.jobs.kinds import JobKind, resolve
from workers.errors import InvalidInput

MAX_CHARACTERS = 262_144


class InvalidParameters(InvalidInput):
    """Parameters that the kind's serializer refuses; `errors` is its answer, field by field."""

    def __init__(self, errors: Any) -> None:
        self.errors = errors
        super().__init__("; ".join(_sentences(errors)))


@dataclass(frozen=True)
class CheckedParameters:
    params: dict[str, Any]
    input_manifest: dict[str, Any]
    content_hash: str


def check_parameters(*, kind: JobKind, params: Any, owner: User) -> CheckedParameters:
    """Let the kind's serializer check the parameters; with `input_manifest` it also says what is read."""
    if not isinstance(params, dict):
        raise InvalidParameters({"params": ["This must be an object."]})
    serializer: serializers.Serializer[Any] = resolve(kind.parameters)(data=params, context={"user": owner})
    if unknown := sorted(set(params) - set(serializer.fields)):
        raise InvalidParameters({str(unknown[0])[:100]: ["This parameter is unknown."]})
    if not serializer.is_valid():
        raise InvalidParameters(serializer.errors)
    text = canonical_json(serializer.validated_data)
    manifest = serializer.input_manifest() if hasattr(serializer, "input_manifest") else {}
    digest = hashlib.sha256(canonical_json({"kind": kind.name, "params": json.loads(text)}).encode()).hexdigest()
    return CheckedParameters(params=json.loads(text), input_manifest=manifest, content_hash=digest)


def canonical_json(data: Any) -> str:
    try:
        text = json.dumps(data, sort_keys=True, allow_nan=False)
    except ValueError as error:
        raise InvalidParameters({"params": ["Numbers must be finite."]}) from error
    if len(text) > MAX_CHARACTERS or "\\u0000" in text:
        raise InvalidParameters({"params": [f"At most {MAX_CHARACTERS} characters, none of them null."]})
    return text


def _sentences(errors: Any, field: str = "") -> list[str]:
    if isinstance(errors, dict):
        return [line for name, part in errors.items() for line in _sentences(part, f"{field}.{name}".lstrip("."))]
    if isinstance(errors, list):
        return [line for part in errors for line in _sentences(part, field)]
    return [f"{field}: {errors}"]
