/* A server of http_server.h for tests/http/test_server.py: it answers with what came. "GET /wait" waits for a line on standard
 * input first, "/leave" for the client to leave; "/status/NUMBER" answers with that status, "/length/NUMBER" with so many
 * bytes, "/silence" with no body, "/refused" with a refusal. Wrong arguments are the test's fault. */
#define DEMO_MAIN
#include "../../common/demo.h"

#include "../../common/options.h"
#include "../../http/http_server.h"

static void echo(void *context, const struct http_request *request, struct http_response *response)
{
    const char *header = http_request_header(request, "x-header"), *parameter = http_request_parameter(request, "p");
    unsigned number;
    (void)context;
    if (strcmp(request->path, "/wait") == 0) {
        char byte;
        printf("handling\n");
        if (read(STDIN_FILENO, &byte, 1) < 0) warn("read");
    }
    if (strcmp(request->path, "/leave") == 0) {
        printf(http_request_client_left(request) ? "left already\n" : "handling\n");
        while (!http_request_client_left(request)) poll(NULL, 0, 1);
        printf("the client left\n");
    }
    if (strcmp(request->path, "/silence") == 0) return;
    if (strcmp(request->path, "/refused") == 0) {
        http_response_header(response, "Allow", "GET, HEAD, POST");
        http_response_refuse(response, 405, "not \x1b[2J");
        return;
    }
    response->type = "text/plain; charset=utf-8";
    if (sscanf(request->path, "/length/%u", &number) == 1) {
        response->body_len = number;
        response->body = calloc(number, 1);
        return;
    }
    if (sscanf(request->path, "/status/%u", &number) == 1) response->status = number;
    if (parameter != NULL) http_response_header(response, "X-Parameter", parameter);
    if (header != NULL) http_response_header(response, "X-Header", header);
    if (response->status == 204) return;
    FILE *memory = open_memstream(&response->body, &response->body_len);
    if (memory == NULL) {
        http_response_refuse(response, 503, "no memory");
        return;
    }
    fprintf(memory, "%s %s %s\n", request->method, request->path, request->client);
    fwrite(request->body, 1, request->body_len, memory);
    fclose(memory);
}

int main(int argc, char **argv)
{
    const char *port = "0";
    size_t workers = 2;
    int timeout_ms = 30000;
    bool wire = false, quiet = false;
    const struct demo_option table[] = {
        {'p', "port", "PORT", "port to listen on", .port = &port},
        {'w', "timeout", "SEC", "for a request, and for a response", .milliseconds = &timeout_ms},
        {0, "workers", "N", "threads; 0: one per client", .number = &workers, .max = 64},
        {0, "wire", NULL, "show the messages", .on = &wire},
        {'q', "quiet", NULL, "do not print refusals", .on = &quiet},
        {0},
    };
    demo_start();
    demo_options(argc, argv, &(struct demo_usage){.purpose = "Echoes requests.", .example = "echo_server -p 0"},
                 table);
    struct http_server *server = http_server_start(&(struct http_server_options){
        .address = "127.0.0.1",
        .port = port,
        .handler = echo,
        .body_max = (size_t)512 * 1024,
        .workers = (unsigned)workers,
        .timeout_ms = timeout_ms,
        .show_body = wire ? http_show_text : NULL,
        .quiet = quiet,
    });
    printf("listening on %s\n", http_server_endpoint(server));
    struct pollfd none[1];
    demo_wait(none, 0, -1);
    struct http_totals totals = http_server_stop(server);
    printf("%llu connections, %llu requests, %llu refused\n", totals.connections, totals.requests, totals.refused);
    return demo_end(DEMO_DONE);
}
