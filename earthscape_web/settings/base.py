"""Settings that hold however the project runs. What differs comes from the environment."""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from earthscape_web.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]

SECRET_KEY = env.text("EARTHSCAPE_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.words("EARTHSCAPE_ALLOWED_HOSTS", "127.0.0.1,localhost")
INTERNAL_IPS: list[str] = []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_gis",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "leaflet",
    "simple_history",
    "csp",
    "apps.accounts",
    "apps.jobs",
    "apps.regions",
    "apps.annotations",
    "apps.tiles",
    "apps.splits",
    "apps.experiments",
    "apps.maptiles",
    "apps.pages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "apps.pages.problems.ProblemPages",
]

ROOT_URLCONF = "earthscape_web.urls"
WSGI_APPLICATION = "earthscape_web.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.database("EARTHSCAPE_DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.redis_url("EARTHSCAPE_CACHE_URL"),
        "TIMEOUT": 300,
    },
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
NODE_MODULES = BASE_DIR / "node_modules"
BROWSER_PACKAGES = {
    "protomaps-leaflet": "dist",
    "vega": "build",
    "vega-embed": "build",
    "vega-interpreter": "build",
    "vega-lite": "build",
}
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [
    BASE_DIR / "static",
    *((f"vendor/{package}", NODE_MODULES / package / folder) for package, folder in BROWSER_PACKAGES.items()),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

EARTHSCAPE_STORE = env.folder("EARTHSCAPE_STORE", BASE_DIR / "var" / "store")
EARTHSCAPE_IMPORT_ROOTS = env.folders("EARTHSCAPE_IMPORT_ROOTS")
EARTHSCAPE_DOWNLOAD_HOSTS = env.host_rules("EARTHSCAPE_DOWNLOAD_HOSTS")  # none: nothing is downloaded
EARTHSCAPE_DOWNLOAD_LEAST_KIB = env.whole_number("EARTHSCAPE_DOWNLOAD_LEAST_KIB", 4)  # a second, over a minute
EARTHSCAPE_SOURCES = {  # where a first region comes from; a mirror may stand in for each
    "dem": env.web_address(
        "EARTHSCAPE_SOURCE_DEM",
        "https://kygisserver.ky.gov/arcgis/rest/services/WGS84WM_Services/KY_Data_Tiles_DEM_WGS84WM/MapServer",
    ),
    "imagery": env.web_address(
        "EARTHSCAPE_SOURCE_IMAGERY",
        "https://services3.arcgis.com/ghsX9CKghMvyYjBU/arcgis/rest/services/Ky_KYAPED_Aerial_Tile_Index_WM_gdb"
        "/FeatureServer",
    ),
    "streams": env.web_address(
        "EARTHSCAPE_SOURCE_STREAMS", "https://hydro.nationalmap.gov/arcgis/rest/services/NHDPlus_HR/MapServer"
    ),
    "roads": env.web_address("EARTHSCAPE_SOURCE_ROADS", "https://overpass-api.de/api/interpreter"),
}
EARTHSCAPE_SOURCE_FILE_HOSTS = env.words("EARTHSCAPE_SOURCE_FILE_HOSTS") or [  # where their tile indexes lead
    "kyfromabove.s3.us-west-2.amazonaws.com",
    "ky.box.com",
    "dl.boxcloud.com",
    "public.boxcloud.com",
]
EARTHSCAPE_MAX_UNFINISHED_JOBS = env.whole_number("EARTHSCAPE_MAX_UNFINISHED_JOBS", 50, least=1)
EARTHSCAPE_JOB_KINDS = "earthscape_web.job_kinds:JOB_KINDS"
EARTHSCAPE_CHECKS = "earthscape_web.checks"
EARTHSCAPE_EXTRA_JOB_KINDS = env.words("EARTHSCAPE_EXTRA_JOB_KINDS")  # the operator's own kinds, as module:name
EARTHSCAPE_JOB_LEASE_SECONDS = env.whole_number("EARTHSCAPE_JOB_LEASE_SECONDS", 60, least=2)
EARTHSCAPE_JOB_RENEW_SECONDS = env.whole_number("EARTHSCAPE_JOB_RENEW_SECONDS", 15, least=1)
EARTHSCAPE_JOB_GRACE_SECONDS = env.whole_number("EARTHSCAPE_JOB_GRACE_SECONDS", 8, least=1)
EARTHSCAPE_JOB_SWEEP_SECONDS = env.whole_number("EARTHSCAPE_JOB_SWEEP_SECONDS", 15, least=1)
EARTHSCAPE_EVENT_STREAMS = env.whole_number("EARTHSCAPE_EVENT_STREAMS", 8, least=1)  # at once in one web process
EARTHSCAPE_EVENT_STREAM_SECONDS = env.whole_number("EARTHSCAPE_EVENT_STREAM_SECONDS", 300, least=1)
EARTHSCAPE_UPLOAD_FILE_MIB = env.whole_number("EARTHSCAPE_UPLOAD_FILE_MIB", 4096, least=1)
EARTHSCAPE_UPLOAD_QUOTA_MIB = env.whole_number("EARTHSCAPE_UPLOAD_QUOTA_MIB", 20480, least=1)  # of one owner
EARTHSCAPE_UPLOAD_RESERVE_MIB = env.whole_number("EARTHSCAPE_UPLOAD_RESERVE_MIB", 2048)  # left free on the disk
MEDIA_ROOT = EARTHSCAPE_STORE / "uploads"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

CELERY_BROKER_URL = env.redis_url("EARTHSCAPE_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 30, "socket_connect_timeout": 2, "socket_keepalive": True}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = False  # redelivery is the row's work: see the job life cycle
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_TASK_PUBLISH_RETRY = False  # the sweep publishes again; a request never waits for the broker
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "apps.jobs.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["earthscape_web.rest.parsing.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "earthscape_web.rest.negotiation.LenientNegotiation",
    "DEFAULT_PAGINATION_CLASS": "earthscape_web.rest.paging.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["earthscape_web.rest.filtering.StrictFilterBackend"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "earthscape_web.error_pages.problem_response",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "EarthScape Web",
    "DESCRIPTION": (
        "Regions, channels, map units, tiles, splits, runs and jobs of surficial-geology mapping. "
        "Published data: EarthScape, Massey and Imran 2025, doi:10.13023/kgs.data.05.01.2025, CC BY 4.0."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # nothing is asked of another host
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "earthscape_web.rest.schema.add_problems",
    ],
}

# GeoDjango's own GDAL only looks up coordinate systems by their code here; files are opened by rasterio's GDAL in a
# child process with few drivers. Debian 12 has no newer one.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False  # the pages' scripts send it back in a header

LEAFLET_CONFIG = {
    "DEFAULT_CENTER": (37.2, -86.3),
    "DEFAULT_ZOOM": 9,
    "TILES": [],
    "ATTRIBUTION_PREFIX": "",
    "RESET_VIEW": False,
    "NO_GLOBALS": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"numexpr": {"level": "WARNING"}},
}
