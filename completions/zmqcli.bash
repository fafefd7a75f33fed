# bash completion for zmqcli (bash 4 or newer); made by `zmqcli completions bash`
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
