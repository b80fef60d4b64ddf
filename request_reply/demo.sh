# shellcheck shell=bash
# What ./demo request_reply runs; the verbs are those of common/run.sh.
title='Request/reply: what a call means when datagrams get lost'
panes=('reqrep_server' 'faulty_link --drop 20% --duplicate 10%' 'reqrep_client -p 12351')
ports=(udp:12350 udp:12351)

# Both runs get the same faults, all at the first deposit: its request is lost; the second transmission is executed, but the
# reply is lost; the third transmission arrives twice.
faults=(--seed 7 --drop-nth '1,r1' --duplicate-nth 3)

# Ten deposits of 100. Prints the last lines of both sides as one; `balance` and `replayed` are the server's afterwards.
deposits() { # SEMANTICS NUMBER-OF-THIS-RUN
    local server=reqrep_server$2 link=faulty_link$2 client=reqrep_client$2 line
    start reqrep_server -p 0 --semantics "$1"
    start faulty_link -p 0 "127.0.0.1:$(port_of "$server")" "${faults[@]}"
    start reqrep_client -p "$(port_of "$link")" --semantics "$1" --rto 0.3 127.0.0.1 < <(printf 'deposit 100\n%.0s' {1..10})
    finish "$client"
    stop "$link"
    stop "$server"
    line="$(tail -n 1 "$run/$client.log"); $(tail -n 1 "$run/$server.log")"
    [[ $line =~ ^(sent.*),\ (answered\ 10),\ expected\ (balance\ 1000)\;\ .*(executed\ [0-9]+),\ (replayed\ ([0-9]+)),\ .*(balance\ ([0-9]+))$ ]] ||
        fail "$1: $line"
    replayed=${BASH_REMATCH[6]} balance=${BASH_REMATCH[8]}
    say "$1: ${BASH_REMATCH[1]}, ${BASH_REMATCH[4]}, ${BASH_REMATCH[5]}, ${BASH_REMATCH[2]}, ${BASH_REMATCH[7]} (expected 1000)"
}

run() {
    local balance replayed
    deposits at-least-once ''
    ((balance > 1000)) || fail "at-least-once: no deposit was executed twice, though the network made its request arrive again"
    exchanged="10 deposits: at-least-once $balance"
    deposits at-most-once 2
    ((balance == 1000)) || fail "at-most-once: the balance is $balance, not 1000"
    ((replayed > 0)) || fail "at-most-once: no request was answered from memory, though the same datagrams arrived again"
    exchanged+=", at-most-once $balance"
}
