/* A client of http_client.h for tests/http/test_client.py. Each line of standard input is an exchange: METHOD PATH [BODY], with
 * "-" for the path of the URL. It prints the problem's number, the status, a header field and the body. */
#define DEMO_MAIN
#include "../../common/demo.h"

#include "../../common/lines.h"
#include "../../http/http_client.h"

int main(int argc, char **argv)
{
    static struct lines in;
    size_t len;
    demo_start();
    if (argc < 3) errx(DEMO_USAGE, "usage: exchange URL TIMEOUT_MS [wire]");
    http_client_begin();
    struct http_client *client = http_client_open(&(struct http_client_options){
        .url = argv[1],
        .user_agent = "exchange/1",
        .timeout_ms = atoi(argv[2]),
        .body_max = 1000,
        .show_body = argc > 3 ? http_show_text : NULL,
    });
    if (client == NULL) errx(DEMO_USAGE, "no http URL");
    for (char *line; (line = lines_next(&in, &len)) != NULL;) {
        char method[16], path[100];
        int body = 0;
        if (sscanf(line, "%15s %99s %n", method, path, &body) < 2) errx(DEMO_USAGE, "METHOD PATH [BODY]");
        struct http_exchange x = {
            .method = method,
            .path = strcmp(path, "-") == 0 ? NULL : path,
            .fields = (const char *const[]){"X-One: 1", line[body] ? "Content-Type: text/x" : NULL, NULL},
            .body = line[body] ? line + body : NULL,
            .body_len = strlen(line + body),
        };
        http_client_exchange(client, &x);
        const char *field = http_client_header(client, "x-field");
        printf("problem %d status %d field %s body %.*s", x.problem, x.status, field != NULL ? field : "-",
               (int)x.answer_len, x.answer);
        printf(x.reason != NULL ? " (%s)\n" : "\n", x.reason);
    }
    http_client_close(client);
    http_client_end();
    return demo_end(DEMO_DONE);
}
