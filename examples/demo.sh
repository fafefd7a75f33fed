#!/usr/bin/env bash
# One exchange of every pattern, on tcp and on ipc, between real zmqcli processes on this machine.
# Run it with `make demo`, or with zmqcli on the PATH. Exits non-zero when any exchange fails.
set -euo pipefail

directory=$(mktemp -d "${TMPDIR:-/tmp}/zq.XXXXXX")
listener=
trap '[ -z "$listener" ] || kill "$listener" 2>/dev/null || true; rm -rf "$directory"' EXIT
mkfifo "$directory/silence"
exec {silence}<>"$directory/silence" # nothing ever comes from here: something to wait on that is no sleep
number=0
failed=0

# exchange LISTENER CALLER HEARD ANSWERED: run `zmqcli LISTENER` on an endpoint it binds, then `zmqcli CALLER`
# connected to it. The first has to print HEARD, the second ANSWERED, in which \t parts frames.
exchange() {
  local -a listening calling
  read -ra listening <<<"$1"
  read -ra calling <<<"$2"
  local heard answered code=0
  number=$((number + 1))
  local file=$directory/$number bind
  if [ "$transport" = tcp ]; then bind=tcp://127.0.0.1:0; else bind=ipc://$directory/$number.ipc; fi

  printf '\n%s and %s over %s\n' "${listening[0]}" "${calling[0]}" "$transport"
  show "${listening[0]}" -b "$bind" "${listening[@]:1}" '&'
  timeout 20 zmqcli "${listening[0]}" -q -b "$bind" --ready-file "$file.ready" "${listening[@]:1}" \
    >"$file.heard" 2>"$file.errors" &
  listener=$!
  if ! wait_for "$file.ready"; then
    echo "  FAILED to start: $(cat "$file.errors")"
    failed=$((failed + 1))
    return
  fi

  local endpoint
  endpoint=$(head -n 1 "$file.ready")
  show "${calling[0]}" -c "$endpoint" "${calling[@]:1}"
  timeout 20 zmqcli "${calling[0]}" -q -c "$endpoint" "${calling[@]:1}" >"$file.answered" 2>>"$file.errors" || code=$?
  wait "$listener" || code=$?
  listener=
  heard=$(cat "$file.heard")
  answered=$(cat "$file.answered")
  [ -z "$heard" ] || printf '  %s printed: %s\n' "${listening[0]}" "$heard"
  [ -z "$answered" ] || printf '  %s printed: %s\n' "${calling[0]}" "$answered"
  # A pattern, not a text: a STREAM's routing id is another one each time.
  # shellcheck disable=SC2053
  if [ "$code" != 0 ] || [[ $heard != $(printf '%b' "$3") ]] || [[ $answered != $(printf '%b' "$4") ]]; then
    echo "  FAILED (exit code $code): $(cat "$file.errors")"
    failed=$((failed + 1))
  fi
}

show() {
  printf '  $ zmqcli'
  printf ' %s' "$@"
  printf '\n'
}

# wait_for FILE: until it exists; in vain when the listener has ended without it, or after ten seconds.
wait_for() {
  local patience=500
  until [ -e "$1" ]; do
    patience=$((patience - 1))
    if [ "$patience" = 0 ] || ! kill -0 "$listener" 2>/dev/null; then return 1; fi
    read -rt 0.02 -u "$silence" || true
  done
}

for transport in tcp ipc; do
  exchange 'pull -n 1' 'push hello world' 'hello\tworld' ''
  exchange 'pub weather 72F' 'sub -s weather -n 1' '' 'weather\t72F'
  exchange 'rep -n 1 world' 'req hello' 'hello' 'world'
  exchange 'router -n 1 --echo' 'dealer -n 1 --identity client hello' 'client\thello' 'hello'
  exchange 'pair -n 1 ping' 'pair -n 1 pong' 'pong' 'ping'
  exchange 'xpub -n 1 -O quoted weather 72F' 'xsub -s weather -n 1' '\\\\x01weather' 'weather\t72F'
  exchange 'stream -n 1' 'stream hello' '*\thello' ''
done

echo
if [ "$failed" != 0 ]; then
  echo "$failed of $number exchanges failed"
  exit 1
fi
echo "all $number exchanges came through"
