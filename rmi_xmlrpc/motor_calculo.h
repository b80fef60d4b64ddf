/* motor_calculo.h - how the server ends the object motor_calculo, beside the methods of its interface. */
#ifndef MOTOR_CALCULO_H
#define MOTOR_CALCULO_H

/* From now on no task begins: its caller gets FAULT_BUSY. Tasks that run are finished. Without it one request with many
 * tasks in it (system.multicall) would keep the server from ending. */
void motor_calculo_stop(void);

#endif
