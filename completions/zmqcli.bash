# bash completion for zmqcli (bash 4.4 or newer); made by `zmqcli completions bash`
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
