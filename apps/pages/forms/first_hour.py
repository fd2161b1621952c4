"""The form for a first region of real ground: a place and a size, from which the specification is written."""

from typing import Any

from django import forms

from apps.accounts.models import Visibility
from apps.pages.examples import new_region_slug
from apps.pages.forms.base import JobForm
from apps.regions.file_kinds import FileKind
from apps.regions.models import Upload
from apps.tiles.first_hour import AREA, CENTRE, Box, first_hour_specification
from apps.tiles.hosts import hosts_line, hosts_missing, hosts_needed
from workers.records.codec import from_data
from workers.records.regions import RegionSpec


class UploadChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # it has none when it runs
    """Uploads as their owner calls them, with what stands for them in a specification."""

    def label_from_instance(self, obj: Upload) -> str:
        return f"{obj.name} ({obj.reference})"


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
    area = forms.CharField(
        max_length=60,
        initial=AREA,
        label="County or area",
        help_text="Where the square lies, written alike for all regions of one place. Regions of one area are one "
        "domain: who makes a split tells by it which are at home and which were never seen in training.",
    )
    size = forms.FloatField(min_value=0.5, max_value=20, initial=2, label="Side in kilometres", help_text="At most 20.")
    map_units = UploadChoice(
        Upload.objects.none(),
        required=False,
        label="Geologic map",
        empty_label="None: 37 channels, and tiles without labels",
        help_text="One of your uploads with polygons; of a GeoPackage the first layer. It makes the channel mask and "
        "the labels, and tiles are cut only where it has polygons.",
    )
    attribute = forms.CharField(
        max_length=80,
        initial="MapUnit",
        label="Field of the map with the symbol",
        help_text="Its symbols are those of the catalogue, such as Qal. Without a map it does not count.",
    )
    visibility = forms.ChoiceField(
        choices=Visibility.choices, initial=Visibility.PRIVATE, label="Who may see the region"
    )

    def prepare(self) -> None:
        vectors = Upload.objects.visible_to(self.user).exclude(kind=FileKind.GEOTIFF)
        self.fields["map_units"].queryset = vectors  # type: ignore[attr-defined]  # a ModelChoiceField
        spec = from_data(RegionSpec, first_hour_specification(Box("first-square", "First square")))  # as any other
        self.hosts, self.missing = hosts_needed(spec), hosts_missing(spec)
        self.line = hosts_line(self.missing)
        self.blocked = bool(self.missing)

    def params(self) -> dict[str, Any]:
        data = self.cleaned_data
        slug = new_region_slug(self.user, data["name"])
        box = Box(slug, data["name"], data["longitude"], data["latitude"], data["size"], data["area"])
        spec = first_hour_specification(box)
        if data["map_units"]:
            spec["map_units"] = {"paths": [data["map_units"].reference], "attribute": data["attribute"]}
        return {"specification": spec, "visibility": data["visibility"]}
