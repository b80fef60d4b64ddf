/* servants.h - the objects that rmi_server exports: each as a registry of xmlrpc-c with the methods of its interface. */
#ifndef SERVANTS_H
#define SERVANTS_H

#include "skeleton.h"

xmlrpc_registry *conversor_registry(void);
xmlrpc_registry *motor_calculo_registry(void);

#endif
