"""`script/test`: as in development, with cheap passwords and static files straight from their sources."""

from earthscape_web.settings import env
from earthscape_web.settings.base import *  # noqa: F403  # a settings module extends the base by name

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DATABASES["default"]["TEST"] = {"NAME": env.text("EARTHSCAPE_TEST_DATABASE", "test_earthscape")}  # noqa: F405  # from the base
EARTHSCAPE_EVENT_STREAM_SECONDS = 5  # a stream whose reader has gone must not outlive its test by minutes
