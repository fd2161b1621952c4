"""The description of the interface: OpenAPI 3.1, made once in each process, and its page."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

PROBLEM = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"description": "By field or query parameter."},
    },
}
METHODS = ("get", "post", "put", "patch", "delete")


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Every operation may answer with problem details."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method in METHODS:
            if method in operations:
                operations[method]["responses"]["default"] = {"description": "A problem.", "content": content}
    return result


@cache
def schema() -> dict[str, Any]:
    generator = SchemaGenerator(urlconf="earthscape_web.api_root")  # type: ignore[no-untyped-call]  # untyped library
    described: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # untyped library
    return described


@extend_schema(exclude=True)
class SchemaView(APIView):
    def get(self, request: Request) -> Response:
        return Response(schema(), content_type="application/vnd.oai.openapi+json")


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own files; its script comes by itself, as the policy allows no inline ones."""

    url = "/api/v1/schema/"
    template_name = "api/docs.html"
