/* interfaces.h - the interface definition: what each remote object can be asked, written once. It is to these programs what
 * a .x file is to rpcgen and a .proto file to protoc; here the C preprocessor is the stub generator (an X-macro).
 *
 * A method is METHOD(interface, name, type of the result, parameters, what it is for), a parameter IN(type, name), with the
 * types of marshal.h. stubs.h makes C functions for the caller of it, skeleton.h what receives the calls and checks their
 * arguments, and the answers to system.methodSignature and system.methodHelp.
 */
#ifndef INTERFACES_H
#define INTERFACES_H

#include "../rpc_xml/rpc_xml.h"

#define NOTHING(IN)

/* Lengths, and the units that they are measured in. */
#define CONVERTIR_IN(IN) IN(real, valor) IN(text, unidad_origen) IN(text, unidad_destino)
#define CONVERSOR(METHOD)                                                                                            \
    METHOD(conversor, convertir, real, CONVERTIR_IN, "A length, valor, from unidad_origen to unidad_destino.")       \
    METHOD(conversor, unidades, list, NOTHING, "The units: simbolo, nombre, and metros, how many metres one is.")

/* Tasks that are worth a faster machine: pi [digits after the point], primo [n], fibonacci [n]. */
#define TAREA_IN(IN)   IN(text, nombre) IN(list, parametros)
#define AVISADA_IN(IN) IN(text, nombre) IN(list, parametros) IN(text, url_avisos)
#define MOTOR_CALCULO(METHOD)                                                                                        \
    METHOD(motor_calculo, ejecutar_tarea, any, TAREA_IN,                                                             \
           "The result of a task: pi [digits] and fibonacci [n] as string, primo [n] as boolean.")                   \
    METHOD(motor_calculo, ejecutar_tarea_con_avisos, any, AVISADA_IN,                                                \
           "The same; meanwhile avisos.progreso of the caller's own object at url_avisos is called.")

/* What a client exports: the server calls it back while a task runs. */
#define PROGRESO_IN(IN) IN(text, tarea) IN(whole, hecho) IN(whole, total)
#define AVISOS(METHOD)  METHOD(avisos, progreso, truth, PROGRESO_IN, "Of a tarea, so much is done. True: understood.")

/* Who is where. The registry is an object like any other, only that its address is known beforehand. */
#define BIND_IN(IN) IN(text, name) IN(text, url)
#define NAME_IN(IN) IN(text, name)
#define REGISTRO(METHOD)                                                                                             \
    METHOD(registro, bind, real, BIND_IN,                                                                            \
           "Binds a free name to an object, or renews that. Returns for how many seconds: bind again before.")       \
    METHOD(registro, rebind, real, BIND_IN, "The same, also when another object has the name: it has moved.")        \
    METHOD(registro, unbind, truth, NAME_IN, "Frees a name.")                                                        \
    METHOD(registro, lookup, text, NAME_IN, "The URL of the object that has this name.")                             \
    METHOD(registro, list, list, NOTHING, "The names that are bound.")

#define REGISTRY_PORT "8000"

/* Codes of the faults that these objects answer with; those of XML-RPC's machinery are xmlrpc-c's, -500 and below. */
enum interface_fault {
    FAULT_UNIT = 1,                          /* convertir: no such unit; the text lists them */
    FAULT_NOT_FINITE = RPC_FAULT_NOT_FINITE, /* 2, convertir: the result is beyond the range of a double */
    FAULT_TASK = 3,                          /* no such task; the text lists them */
    FAULT_PARAMETERS = 4,                    /* of a task: another number or type of them is expected */
    FAULT_TOO_MUCH = 5,                      /* of a task: beyond its bound, which the text tells */
    FAULT_BUSY = 6,                          /* too many tasks at once: later, again */
    FAULT_CALLBACK = 7,                      /* url_avisos is not on the machine that the call came from */
    FAULT_NOT_BOUND = 10,                    /* registry: nobody has that name, or no longer */
    FAULT_BOUND = 11,                        /* registry: another object has that name; the text tells where */
    FAULT_FORBIDDEN = 12,                    /* registry: names are bound from its own host only */
    FAULT_LOOPBACK = 13,  /* registry: that address means something else to everybody but its host */
    FAULT_MALFORMED = 14, /* registry: not a name, or not a URL */
    FAULT_FULL = 15,      /* registry: no room for another name */
};

#endif
