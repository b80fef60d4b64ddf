# shellcheck shell=bash
# What ./demo socket_tcp runs; the verbs are those of common/run.sh.
title='TCP: a stream of bytes over a connection'
panes=('tcp_server' 'tcp_client')
ports=(tcp:9999)

run() {
    start tcp_server -p 0
    start tcp_client -p "$(port_of tcp_server)" <<< $'hola\n¿qué tal?'
    finish tcp_client
    expect tcp_client 'hola' '¿qué tal\?'
    stop tcp_server
    expect tcp_server 'left after 17 bytes' 'served 1 client, 17 bytes received, 0 bytes undelivered'
    exchanged='2 lines, 17 bytes each way'
}
