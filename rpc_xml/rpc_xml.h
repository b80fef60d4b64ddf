/* rpc_xml.h - what rpc_xml offers to a model that extends it (rmi_xmlrpc), and all that such a model may include of it.
 *
 *     rpc_registry.h   procedures by name, and the call of one
 *     rpc_service.h    registries by the path of a URL, behind HTTP
 *     rpc_call.h       the call of a method at a URL, and how it failed
 *     rpc_proto.h      the size of a message, the codes of faults
 *     rpc_words.h      a line that was typed, in words
 *     value_text.h     values as text
 *     units_value.h    numbers and the table of units as values
 *
 * Doubles arrive exactly as they were sent: exact_double.h, which the first three use by themselves. */
#ifndef RPC_XML_H
#define RPC_XML_H
#include "../common/demo.h"

#include "rpc_call.h"
#include "rpc_proto.h"
#include "rpc_registry.h"
#include "rpc_service.h"
#include "rpc_words.h"
#include "units_value.h"
#include "value_text.h"

#endif
