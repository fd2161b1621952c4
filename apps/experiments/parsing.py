"""Bodies of uploads."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser

from apps.experiments.predictions_file import LARGEST

ROOM_FOR_THE_REST = 256 * 1024


class UploadTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"An upload may have {LARGEST // 2**20} MiB."


class BoundedMultiPartParser(MultiPartParser):
    """Looks at the announced length first: Django itself takes files of any size."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal():
            raise ParseError("The length of the body is no number.")
        if int(length) > LARGEST + ROOM_FOR_THE_REST:
            raise UploadTooLarge
        return super().parse(stream, media_type, parser_context)
