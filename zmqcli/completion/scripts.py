"""The completion scripts of the shells: they ask `zmqcli` itself (`answer.py`), so they never go stale.

Typer has scripts of its own, and they break here: bash splits words at colons (`tcp://...`), zsh ignores a
`#compdef` that is not on the first line, and help of more than 80 characters becomes two lines of answers.
"""

from __future__ import annotations

__all__ = ["SHELLS", "script"]

# Bash hands over words split at colons and equals signs: they are put together again where nothing stands between
# them. It replaces only what follows the last such character (in quotes, all), so the rest is taken off the answers.
_BASH = r"""# bash completion for zmqcli (bash 4.4 or newer); made by `zmqcli completions bash`
_zmqcli() {
    local rest=${COMP_LINE:0:COMP_POINT} word='' quote='' cut='' line index
    local -a words=() answers=()
    if [[ ${COMP_WORDS[COMP_CWORD - 1]} == ?([0-9&])[\<\>]* ]]; then
        compopt -o default # a redirection takes a file
        return
    fi
    for ((index = 0; index <= COMP_CWORD; index++)); do
        if ((index > 0)) && [[ $rest == [[:blank:]]* ]]; then
            words+=("${word//[\"\'\\]/}")
            word=''
        fi
        rest=${rest#"${rest%%[![:blank:]]*}"}
        if ((index == COMP_CWORD)); then
            word+=$rest # only up to the cursor
        else
            word+=${COMP_WORDS[index]}
            rest=${rest#"${COMP_WORDS[index]}"}
        fi
    done
    case $word in
        [\"\']*) quote=${word:0:1} word=${word:1} ;;
        *) word=${word//\\/} ;;
    esac
    mapfile -t answers < <(_ZMQCLI_COMPLETE=bash "$1" "${words[@]:1}" "$word" 2>/dev/null)
    COMPREPLY=()
    case ${answers[0]-} in
        files) compopt -o default ;;
        directories) compopt -o dirnames ;;
    esac
    if [[ -z $quote ]]; then
        cut=${word%"${word##*["$COMP_WORDBREAKS"]}"}
    fi
    for line in "${answers[@]:1}"; do
        line=${line%%$'\t'*}
        line=${line:${#cut}}
        if [[ -z $quote && -n $line ]]; then
            printf -v line %q "$line"
            line=${line//\\,/,} # what needs no quoting
        fi
        COMPREPLY+=("$line")
    done
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace
    fi
}
complete -F _zmqcli zmqcli
"""

_ZSH = r"""#compdef zmqcli
# zsh completion for zmqcli; made by `zmqcli completions zsh`. Save it as _zmqcli in a directory of $fpath.
_zmqcli() {
    local -a answers whole parts
    local answer value
    answers=("${(@f)$(_ZMQCLI_COMPLETE=zsh $words[1] "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ $answers[1] != words ]]; then
        [[ $PREFIX == --*=* ]] && compset -P '*='
        case $answers[1] in
            files) _files ;;
            directories) _files -/ ;;
        esac
        return
    fi
    for answer in "${(@)answers[2,-1]}"; do
        value=${answer%%$'\t'*}
        answer=${answer#*$'\t'}
        answer=${value//:/\\:}${answer:+:${answer//\\/\\\\}}
        if [[ $value == *[=/:] ]]; then
            parts+=("$answer") # no blank after it
        else
            whole+=("$answer")
        fi
    done
    _describe -V zmqcli whole -M 'm:{a-z}={A-Z}' -- parts -S '' -M 'm:{a-z}={A-Z}'
}
if [[ $funcstack[1] == _zmqcli ]]; then
    _zmqcli "$@"
else
    compdef _zmqcli zmqcli
fi
"""

_FISH = r"""# fish completion for zmqcli; made by `zmqcli completions fish`
function __zmqcli_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l word (string unescape -- $token; or string sub -s 2 -- $token)[1] # or: an open quote
    set -l answers (_ZMQCLI_COMPLETE=fish $words[1] $words[2..] "$word" 2>/dev/null)
    set -l before (string match -r -- '^--[^=]+=' $token)
    switch "$answers[1]"
        case files
            printf '%s\n' "$before"(complete -C "'' "(string replace -- "$before" '' $token)) # as of any command
        case directories
            printf '%s\n' "$before"(__fish_complete_directories (string replace -- "$before" '' $token) '')
        case words
            test (count $answers) -gt 1; and printf '%s\n' $answers[2..]
    end
end
complete -c zmqcli -f -k -a '(__zmqcli_complete)'
"""

SHELLS = {"bash": ("zmqcli.bash", _BASH), "zsh": ("_zmqcli", _ZSH), "fish": ("zmqcli.fish", _FISH)}
"""Each shell's file, by the name it has in `completions/`, and what is in it."""


def script(shell: str) -> str:
    """Return the completion script of `shell`."""
    return SHELLS[shell][1]
