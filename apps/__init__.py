"""The web application: one Django app per stage of the way from sources to pages."""
