from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.services import issue_token, revoke_token
from apps.pages.forms.tokens import TokenForm


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The reply to a new token shows its secret, this once; so it is not redirected."""
    form = TokenForm(request.POST or None)
    secret = None
    if request.method == "POST" and form.is_valid():
        lifetime = timedelta(days=form.cleaned_data["days"])
        _, secret = issue_token(
            user=request.user, name=form.cleaned_data["name"], lifetime=lifetime, actor=request.user
        )
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": request.user.tokens.all()}
    return render(request, "pages/account.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(request.user.tokens.all(), pk=pk)
    revoke_token(token=token, actor=request.user)
    messages.success(request, "The token no longer works.")
    return redirect("account")
