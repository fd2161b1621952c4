"""The form for a first region of real ground: a place and a size, from which the specification is written."""

from typing import Any

from django import forms

from apps.accounts.models import Visibility
from apps.pages.examples import new_region_slug
from apps.pages.forms.base import JobForm
from apps.tiles.first_hour import CENTRE, Box, first_hour_specification, hosts_line, hosts_missing, hosts_needed


class FirstHourForm(JobForm):
    title = "First hour on real ground"
    explanation = (
        "Fetches elevation, imagery, streams and roads of a small square in Kentucky from KyFromAbove, USGS and "
        "OpenStreetMap, and makes a region of them. First a preview says how many bytes and minutes that takes; "
        "nothing large is downloaded before you agree."
    )
    aside = "pages/_first_hour.html"
    button = "Preview bytes and minutes"
    name = forms.CharField(max_length=120, initial="First square", label="Name of the region")
    longitude = forms.FloatField(
        min_value=-89.6,
        max_value=-81.9,
        initial=CENTRE[0],
        label="Longitude of its centre",
        help_text="In degrees, within Kentucky; the one filled in lies in Warren County.",
    )
    latitude = forms.FloatField(
        min_value=36.4, max_value=39.2, initial=CENTRE[1], label="Latitude of its centre", help_text="In degrees."
    )
    size = forms.FloatField(min_value=0.5, max_value=20, initial=2, label="Side in kilometres", help_text="At most 20.")
    visibility = forms.ChoiceField(
        choices=Visibility.choices, initial=Visibility.PRIVATE, label="Who may see the region"
    )

    def prepare(self) -> None:
        self.hosts = hosts_needed()
        self.missing = hosts_missing()
        self.line = hosts_line()

    def params(self) -> dict[str, Any]:
        data = self.cleaned_data
        slug = new_region_slug(self.user, data["name"])
        box = Box(slug, data["name"], data["longitude"], data["latitude"], data["size"])
        return {"specification": first_hour_specification(box), "visibility": data["visibility"]}
