"""How what is set in several places becomes one set."""

from __future__ import annotations

from zmqcli.options.groups import Body, Delivery, Endpoints, Input, Output, Pace, Records
from zmqcli.options.profiles import GIVES_WAY, Setting, lay
from zmqcli.options.proxy import Sides


def made(origin: str, *names: str) -> dict[str, Setting]:
    return {name: Setting(None, name, origin) for name in names}


def test_the_upper_one_wins_and_the_rest_stays() -> None:
    laid = lay(made("profile", "codec", "timeout"), made("default", "timeout", "linger"))

    assert {name: setting.origin for name, setting in laid.items()} == {
        "codec": "profile",
        "timeout": "profile",
        "linger": "default",
    }


def test_an_alternative_of_the_lower_one_goes() -> None:
    assert set(lay(made("profile", "bind"), made("default", "connect", "count"))) == {"bind", "count"}


def test_what_gives_way_is_an_option() -> None:
    groups = (Body, Delivery, Endpoints, Input, Output, Pace, Records, Sides)
    known = {field for group in groups for field in group._fields}

    assert {*GIVES_WAY, *(name for names in GIVES_WAY.values() for name in names)} <= known
