from django.http import HttpRequest

from apps.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a page that `login_required` guards."""
    assert isinstance(request.user, User)
    return request.user
