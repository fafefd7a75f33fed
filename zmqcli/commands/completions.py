"""zmqcli completions."""

from enum import StrEnum
from typing import Annotated

import typer

from zmqcli.commands._command import command
from zmqcli.environment import Environment


class Shell(StrEnum):
    """The shells there are completions for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@command(
    examples=[
        "zmqcli completions bash > ~/.local/share/bash-completion/completions/zmqcli",
        "zmqcli completions zsh > ~/.zfunc/_zmqcli",
        "zmqcli completions fish > ~/.config/fish/completions/zmqcli.fish",
    ]
)
def completions(environment: Environment, shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print the completion script of a shell; it asks zmqcli itself."""
    from zmqcli.completion.scripts import script

    environment.output.print(script(shell.value))
