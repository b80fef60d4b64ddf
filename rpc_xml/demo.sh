# shellcheck shell=bash
# What ./demo rpc_xml runs. Its verbs (start, finish, expect) are those of common/run.sh.
title='RPC: a procedure call that crosses the network, as XML over HTTP'
panes=('rpc_server --wire' 'rpc_client')
ports=(tcp:8000)

run() {
    local port
    start rpc_server -p 0
    port=$(port_of rpc_server)
    start rpc_client -p "$port" --wire 10 km mi
    finish rpc_client
    expect rpc_client '<methodName>convertir</methodName>' '<double>6.2137119223733395</double>' '^6.2137119223733395$'
    start rpc_client -p "$port" <<< $'1 MILLA metros\nis_even 7\n1 parsec m'
    finish rpc_client2
    expect rpc_client2 '^1609.344$' '^Impar$' 'fault 1: unknown unit'
    stop rpc_server
    expect rpc_server 'served 4 requests on 2 connections, 0 refused'
    exchanged='4 calls, 1 of them a fault'
}
