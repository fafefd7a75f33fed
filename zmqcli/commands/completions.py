"""zmqcli completions."""

from enum import StrEnum
from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.options.command import command
from zmqcli.options.types import ArgumentRow


class Shell(StrEnum):
    """The shells there are completions for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


class Wish(StrEnum):
    """What to do: print the script of a shell, or install one."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    INSTALL = "install"


@command(
    examples=[
        "zmqcli completions install",
        "zmqcli completions install zsh",
        "source <(zmqcli completions bash)",
    ]
)
def completions(
    environment: Environment,
    wish: Annotated[
        Wish,
        ArgumentRow("install|SHELL", "install writes the script; a shell's name prints it."),
    ],
    shell: Annotated[Shell | None, ArgumentRow("[bash|zsh|fish]", "For install; default your own, from SHELL.")] = None,
) -> None:
    """Complete commands, options, their values and endpoints with Tab: install the script of a shell, or print it."""
    if wish is not Wish.INSTALL:
        from zmqcli.completion.scripts import script

        if shell is not None:
            raise UsageError("which shell is it?", hint=f"zmqcli completions install {shell} installs")
        environment.print(script(wish.value))
        return
    from zmqcli.completion.install import install, own_shell

    environment.signals.defer()  # a file is written under a temporary name
    done = install(shell.value if shell else own_shell(environment.variables), environment.variables)
    environment.note(f"wrote {done.path}" if done.changed else f"{done.path} is up to date")
    environment.note(done.hint or "new shells complete zmqcli")
