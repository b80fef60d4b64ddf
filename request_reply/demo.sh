# shellcheck shell=bash
# What ./demo request_reply runs; the verbs are those of common/run.sh.
title='Request/reply: what a call means when datagrams get lost'
panes=('reqrep_server' 'faulty_link --drop 20% --duplicate 10%' 'reqrep_client -p 12351')
ports=(udp:12350 udp:12351)

# Ten deposits of 100 with the same three faults: the second datagram to the server is lost, the fourth back too, and the
# seventh to the server comes twice. Joins the last lines of both sides to one; `balance` is what the account holds then.
deposits() { # SEMANTICS NUMBER-OF-THIS-RUN
    local server=reqrep_server$2 link=faulty_link$2 client=reqrep_client$2 line
    start reqrep_server -p 0 --semantics "$1"
    start faulty_link -p 0 "127.0.0.1:$(port_of "$server")" --seed 7 --drop-nth 2,r4 --duplicate-nth 7
    start reqrep_client -p "$(port_of "$link")" --semantics "$1" 127.0.0.1 < <(printf 'deposit 100\n%.0s' {1..10})
    finish "$client"
    stop "$link"
    stop "$server"
    line="$(tail -n 1 "$run/$client.log"); $(tail -n 1 "$run/$server.log")"
    [[ $line =~ ^(sent.*),\ (answered\ 10),\ expected\ (balance\ 1000)\;\ .*(executed\ [0-9]+),\ .*(balance\ ([0-9]+))$ ]] ||
        fail "$1: $line"
    balance=${BASH_REMATCH[6]}
    say "$1: ${BASH_REMATCH[1]}, ${BASH_REMATCH[4]}, ${BASH_REMATCH[2]}, ${BASH_REMATCH[5]} (expected 1000)"
}

run() {
    local balance
    deposits at-least-once ''
    ((balance > 1000)) || fail "at-least-once: no deposit was executed twice, though two datagrams were made to do that"
    exchanged="10 deposits: at-least-once $balance"
    deposits at-most-once 2
    ((balance == 1000)) || fail "at-most-once: the balance is $balance, not 1000"
    exchanged+=", at-most-once $balance"
}
