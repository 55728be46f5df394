"""Settings: each one an environment variable, checked at start."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PROJECT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


class WrongSetting(Exception):
    """A setting that cannot be used; its text says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program reads from its environment. The README lists each name."""

    host: str
    port: int
    data_dir: Path
    database_url: str
    secret_key: str
    web_workers: int
    web_threads: int
    session_hours: int
    secure_cookies: bool
    trusted_proxies: int
    max_upload_mb: int
    import_memory_mb: int
    import_seconds: int
    metrics_token: str
    log_level: str
    time_zone: str

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


LOG_LEVELS = ("debug", "info", "warning", "error")
SETTINGS = (
    "HOST",
    "PORT",
    "DATA_DIR",
    "DATABASE_URL",
    "SECRET_KEY",
    "WEB_WORKERS",
    "WEB_THREADS",
    "SESSION_HOURS",
    "SECURE_COOKIES",
    "TRUSTED_PROXIES",
    "MAX_UPLOAD_MB",
    "IMPORT_MEMORY_MB",
    "IMPORT_SECONDS",
    "METRICS_TOKEN",
    "LOG_LEVEL",
    "TIME_ZONE",
)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Raises
    ------
    WrongSetting
        With one sentence that names the variable, its value and what would be right.
    """
    values = os.environ if environment is None else environment
    read = _Reader(values)
    data_dir = Path(values.get("DATA_DIR") or PROJECT / "var").expanduser().resolve()
    return Settings(
        host=values.get("HOST") or "127.0.0.1",
        port=read.whole("PORT", 8000, 1, 65535),
        data_dir=data_dir,
        database_url=_database_url(values.get("DATABASE_URL"), data_dir),
        secret_key=_secret_key(values.get("SECRET_KEY"), data_dir),
        web_workers=read.whole("WEB_WORKERS", 2, 1, 64),
        web_threads=read.whole("WEB_THREADS", 4, 1, 64),
        session_hours=read.whole("SESSION_HOURS", 12, 1, 24 * 30),
        secure_cookies=read.flag("SECURE_COOKIES", default=False),
        trusted_proxies=read.whole("TRUSTED_PROXIES", 0, 0, 5),
        max_upload_mb=read.whole("MAX_UPLOAD_MB", 25, 1, 500),
        import_memory_mb=read.whole("IMPORT_MEMORY_MB", 1500, 300, 64_000),
        import_seconds=read.whole("IMPORT_SECONDS", 180, 5, 3600),
        metrics_token=_metrics_token(values.get("METRICS_TOKEN")),
        log_level=_log_level(values.get("LOG_LEVEL")),
        time_zone=_time_zone(values.get("TIME_ZONE") or "Asia/Shanghai"),
    )


class _Reader:
    """Reads numbers and switches, and says what is wrong with them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def whole(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self._values.get(name, "").strip()
        if not text:
            return default
        number = self._parse(name, text, int, f"a whole number from {lowest} to {highest}")
        if not lowest <= number <= highest:
            raise WrongSetting(f"{name}={text} must be a whole number from {lowest} to {highest}.")
        return number

    def flag(self, name: str, *, default: bool) -> bool:
        text = self._values.get(name, "").strip().lower()
        if not text:
            return default
        if text not in {"0", "1", "true", "false", "yes", "no"}:
            raise WrongSetting(f"{name}={text} must be 1 or 0.")
        return text in {"1", "true", "yes"}

    @staticmethod
    def _parse(name: str, text: str, parse: Callable[[str], T], wanted: str) -> T:
        try:
            return parse(text)
        except ValueError:
            raise WrongSetting(f"{name}={text} must be {wanted}.") from None


def _database_url(text: str | None, data_dir: Path) -> str:
    if not text:
        return f"sqlite:///{data_dir / 'quizengine.db'}"
    scheme = urlsplit(text).scheme
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        return "postgresql+psycopg" + text[len(scheme) :]
    if scheme == "sqlite" and text.startswith("sqlite:////"):
        return text
    raise WrongSetting(
        "DATABASE_URL must look like postgresql://user:password@host/name "
        "or sqlite:////absolute/path/file.db."
    )


def _metrics_token(text: str | None) -> str:
    token = (text or "").strip()
    if token and len(token) < 16:
        raise WrongSetting("METRICS_TOKEN must have at least 16 characters.")
    return token


def _log_level(text: str | None) -> str:
    level = (text or "info").strip().lower()
    if level not in LOG_LEVELS:
        raise WrongSetting(f"LOG_LEVEL={text} must be one of {', '.join(LOG_LEVELS)}.")
    return level


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongSetting(
            f"TIME_ZONE={name} is not a zone name such as Asia/Shanghai or Europe/London."
        ) from None
    return name


def _secret_key(text: str | None, data_dir: Path) -> str:
    """The key from the environment, or from the file that `./run` made on its first start."""
    if text:
        if len(text) < 32:
            raise WrongSetting("SECRET_KEY must have at least 32 characters.")
        return text
    file = data_dir / "secret.key"
    return file.read_text(encoding="ascii").strip() if file.exists() else ""


def make_secret_key(data_dir: Path) -> None:
    """Write a random key once, readable by its owner only."""
    import secrets

    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / "secret.key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(48) + "\n")
