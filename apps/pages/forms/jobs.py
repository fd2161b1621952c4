"""One form for each kind of job: fields for people, parameters for the service, which checks them again."""

from typing import Any

from django import forms

from apps.accounts.models import Visibility
from apps.experiments.models import Run
from apps.pages.examples import region_example, training_example
from apps.pages.forms.base import JobForm
from apps.pages.forms.first_hour import FirstHourForm
from apps.regions.models import Region
from apps.splits.models import Split, Subset
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import LabelRevision
from apps.tiles.processing import MOST_WORKERS
from apps.tiles.roots import import_roots

LONG_TEXT = 65_536


def _visibility() -> forms.ChoiceField:
    return forms.ChoiceField(choices=Visibility.choices, initial=Visibility.PRIVATE, label="Who may see the result")


def _open_folders() -> str:
    """What may be read on the server, in words."""
    named = " or ".join(map(str, import_roots()))
    return (
        f"in {named}, or below" if named else "in no folder yet: the operator opens some with EARTHSCAPE_IMPORT_ROOTS"
    )


class TrainForm(JobForm):
    explanation = (
        "The specification below says everything about the run: channels, split, network, loss, seed. The one filled "
        "in trains on the demonstration in a minute or two; change the name and the channels to make it yours."
    )
    specification = forms.CharField(
        max_length=LONG_TEXT,
        label="Specification (YAML)",
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false"}),
    )

    visibility = _visibility()

    def prepare(self) -> None:
        self.fields["specification"].initial = training_example(self.user)


class EvaluateForm(JobForm):
    explanation = "Scores a trained run again, with the thresholds that were tuned on its validation tiles."
    run = forms.ModelChoiceField(Run.objects.none(), label="Run", empty_label=None)
    split = forms.ModelChoiceField(Split.objects.none(), label="Split", required=False, empty_label="The run's own")
    subsets = forms.MultipleChoiceField(
        choices=[choice for choice in Subset.choices if choice[0] != Subset.TRAIN],
        initial=[Subset.TEST_ID, Subset.TEST_CD],
        widget=forms.CheckboxSelectMultiple,
        label="Subsets",
    )

    def prepare(self) -> None:
        trained = Run.objects.visible_to(self.user).filter(origin=Run.Origin.TRAINED)
        self.fields["run"].queryset = trained  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["split"].queryset = Split.objects.visible_to(self.user)  # type: ignore[attr-defined]  # likewise

    def params(self) -> dict[str, Any]:
        chosen = {"run": self.cleaned_data["run"].name, "subsets": self.cleaned_data["subsets"]}
        return chosen | ({"split": self.cleaned_data["split"].name} if self.cleaned_data["split"] else {})


class MakeSplitForm(JobForm):
    explanation = (
        "Test and validation tiles are chosen at random; every other tile that overlaps one of them is dropped, "
        "so that no pixel is both learnt from and tested on."
    )
    name = forms.SlugField(max_length=80, label="Name of the split")
    dataset_version = forms.ChoiceField(label="Dataset version")
    in_domain = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="Regions at home")
    cross_domain = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, label="Regions never seen in training", required=False
    )
    test_size = forms.IntegerField(min_value=1, initial=60, label="Test tiles, in domain")
    val_size = forms.IntegerField(min_value=1, initial=40, label="Validation tiles")
    cross_size = forms.IntegerField(min_value=0, initial=60, label="Test tiles, cross domain")
    seed = forms.IntegerField(min_value=0, initial=111, label="Seed")
    visibility = _visibility()

    def prepare(self) -> None:
        known = Region.objects.visible_to(self.user).values_list("slug", "name", "area")
        regions = [(slug, f"{name} ({area})") for slug, name, area in known]
        versions = versions_visible_to(self.user).values_list("slug", "title")
        offered = {"in_domain": regions, "cross_domain": regions, "dataset_version": list(versions)}
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class MeasureSubsetForm(JobForm):
    explanation = (
        "Takes mean, standard deviation and percentiles of the channels over the tiles of a subset, as they are "
        "published for the tiles of a region: a pixel counts in every tile that holds it."
    )
    split = forms.ModelChoiceField(Split.objects.none(), label="Split", empty_label=None, to_field_name="name")
    subset = forms.ChoiceField(choices=Subset.choices, label="Subset")
    channels = forms.CharField(
        max_length=1000,
        required=False,
        label="Channels",
        help_text="Separated by commas. Left empty, all that every region of the subset has.",
    )

    def prepare(self) -> None:
        self.fields["split"].queryset = Split.objects.visible_to(self.user)  # type: ignore[attr-defined]  # as above

    def params(self) -> dict[str, Any]:
        return super().params() | {"split": self.cleaned_data["split"].name}


