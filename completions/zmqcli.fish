# fish completion for zmqcli; made by `zmqcli completions fish`
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
