/* rmi_prompt.h - what rmi_client reads and prints: calls as words of a line, results and remote errors as lines of text. */
#ifndef RMI_PROMPT_H
#define RMI_PROMPT_H

#include "../rpc_xml/rpc_xml.h"
#include "rmi_error.h"

/* Reads calls from standard input, one a line, and makes each with `call`. `prompt`: shows what to type, and "> ". Returns
 * the exit status. A fault is an answer; any other failure makes it DEMO_FAILED. */
int prompt_for_calls(bool prompt, struct rmi_error (*call)(char **words, int count));

/* The parameters of a task: an int for a word that is one, a string for any other. *array is for the caller to
 * xmlrpc_DECREF. */
struct rmi_error array_of_words(char **words, int count, xmlrpc_value **array);

/* Each prints one line. Text is escaped; other threads' lines do not get into it. */
void print_string(const char *text);
void print_double(double number);
void print_error(struct rmi_error error); /* on standard error; nothing for RMI_OK and RMI_STOPPED */

/* A line for each item of an array. Of a string at most `most` bytes are shown, of an item at most `most` parts. */
void print_items(xmlrpc_value *array, size_t most);

#endif
