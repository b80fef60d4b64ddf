# shellcheck shell=bash
# What ./demo socket_udp runs; the verbs are those of common/run.sh.
title='UDP: datagrams, each on its own'
panes=('udp_server' 'udp_client')
ports=(udp:12345)

run() {
    local port
    start udp_server -p 0 -s 16
    port=$(port_of udp_server)
    start udp_client -p "$port" localhost 'hola' '' '¿qué tal?' 'more than 16 bytes at once'
    finish udp_client
    expect udp_client ' 4 bytes: hola' ' 0 bytes$' ' 11 bytes: ¿qué tal\?' '16 bytes, not what was sent' '^4 answered, 0 without reply'
    stop udp_server
    expect udp_server ' 26 bytes, truncated to 16: more than 16 byt' '^received 4 datagrams, 31 bytes, 1 truncated'
    exchanged='4 datagrams each way: one empty, one truncated'
}
