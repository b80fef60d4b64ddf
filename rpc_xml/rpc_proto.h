/* rpc_proto.h - what rpc_server and its clients agree on beside XML-RPC itself: where, what it is called, what goes wrong. */
#ifndef RPC_PROTO_H
#define RPC_PROTO_H

#include "exact_double.h"

#define RPC_PORT "8000"
#define RPC_PATH "/RPC2" /* by custom; / alone is served, too */

/* Codes of faults that are this server's own; those of XML-RPC's machinery are xmlrpc-c's, -500 and below. */
enum rpc_fault {
    RPC_FAULT_UNIT = 1,                            /* the text lists the units that there are */
    RPC_FAULT_NOT_FINITE = EXACT_FAULT_NOT_FINITE, /* 2: a parameter, or the result, is no finite number */
};

#endif
