"""What a browser and a proxy may keep, by who may see it."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.request import Request

FOR_EVER = "max-age=31536000, immutable"
FOR_A_MINUTE = "max-age=60"
ASK_FIRST = "no-cache"


def etag_of(*parts: object) -> str:
    return '"' + hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32] + '"'


def etag_of_bytes(body: bytes) -> str:
    return '"' + hashlib.sha256(body).hexdigest()[:32] + '"'


def is_current(request: Request | HttpRequest, etag: str) -> bool:
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return etag in known or f"W/{etag}" in known or "*" in known


def with_caching(response: HttpResponse, *, etag: str, is_public: bool, lifetime: str) -> HttpResponse:
    """Add ETag and Cache-Control. What not everyone may see stays in the reader's own browser."""
    response["ETag"] = etag
    response["Cache-Control"] = f"{'public' if is_public else 'private'}, {lifetime}"
    if not is_public:
        patch_vary_headers(response, ["Cookie", "Authorization"])
    return response
