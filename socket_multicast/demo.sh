# shellcheck shell=bash
# What ./demo socket_multicast runs; the verbs are those of common/run.sh.
title='Multicast: said once, heard by all who joined'
panes=('mcast_receiver' 'mcast_receiver' 'mcast_sender')
ports=(udp:5007)
doctor_promise='multicast over the loopback interface'

run() {
    start mcast_receiver -p 0
    local port
    port=$(port_of mcast_receiver)
    start mcast_receiver -p "$port"
    wait_for mcast_receiver2 '^listening on'
    start mcast_sender -p "$port" <<< $'hola\n¿qué tal?'
    finish mcast_sender
    local receiver
    for receiver in mcast_receiver mcast_receiver2; do
        wait_for "$receiver" '#2: ¿qué tal\?'
        stop "$receiver"
        expect "$receiver" '#1: hola' '^1 sender: 2 received, 0 lost, 0 duplicated, 0 reordered'
    done
    exchanged='2 datagrams, each heard by both receivers'
}

doctor_check() {
    start mcast_receiver -p 0 -n 1 -w 2
    start mcast_sender -p "$(port_of mcast_receiver)" <<< 'hola'
    finish mcast_receiver
}
