"""Where a script is put. That the shells find it there, `tests/test_completions.py` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.shells import need
from zmqcli.completion.install import install, own_shell
from zmqcli.completion.scripts import script
from zmqcli.errors import UsageError, ZmqcliError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a home and nothing else."""
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/bin", "ZDOTDIR": str(tmp_path)}


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".local/share/bash-completion/completions/zmqcli"),
        ("fish", ".config/fish/completions/zmqcli.fish"),
        ("zsh", ".local/share/zsh/site-functions/_zmqcli"),
    ],
)
def test_the_usual_place(variables: dict[str, str], tmp_path: Path, shell: str, file: str) -> None:
    done = install(shell, variables)

    assert done.path == tmp_path / file
    assert done.changed
    assert done.path.read_text() == script(shell)
    assert not install(shell, variables).changed
    assert [path.name for path in done.path.parent.iterdir()] == [done.path.name]


def test_a_directory_of_bash_completions_that_is_named(variables: dict[str, str], tmp_path: Path) -> None:
    done = install("bash", variables | {"BASH_COMPLETION_USER_DIR": f"{tmp_path}/own:/usr/share"})

    assert done.path == tmp_path / "own/completions/zmqcli"


@pytest.mark.parametrize("places", [["plugin", "completions"], ["completions", "plugin"], ["plugin"]])
def test_zsh_has_a_directory_of_the_users_own(variables: dict[str, str], tmp_path: Path, places: list[str]) -> None:
    need("zsh")
    for place in places:
        (tmp_path / place).mkdir()
    (tmp_path / ".zshrc").write_text(f"echo hello; fpath=({' '.join(f'$HOME/{place}' for place in places)} $fpath)")

    done = install("zsh", variables)

    assert done.path == tmp_path / min(places) / "_zmqcli"
    assert not done.hint


def test_zsh_is_told_the_one_line_it_needs(variables: dict[str, str], tmp_path: Path) -> None:
    assert f"fpath=({tmp_path}/.local/share/zsh/site-functions $fpath)" in install("zsh", variables).hint
    assert not list(tmp_path.glob(".zsh*"))


def test_a_link_into_a_repository_of_settings_stays_one(variables: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("# fish completion for zmqcli; made by `zmqcli completions fish`, long ago")
    link = tmp_path / ".config/fish/completions/zmqcli.fish"
    link.parent.mkdir(parents=True)
    link.symlink_to(kept)

    assert install("fish", variables).changed
    assert link.is_symlink()
    assert kept.read_text() == script("fish")


def test_what_somebody_else_has_put_there_stays(variables: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / ".config/fish/completions/zmqcli.fish"
    file.parent.mkdir(parents=True)
    file.write_text("complete -c zmqcli -a mine")

    with pytest.raises(ZmqcliError, match=r"already .*not made by zmqcli.*zmqcli completions fish"):
        install("fish", variables)
    assert file.read_text() == "complete -c zmqcli -a mine"


def test_lines_for_rc_files_are_quoted(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmqcli.completion.install.BASH_COMPLETION", ())
    named = variables | {"XDG_DATA_HOME": f"{variables['HOME']}/two words"}

    assert f"source '{named['XDG_DATA_HOME']}/bash-completion/" in install("bash", named).hint
    assert f"fpath=('{named['XDG_DATA_HOME']}/zsh/site-functions' $fpath)" in install("zsh", named).hint


def test_where_nothing_can_be_written(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".config").touch()

    with pytest.raises(ZmqcliError, match=r"cannot write .*zmqcli completions fish"):
        install("fish", variables)


def test_without_a_home(variables: dict[str, str]) -> None:
    with pytest.raises(ZmqcliError, match="XDG_CONFIG_HOME"):
        install("fish", variables | {"HOME": ""})


def test_the_users_own_shell() -> None:
    assert own_shell({"SHELL": "/usr/local/bin/fish"}) == "fish"
    for variables in ({"SHELL": "/bin/tcsh"}, {"SHELL": ""}, {}):
        with pytest.raises(UsageError, match=r"bash\|zsh\|fish"):
            own_shell(variables)
