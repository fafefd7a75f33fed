# fish completion for zmqcli; made by `zmqcli completions fish`
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
