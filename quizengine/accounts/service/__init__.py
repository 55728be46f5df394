"""Use cases of accounts. The names that other domains use can be imported from here."""

from quizengine.accounts.passwords import hash_password
from quizengine.accounts.service.accounts import (
    change_password,
    create_account,
    create_account_with_hash,
    create_simulated_students,
    disable_account,
    set_language,
    set_password,
)
from quizengine.accounts.service.classes import add_to_class, create_class
from quizengine.accounts.service.organisations import create_organisation
from quizengine.accounts.service.sign_in import (
    SignedIn,
    check_credentials,
    end_all_sessions,
    end_session,
    find_password_hash,
    find_signed_in,
    start_session,
)

__all__ = [
    "SignedIn",
    "add_to_class",
    "change_password",
    "check_credentials",
    "create_account",
    "create_account_with_hash",
    "create_class",
    "create_organisation",
    "create_simulated_students",
    "disable_account",
    "end_all_sessions",
    "end_session",
    "find_password_hash",
    "find_signed_in",
    "hash_password",
    "set_language",
    "set_password",
    "start_session",
]
