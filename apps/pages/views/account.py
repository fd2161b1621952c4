from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.services import issue_token, revoke_token
from apps.pages.forms.tokens import TokenForm
from apps.pages.people import signed_in


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The reply to a new token shows its secret, this once; so it is not redirected."""
    user = signed_in(request)
    form = TokenForm(request.POST or None)
    secret = None
    if request.method == "POST" and form.is_valid():
        lifetime = timedelta(days=form.cleaned_data["days"])
        _, secret = issue_token(user=user, name=form.cleaned_data["name"], lifetime=lifetime, actor=user)
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": user.tokens.all()}
    return render(request, "pages/account.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(signed_in(request).tokens.all(), pk=pk)
    revoke_token(token=token, actor=signed_in(request))
    messages.success(request, "The token no longer works.")
    return redirect("account")
