"""`script/server`: the real thing on one machine, over plain HTTP on loopback."""

from earthscape_web.settings import env
from earthscape_web.settings.base import *  # noqa: F403  # a settings module extends the base by name

DEBUG = env.flag("EARTHSCAPE_DEBUG", default=False)
