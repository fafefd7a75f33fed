"""How what is set in several places becomes one set."""

from __future__ import annotations

from zmqcli.commands.table import DECLARED
from zmqcli.options.profiles import Setting, lay
from zmqcli.options.types import OptionRow

PARAMETERS = {parameter.name: parameter for name in ("push", "proxy") for parameter in DECLARED[name].parameters}


def made(origin: str, *names: str) -> dict[str, Setting]:
    return {name: Setting(PARAMETERS[name], name, name, origin) for name in names}


def test_the_upper_one_wins_and_the_rest_stays() -> None:
    laid = lay(made("profile", "codec", "timeout"), made("default", "timeout", "linger"))

    assert {name: setting.origin for name, setting in laid.items()} == {
        "codec": "profile",
        "timeout": "profile",
        "linger": "default",
    }


def test_an_alternative_of_the_lower_one_goes() -> None:
    assert set(lay(made("profile", "bind"), made("default", "connect", "messages"))) == {"bind", "messages"}


def test_what_an_option_replaces_excludes_or_needs_is_an_option() -> None:
    for name, declared in DECLARED.items():
        rows = [parameter.row for parameter in declared.parameters if isinstance(parameter.row, OptionRow)]
        known = {option for row in rows for option in row.names}
        everywhere = {option for one in DECLARED.values() for p in one.parameters for option in p.names}
        for row in rows:
            assert {*row.replaces} <= everywhere
            assert row.excludes is None or row.excludes.option in known, name
            assert row.needs is None or known.issuperset(row.needs.options), name
