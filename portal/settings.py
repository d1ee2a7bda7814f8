"""One settings file. Everything that differs between installations comes from portal.env."""

from urllib.parse import parse_qs, urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from notices.adapters import load
from portal import embedded
from portal.env import ENV, ROOT, provider_urls

BASE_DIR = ROOT
DEBUG = False
DEMO = ENV.demo
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = ENV.secret_key_fallbacks  # former keys: links in messages sent under them go on working
ALLOWED_HOSTS = ENV.allowed_hosts
PUBLIC_BASE_URL = ENV.public_base_url
CSRF_TRUSTED_ORIGINS = [ENV.public_base_url]

INSTALLED_APPS = [
    "portal",
    "communities",
    "notices",
    "django.contrib.admin.apps.SimpleAdminConfig",  # communities.admin registers what operators see, nothing else
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "import_export",
    "pgtrigger",
    "pghistory",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.middleware.Entrance",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.private",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.bodies.bounded",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATE_LOADERS = ["portal.template_loader.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                ("template_partials.loader.Loader", [("django.template.loaders.cached.Loader", TEMPLATE_LOADERS)])
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.desk",
            ],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------

DATABASES = {
    "default": dj_database_url.parse(
        ENV.database_url or embedded.database_url(), conn_max_age=600, conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = ENV.redis_url or embedded.redis_url()  # carries work; nothing is cached in it

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # form fields and webhook bodies; files are counted by their form
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- background work ----------------------------------------------------------------------------------


def _broker_url(url: str) -> str:
    """The same server in Kombu's spelling: it writes unix sockets in its own way."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?virtual_host={parse_qs(parts.query).get('db', ['0'])[0]}"


CELERY_BROKER_URL = _broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = False  # the sweep repeats what is lost; a task redelivered by the broker helps nobody
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- people -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "communities.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "communities.accounts.ClosedAccounts"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = False  # allauth's are counted in a cache, by Host header; ours stand in communities.accounts
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies

# --- safety -------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.is_https
SECURE_SSL_REDIRECT = ENV.is_https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.is_https else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENV.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.is_https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- language and time --------------------------------------------------------------------------------

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = ENV.is_https
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
NUMBER_GROUPING = 3  # Django's Vietnamese formats leave it out: 1.204

# --- files --------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = ENV.data_dir / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.stylesheets.Finder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- the portal's own ---------------------------------------------------------------------------------

#: When only hỏa tốc messages leave, as clocks in Viet Nam show it; None: at any hour.
QUIET_HOURS = ENV.quiet_hours
#: See .env.example; what they bound is written in notices/sending/claims.py and engine.py.
LEASE_SECONDS = ENV.lease_seconds
GRACE_SECONDS = ENV.grace_seconds
SANDBOX_PORT = ENV.sandbox_port
SANDBOX_URL = f"http://localhost:{ENV.sandbox_port}"
#: Providers this installation can use: their folders. A new one is one line here.
NOTICE_ADAPTERS = [
    "notices.adapters.zalo",
    "notices.adapters.esms",
]
#: Where they are, by the names in their Provider.addresses. In a demo all of them are the sandbox beside the portal.
PROVIDER_URLS = provider_urls(
    {name: url for provider in load(NOTICE_ADAPTERS).values() for name, url in provider.addresses.items()}
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.LineFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "celery": {"level": "WARNING"}},
}
