from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Role
from apps.pages.paging import page_of
from apps.pages.people import signed_in
from apps.regions.models import Upload
from apps.regions.receiving import StoreHandler
from apps.regions.uploads import check_may_upload, delete_upload, keep_upload
from workers.errors import Conflict, InvalidInput, QuotaExceeded, StoreUnavailable

PAGE_SIZE = 50


@csrf_exempt  # _answer checks it: by then the handler stands ready, and the check reads the body
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    try:
        if request.method == "POST":
            check_may_upload(user=signed_in(request))
            request.upload_handlers = [StoreHandler(request)]
        return _answer(request)
    except (InvalidInput, QuotaExceeded, StoreUnavailable) as error:
        messages.error(request, str(error))
        return redirect("uploads")


@csrf_protect
def _answer(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if request.method == "POST":
        upload = keep_upload(owner=user, file=request.FILES.get("file"))  # type: ignore[arg-type]  # by StoreHandler
        messages.success(request, f"{upload.name} is here. In a specification it is {upload.reference}.")
        return redirect("uploads")
    context = {
        "page": page_of(request, Upload.objects.filter(owner=user), size=PAGE_SIZE),
        "allowed": user.has_role(Role.RESEARCHER),
        "most": settings.EARTHSCAPE_UPLOAD_FILE_MIB,
        "quota": settings.EARTHSCAPE_UPLOAD_QUOTA_MIB,
    }
    return render(request, "pages/uploads.html", context)


@login_required
@require_POST
def upload_delete(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    upload = get_object_or_404(Upload.objects.visible_to(user), pk=pk)
    try:
        delete_upload(upload=upload, actor=user)
    except Conflict as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{upload.name} is deleted.")
    return redirect("uploads")
