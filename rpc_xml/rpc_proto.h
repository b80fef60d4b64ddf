/* rpc_proto.h - what rpc_server and its clients agree on, beside XML-RPC itself: the address, the size of a message, the
 * codes of faults. */
#ifndef RPC_PROTO_H
#define RPC_PROTO_H

#include "../units/units.h"

#define RPC_PORT "8000"
#define RPC_PATH "/RPC2" /* by convention; / alone is served too */

enum {
    RPC_MESSAGE_MAX = 512 * 1024, /* bytes of the XML of a call, and of its answer */
    RPC_CALLS_MAX = 1024,         /* procedures that one request may call, by system.multicall */
    RPC_SECONDS_MAX = 3,          /* of processor time: then a request calls no further procedure */
};

/* Codes of the faults of these programs. Those of the XML-RPC library are -500 and below: xmlrpc-c/base.h. */
enum rpc_fault {
    RPC_FAULT_UNIT = UNITS_UNKNOWN,          /* 1: no such unit; the text lists them */
    RPC_FAULT_NOT_FINITE = UNITS_NOT_FINITE, /* 2: a parameter, or the result, is no finite number */
};

#endif
