import pytest
from django.test import Client
from django.urls import reverse

from apps.regions.models import Channel
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def test_a_channel_keeps_its_name_and_may_get_another_title(administrator: Person) -> None:
    channel = Channel.objects.create(name="s_2.5m", modality="s", title="Slope, 2.5 m", kind="continuous")
    client = Client()
    client.force_login(administrator.user)
    said = {"name": "t", "modality": "s", "title": "Steepness", "unit": "degree", "kind": "continuous", "position": 38}
    answer = client.post(reverse("admin:regions_channel_change", args=[channel.pk]), said)
    assert answer.status_code == 302, answer.content.decode()
    channel.refresh_from_db()
    assert (channel.name, channel.title) == ("s_2.5m", "Steepness")
