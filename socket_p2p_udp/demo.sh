# shellcheck shell=bash
# What ./demo socket_p2p_udp runs; the verbs are those of common/run.sh.
title='Peer to peer: two equals over UDP'
panes=('p2p_server' 'p2p_client')
ports=(udp:6000)

run() {
    start_open p2p_server -p 0
    start_open p2p_client -p "$(port_of p2p_server)"
    type_into p2p_client 'hola, ¿quién eres?'
    wait_for p2p_server 'hola'
    type_into p2p_server 'un igual'
    wait_for p2p_client 'un igual'
    type_into p2p_client 'entonces, adiós'
    end_input p2p_client
    finish p2p_client
    finish p2p_server
    expect p2p_server 'hola, ¿quién eres\?' 'entonces, adiós' 'said goodbye' '^1 sent, 2 received, 0 undelivered'
    expect p2p_client 'said goodbye' '^2 sent, 1 received, 0 undelivered'
    exchanged='3 messages and a goodbye each way'
}
