from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Token, User
from apps.accounts.services import record_audit
from apps.pages.forms.tokens import TokenForm


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The reply to a new token shows its secret, this once; so it is not redirected."""
    form = TokenForm(request.POST or None)
    secret = None
    if request.method == "POST" and form.is_valid():
        secret = _issue(request.user, name=form.cleaned_data["name"], days=form.cleaned_data["days"])
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": request.user.tokens.all()}
    return render(request, "pages/account.html", context)


@transaction.atomic
def _issue(user: User, *, name: str, days: int) -> str:
    token, secret = Token.issue(user=user, name=name, lifetime=timedelta(days=days))
    record_audit(actor=user, action="token.issued", target=token, detail={"name": name})
    return secret


@login_required
@require_POST
@transaction.atomic
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(request.user.tokens.all(), pk=pk)
    if request.user.tokens.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now()):
        record_audit(actor=request.user, action="token.revoked", target=token)
    messages.success(request, "The token no longer works.")
    return redirect("account")
