from django import forms


class TokenForm(forms.Form):
    """A name to remember a token by, and how long it works."""

    name = forms.CharField(max_length=80, label="What is it for?", help_text="For example: notebook on my laptop.")
    days = forms.TypedChoiceField(
        coerce=int,
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "One year")],
        initial=30,
        label="Works for",
    )
