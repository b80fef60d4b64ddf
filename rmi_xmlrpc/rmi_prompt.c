/* rmi_prompt.c - the prompt of rmi_client, and the text form of parameters, results and errors. */
#include "../common/demo.h"

#include "../units/exact_text.h"
#include "marshal.h"
#include "rmi_prompt.h"

#include <limits.h>

int prompt_for_calls(bool prompt, struct rmi_error (*call)(char **words, int count))
{
    static struct rpc_words typed;
    int status = DEMO_DONE;
    if (prompt) fputs("10 km mi, pi 50, primo 97, fibonacci 90, unidades, list; Ctrl-D ends\n", stderr);
    while (rpc_words_read(&typed, prompt)) {
        struct rmi_error error = call(typed.words, typed.count);
        print_error(error);
        if (error.failure != RMI_OK && error.failure != RMI_FAULT && error.failure != RMI_STOPPED)
            status = DEMO_FAILED;
    }
    return status;
}

struct rmi_error array_of_words(char **words, int count, xmlrpc_value **array)
{
    struct rmi_array list;
    rmi_array_begin(&list);
    for (int i = 0; i < count; i++) {
        char *end;
        errno = 0;
        long number = strtol(words[i], &end, 10);
        bool is_int = end > words[i] && !*end && errno == 0 && number >= INT_MIN && number <= INT_MAX;
        if (is_int) rmi_array_add_int(&list, (int)number);
        else rmi_array_add_string(&list, words[i]);
    }
    struct rmi_error error = rmi_array_end(&list, array);
    if (error.failure != RMI_OK) error.failure = RMI_LOCAL; /* a word that is no UTF-8: nothing was sent */
    return error;
}

void print_string(const char *text)
{
    flockfile(stdout);
    demo_put_text(stdout, text, strlen(text), "");
    putchar('\n');
    funlockfile(stdout);
}

void print_double(double number)
{
    char text[EXACT_TEXT];
    double_text(number, text);
    print_string(text);
}

void print_error(struct rmi_error error)
{
    if (error.failure == RMI_OK || error.failure == RMI_STOPPED) return;
    demo_warn_text("", error.text, strlen(error.text), rmi_not_executed(error) ? "; nothing was executed" : "");
}

void print_items(xmlrpc_value *array, size_t most)
{
    xmlrpc_env env;
    xmlrpc_value *item;
    xmlrpc_env_init(&env);
    for (int i = 0, size = xmlrpc_array_size(&env, array); i < size; i++) {
        xmlrpc_array_read_item(&env, array, (unsigned)i, &item);
        value_put_line(stdout, item, most);
        xmlrpc_DECREF(item);
    }
    xmlrpc_env_clean(&env);
}
