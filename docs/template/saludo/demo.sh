# shellcheck shell=bash
# What ./demo saludo runs; the verbs are those of common/run.sh.
title='A greeting: the smallest model, to be copied'
panes=('saludo_server' 'saludo_client ana')
ports=(udp:12399)

run() {
    start saludo_server -p 0
    start saludo_client -p "$(port_of saludo_server)" ana
    finish saludo_client
    expect saludo_client '^hola, ana$'
    stop saludo_server
    exchanged='a name and a greeting'
}
