"""The completion scripts of the shells: they ask `zmqcli` itself, by Typer's protocol, so they never go stale.

Typer has scripts of its own, and they break here: bash splits words at colons (`tcp://...`), zsh ignores a
`#compdef` that is not on the first line, and help of more than 80 characters becomes two lines of answers.
"""

from __future__ import annotations

__all__ = ["SHELLS", "script"]

# `complete_bash` answers with one value a line; it is asked with the whole line, words counted as the shell's own
# quoting has it: bash's words, put together again where nothing stands between them.
_BASH = r"""# bash completion for zmqcli (bash 4 or newer); made by `zmqcli completions bash`
_zmqcli() {
    local rest=$COMP_LINE word='' number=-1 index
    for ((index = 0; index <= COMP_CWORD; index++)); do
        if ((index == 0)) || [[ $rest == [[:blank:]]* ]]; then
            rest=${rest#"${rest%%[![:blank:]]*}"}
            word=''
            number=$((number + 1))
        fi
        word+=${COMP_WORDS[index]}
        rest=${rest#"${COMP_WORDS[index]}"}
    done
    mapfile -t COMPREPLY < <(
        COMP_WORDS=${COMP_LINE:0:COMP_POINT} COMP_CWORD=$number _ZMQCLI_COMPLETE=complete_bash "$1" 2>/dev/null
    )
    if ((${#COMPREPLY[@]} == 1)) && [[ -z ${COMPREPLY[0]} ]]; then
        COMPREPLY=()
    elif [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
    fi
}
complete -o default -F _zmqcli zmqcli
"""

# `complete_fish` answers with lines of value, TAB, help: zsh takes them too.
_ZSH = r"""#compdef zmqcli
# zsh completion for zmqcli; made by `zmqcli completions zsh`. Save it as _zmqcli in a directory of $fpath.
_zmqcli() {
    local -a answers offers
    local answer
    answers=("${(@f)$(
        _ZMQCLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args TERMINAL_WIDTH=9999 \
            _TYPER_COMPLETE_ARGS="${(j: :)words[1,CURRENT-1]} $PREFIX" $words[1] 2>/dev/null
    )}")
    for answer in $answers; do
        offers+=("${${answer%%$'\t'*}//:/\\:}:${answer#*$'\t'}")
    done
    if (( $#offers == 0 )); then
        _files
        return
    fi
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _describe -V zmqcli offers
}
if [[ $funcstack[1] == _zmqcli ]]; then
    _zmqcli "$@"
else
    compdef _zmqcli zmqcli
fi
"""

_FISH = r"""# fish completion for zmqcli; made by `zmqcli completions fish`
function __zmqcli_complete
    set -lx _ZMQCLI_COMPLETE complete_fish
    set -lx _TYPER_COMPLETE_FISH_ACTION get-args
    set -lx _TYPER_COMPLETE_ARGS (commandline -cp)
    set -lx TERMINAL_WIDTH 9999
    set -l answers (zmqcli 2>/dev/null | string match -v '')
    set -l token (commandline -ct)
    if not set -q answers[1]
        __fish_complete_path $token
    else if string match -qr -- '^--[^=]+=' $token
        printf '%s\n' (string replace -r '=.*' '=' -- $token)$answers
    else
        printf '%s\n' $answers
    end
end
complete -c zmqcli -f -k -a '(__zmqcli_complete)'
"""

SHELLS = {"bash": ("zmqcli.bash", _BASH), "zsh": ("_zmqcli", _ZSH), "fish": ("zmqcli.fish", _FISH)}
"""Each shell's file, by the name it has in `completions/`, and what is in it."""


def script(shell: str) -> str:
    """Return the completion script of `shell`."""
    return SHELLS[shell][1]
