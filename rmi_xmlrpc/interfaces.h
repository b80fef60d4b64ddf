/* interfaces.h - the interface definition: the methods of each remote object, written once. It is to these programs what a
 * .x file is to rpcgen and a .proto file to protoc. The C preprocessor is the stub generator (an X-macro).
 *
 * METHOD(interface, name, type of the result, parameters, help) is a method, IN(type, name) a parameter. The types are those
 * of XML-RPC: marshal.h. stubs.h makes the client's functions of these lists. skeleton.h makes the functions that receive
 * the calls and check their arguments, and the answers to system.methodSignature and system.methodHelp.
 */
#ifndef INTERFACES_H
#define INTERFACES_H

#include "../rpc_xml/rpc_xml.h"

#define NO_PARAMETERS(IN)

/* The object conversor: lengths, and their units. */
#define CONVERTIR_IN(IN) IN(double, valor) IN(string, unidad_origen) IN(string, unidad_destino)
#define CONVERSOR(METHOD)                                                                                            \
    METHOD(conversor, convertir, double, CONVERTIR_IN, "A length, valor, from unidad_origen to unidad_destino.")     \
    METHOD(conversor, unidades, array, NO_PARAMETERS,                                                                \
           "The units: simbolo, nombre, and metros, how many metres one is.")

/* The object motor_calculo: tasks that need processor time. They are pi [digits after the point], primo [n], fibonacci [n]. */
#define TAREA_IN(IN)            IN(string, nombre) IN(array, parametros)
#define TAREA_CON_AVISOS_IN(IN) IN(string, nombre) IN(array, parametros) IN(string, url_avisos)
#define MOTOR_CALCULO(METHOD)                                                                                        \
    METHOD(motor_calculo, ejecutar_tarea, any, TAREA_IN,                                                             \
           "The result of a task: pi [digits] and fibonacci [n] as string, primo [n] as boolean.")                   \
    METHOD(motor_calculo, ejecutar_tarea_con_avisos, any, TAREA_CON_AVISOS_IN,                                       \
           "The same; while it runs, avisos.progreso of the caller's object at url_avisos is called.")

/* The callback object avisos: a client exports it, and the server calls it while a task runs. */
#define PROGRESO_IN(IN) IN(string, tarea) IN(int, hecho) IN(int, total)
#define AVISOS(METHOD)                                                                                               \
    METHOD(avisos, progreso, boolean, PROGRESO_IN, "Of a tarea, hecho of total is done. Returns true.")

/* The registry. It is an object like the others; only its address is known beforehand. */
#define BINDING_IN(IN) IN(string, name) IN(string, url)
#define NAME_IN(IN)    IN(string, name)
#define REGISTRO(METHOD)                                                                                             \
    METHOD(registro, bind, double, BINDING_IN,                                                                       \
           "Binds a free name to an object's URL, or renews it. Returns the lease in seconds: bind again before.")   \
    METHOD(registro, rebind, double, BINDING_IN, "The same; replaces the URL when another object has the name.")     \
    METHOD(registro, unbind, boolean, NAME_IN, "Frees a name.")                                                      \
    METHOD(registro, unbind_if, boolean, BINDING_IN, "Frees a name if it is bound to that URL, in one step.")        \
    METHOD(registro, lookup, string, NAME_IN, "The URL of the object that has this name.")                           \
    METHOD(registro, list, array, NO_PARAMETERS, "The names that are bound.")

#define REGISTRY_PORT "8000"

/* Codes of the faults that these objects answer with. Those of XML-RPC itself are xmlrpc-c's, -500 and below. */
enum interface_fault {
    FAULT_UNIT = RPC_FAULT_UNIT,             /* 1, convertir: no such unit; the text lists them */
    FAULT_NOT_FINITE = RPC_FAULT_NOT_FINITE, /* 2, convertir: a number that is infinite or no number */
    FAULT_TASK = 3,                          /* no such task; the text lists them */
    FAULT_PARAMETERS = 4,                    /* of a task: wrong number or type */
    FAULT_TOO_MUCH = 5,                      /* of a task: above its limit, which the text tells */
    FAULT_BUSY = 6,                          /* too many tasks run, or the server ends: try again later */
    FAULT_CALLBACK = 7,                      /* url_avisos is not on the host that the call came from */
    FAULT_NOT_BOUND = 10,                    /* registry: the name is not bound, or its lease has ended */
    FAULT_BOUND = 11,                        /* registry: another object has the name; the text tells its URL */
    FAULT_FORBIDDEN = 12,                    /* registry: only its own host binds names */
    FAULT_LOOPBACK = 13,                     /* registry: a loopback address, which each host has for itself */
    FAULT_MALFORMED = 14,                    /* registry: not a name, or not a URL */
    FAULT_FULL = 15,                         /* registry: no room for another name */
};

#endif
