/* advertise.c - the URLs of a program's objects: a server behind a name, or at all addresses of its machine, says where. */
#include "../common/demo.h"

#include "advertise.h"

void advertise_urls(struct rmi_exported *objects, size_t count, const char *endpoint, const char *advertise)
{
    struct object_url own, where;
    const bool callable = object_url_of_endpoint(endpoint, &own);
    if (advertise == NULL && !callable)
        errx(DEMO_USAGE, "-l %s is every address of this machine: say with --advertise which of them clients call",
             own.host);
    if (advertise == NULL) where = own;
    else if (!object_url_host_port(advertise, own.port, &where))
        errx(DEMO_USAGE, "--advertise %s: expected HOST or HOST:PORT", advertise);
    for (size_t i = 0; i < count; i++)
        if (!object_url_write(objects[i].url, &where, objects[i].name))
            errx(DEMO_USAGE, "--advertise: too long for a URL");
}
