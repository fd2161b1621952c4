"""What the forms of all kinds of job share."""

from typing import Any

from django import forms

from apps.accounts.models import User


class JobForm(forms.Form):
    """Base of the forms: `params` returns what is handed to the job service.

    `title` stands in place of the kind's, `aside` is a template between the explanation and the fields. `blocked`, what
    the aside says has to be put right before anything can be submitted.
    """

    title = ""
    explanation = ""
    aside = ""
    button = "Submit the job"
    blocked = False

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the user."""

    def params(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