class LabelTilesForm(JobForm):
    explanation = (
        "Makes a new label revision from class areas that are stored: a class is present where it has more than a "
        "share of the tile. The labels that are there stay as they are, but the new revision is the newest: training "
        "and export take it unless they name another as label_revision."
    )
    dataset_version = forms.ChoiceField(label="Dataset version")
    threshold = forms.FloatField(
        min_value=0,
        initial=0.01,
        label="Threshold",
        help_text="A share of the tile from 0 to below 1: 0.01 is a hundredth of it. Published labels are made at 0.",
    )

    def prepare(self) -> None:
        versions = list(versions_visible_to(self.user).values_list("slug", "title"))
        self.fields["dataset_version"].choices = versions  # type: ignore[attr-defined]  # a ChoiceField


class ProcessRegionForm(JobForm):
    explanation = (
        "Turns raw sources into channels on one grid, display copies, tiles, class areas and statistics. A channel "
        "whose source is not there is left out."
    )
    specification = forms.CharField(
        max_length=LONG_TEXT,
        label="Specification (YAML)",
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false"}),
    )
    dataset_version = forms.CharField(
        max_length=60,
        required=False,
        label="Dataset version",
        help_text="What the tiles belong to. Regions that one split shall span share it; left empty, it is the slug.",
    )
    workers = forms.IntegerField(
        min_value=1,
        max_value=MOST_WORKERS,
        initial=1,
        label="Workers",
        help_text="How many compute it together, if so many are free. Each more is a job of its own that helps.",
    )
    visibility = _visibility()

    def prepare(self) -> None:
        field = self.fields["specification"]
        field.initial = region_example(self.user)
        field.help_text = f"Files lie on the server, among the store's own sources or {_open_folders()}."


class ImportForm(JobForm):
    explanation = "Reads a folder that the operator of this site has opened for imports. A broken file changes nothing."
    folder = forms.CharField(max_length=400, label="Folder")

    def prepare(self) -> None:
        self.fields["folder"].help_text = f"On the server, {_open_folders()}."


class ImportTilesForm(ImportForm):
    explanation = (
        "Rebuilds the rasters of regions from a folder in the layout of EarthScape: patches/ with a file for each tile "
        "and channel, and the tables beside it. Pixels are copied bit for bit; where tiles overlap, they have to agree."
    )
    on_disagreement = forms.ChoiceField(
        choices=[("refuse", "Refuse the folder, naming tile and channel"), ("first", "Keep the first tile's pixels")],
        label="Where overlapping tiles disagree",
    )
    rename = forms.CharField(
        max_length=400,
        required=False,
        label="New names of regions",
        help_text="Such as hills=my-hills, separated by commas. Left empty, they are called as in the folder.",
    )
    dataset_version = forms.CharField(
        max_length=60,
        required=False,
        label="Dataset version",
        help_text="What the tiles belong to. Left empty, it is that of the folder.",
    )
    visibility = _visibility()


class ExportForm(JobForm):
    explanation = (
        "Writes tile files, tables, footprints, statistics and the split as EarthScape publishes them, into the job's "
        "folder on the server. Imported again, they give the same rasters bit for bit."
    )
    dataset_version = forms.ChoiceField(label="Dataset version")
    regions = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Regions",
        required=False,
        help_text="Without any, all of the dataset version that have rasters.",
    )
    label_revision = forms.ChoiceField(
        label="Label revision", required=False, help_text="Which areas and labels are written."
    )
    split = forms.ChoiceField(label="Split", required=False)
    layout = forms.ChoiceField(
        choices=[("v1.1", "v1.1 (s_50, mask)"), ("v1.0.1", "v1.0.1 (slope_50, geology)")], label="Layout and names"
    )
    channels = forms.CharField(
        max_length=1000,
        required=False,
        label="Channels",
        help_text="Separated by commas. Left empty, all that each region has.",
    )

    def prepare(self) -> None:
        splits = Split.objects.visible_to(self.user).values_list("name", "name")
        versions = versions_visible_to(self.user)
        revisions = LabelRevision.objects.filter(dataset_version__in=versions).order_by("slug")
        offered = {
            "dataset_version": list(versions.values_list("slug", "title")),
            "label_revision": [("", "The newest"), *revisions.values_list("slug", "slug")],
            "regions": list(Region.objects.visible_to(self.user).values_list("slug", "name")),
            "split": [("", "None"), *splits],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


JOB_FORMS: dict[str, type[JobForm]] = {
    "train": TrainForm,
    "evaluate": EvaluateForm,
    "make-split": MakeSplitForm,
    "label-tiles": LabelTilesForm,
    "measure-subset": MeasureSubsetForm,
    "process-region": ProcessRegionForm,
    "preview-region": FirstHourForm,
    "import-dataset": ImportForm,
    "import-runs": ImportForm,
    "import-tiles": ImportTilesForm,
    "export-dataset": ExportForm,
}
