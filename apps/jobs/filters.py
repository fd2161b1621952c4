import django_filters

from apps.jobs.models import Job, JobState


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    state = django_filters.ChoiceFilter(choices=JobState.choices)
    kind = django_filters.CharFilter(max_length=40)

    class Meta:
        model = Job
        fields: list[str] = []
