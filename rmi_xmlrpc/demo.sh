# shellcheck shell=bash
# What ./demo rmi_xmlrpc runs; the verbs are those of common/run.sh.
title='RMI: remote objects, found by name, that move and call back'
panes=('rmi_registry' 'rmi_server' 'rmi_client --progress --brief')
ports=(tcp:8000)

run() {
    local registry
    start rmi_registry -p 0
    registry=localhost:$(port_of rmi_registry)
    start rmi_server --registry "$registry"
    wait_for rmi_server '^bound motor_calculo to http://127.0.0.1:'

    start_open rmi_client --registry "$registry" --progress --brief
    type_into rmi_client '10 km mi'
    wait_for rmi_client '^6.2137119223733395$'
    type_into rmi_client 'pi 20000'
    wait_for rmi_client '^pi: 2000 of 20000 digits$' # a callback: the task is running

    start rmi_server --registry "$registry" --rebind
    wait_for rmi_server2 '^bound motor_calculo to http://127.0.0.1:'
    stop rmi_server # finishes the running call before it ends
    wait_for rmi_client '^3.14159265358979323846'
    type_into rmi_client 'fibonacci 100'
    wait_for rmi_client '^354224848179261915075$'
    wait_for rmi_server2 'ejecutar_tarea_con_avisos."fibonacci"'
    end_input rmi_client
    finish rmi_client
    stop rmi_server2
    stop rmi_registry
    exchanged='3 calls, a move, and callbacks'
}
