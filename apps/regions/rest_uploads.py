from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.regions.models import Upload
from apps.regions.receiving import StoreHandler
from apps.regions.serializers import UploadRequest, UploadSerializer
from apps.regions.uploads import check_may_upload, delete_upload, keep_upload


@extend_schema(tags=["uploads"])
class UploadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Upload]):
    """Files sent to make regions from. One sees one's own; an administrator sees all."""

    queryset = Upload.objects.none()
    serializer_class = UploadSerializer
    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser]
    newest_first = True
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Upload]:
        return Upload.objects.visible_to(self.request.user).select_related("owner")

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """The handler stands ready before anything, the check against forged requests too, reads the body."""
        request.upload_handlers = [StoreHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        """Refuse before the body is read."""
        super().check_permissions(request)
        if self.action == "create":
            check_may_upload(user=request.user)  # type: ignore[arg-type]  # signed in

    @extend_schema(request={"multipart/form-data": UploadRequest}, responses={201: UploadSerializer})
    def create(self, request: Request) -> Response:
        """Send one file, as `file`."""
        upload = keep_upload(owner=request.user, file=request.FILES.get("file"))  # type: ignore[arg-type]  # signed in
        headers = {"Location": request.build_absolute_uri(f"/api/v1/uploads/{upload.pk}")}
        return Response(UploadSerializer(upload).data, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a file that no unfinished job reads."""
        delete_upload(upload=self.get_object(), actor=request.user)  # type: ignore[arg-type]  # signed in
        return Response(status=status.HTTP_204_NO_CONTENT)
