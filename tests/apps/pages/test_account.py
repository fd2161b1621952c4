from django.test import Client

from apps.accounts.models import Role, Token, User


def test_a_secret_is_shown_once(researcher_client: Client) -> None:
    answer = researcher_client.post("/account/", {"name": "notebook", "days": 30})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert Token.objects.for_secret(secret).get().name == "notebook"
    assert secret not in researcher_client.get("/account/").content.decode()


def test_a_token_is_revoked(researcher_client: Client) -> None:
    secret = researcher_client.post("/account/", {"name": "notebook", "days": 30}).context["secret"]
    researcher_client.post(f"/account/tokens/{Token.objects.get().pk}/revoke/")
    assert not Token.objects.for_secret(secret).exists()


def test_a_token_of_someone_else_is_404(researcher_client: Client, client: Client) -> None:
    researcher_client.post("/account/", {"name": "notebook", "days": 30})
    client.force_login(User.objects.create_user("other", role=Role.ADMIN))
    assert client.post(f"/account/tokens/{Token.objects.get().pk}/revoke/").status_code == 404


def test_an_account_needs_someone(client: Client, db: None) -> None:
    assert client.get("/account/").status_code == 302


def test_an_odd_lifetime_is_refused(researcher_client: Client) -> None:
    assert researcher_client.post("/account/", {"name": "x", "days": 9999}).context["form"].errors
    assert not Token.objects.exists()
