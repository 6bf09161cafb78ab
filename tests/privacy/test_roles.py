"""Who has which role, and whose identity counts."""

from pathlib import Path

import pytest

from feedback.errors import SettingsError
from feedback.pages.identity import vouched_for
from feedback.settings import Roles, read_settings
from feedback.settings.roles import read_roles

OURS = Roles(admins=("ann@example.org", "4711"), reviewers=("*@example.org",), viewers=("guest-?@*",), default="none")


@pytest.mark.parametrize(
    ("identity", "role"),
    [
        ("ann@example.org", "admin"), ("ANN@Example.org", "admin"), ("4711", "admin"), ("bob@example.org", "reviewer"),
        ("guest-7@example.com", "viewer"), ("guest-77@example.com", "none"), ("ann@example.org.evil.com", "none"),
        ("*@example.com", "none"), ("", "none"), (None, "none"),
    ],
)  # fmt: skip
def test_a_role_goes_by_who_signed_in(identity: str | None, role: str):
    assert OURS.role_of(identity) == role


def test_without_more_everybody_is_a_viewer():
    assert read_roles({}).role_of("eve@example.com") == "viewer"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"owners": []}, "has the keys admins, reviewers, viewers, default"),
        ({"admins": "ann@example.org"}, "admins is a list of who signs in"),
        ({"reviewers": ["ann", 3]}, "reviewers is a list"),
        ({"viewers": [" "]}, "viewers is a list"),
        ({"default": "owner"}, "default is one of none, viewer, reviewer, admin"),
        ({"default": ["admin"]}, "default is one of"),
        (["ann"], "has the keys"),
    ],
)
def test_what_means_nothing_is_refused(written: object, said: str):
    with pytest.raises(SettingsError, match=said):
        read_roles(written)


def test_roles_stand_in_the_file(tmp_path: Path):
    file = tmp_path / "feedback.toml"
    file.write_text('[roles]\ndefault = "reviewer"\nadmins = [" ann@example.org "]\n[columns]\nplan = "dimension"\n')
    settings = read_settings(file)
    assert settings.access == Roles(admins=("ann@example.org",), default="reviewer")
    assert settings.roles == {"plan": "dimension"}
    file.write_text('[roles]\ndefault = "boss"\n')
    with pytest.raises(SettingsError, match=r"feedback\.toml: roles: default is one of"):
        read_settings(file)


@pytest.mark.parametrize(
    ("claims", "identity"),
    [
        ({"email": "ann@example.org", "sub": "1"}, "ann@example.org"),
        ({"email": "ann@example.org", "email_verified": True}, "ann@example.org"),
        ({"email": "ann@example.org", "email_verified": False, "sub": "1"}, "1"),
        ({"email": "ann@example.org", "email_verified": False}, None),
        ({"preferred_username": "ann@example.org", "name": "ann@example.org"}, None),
        ({"preferred_username": "ann@example.org", "sub": "1"}, "1"),
    ],
)
def test_no_role_goes_by_a_name_that_anybody_may_choose(claims: dict, identity: str | None):
    assert vouched_for(claims) == identity
