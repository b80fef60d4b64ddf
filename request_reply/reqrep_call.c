/* reqrep_call.c - retransmission with an adaptive time-out and back-off (RFC 6298), and the probes of the alive test. */
#include "reqrep_call.h"

static const int64_t GRANULARITY = 1000000;           /* of the clock, G in the RFC */
static const int64_t MOST = 60 * (int64_t)1000000000; /* RFC 6298, 2.5 */
enum { PROBES = 3 };                                  /* after three without an answer the server counts as dead */

static int64_t within(const struct rto *r, int64_t timeout)
{
    return timeout < r->least ? r->least : timeout > MOST ? MOST : timeout;
}

void rto_begin(struct rto *r, int64_t first, int64_t least)
{
    *r = (struct rto){.least = least > GRANULARITY ? least : GRANULARITY};
    r->now = within(r, first);
}

void rto_measured(struct rto *r, int64_t rtt)
{
    if (r->srtt == 0) { /* 2.2 */
        r->srtt = rtt;
        r->rttvar = rtt / 2;
    } else { /* 2.3: a quarter and an eighth of the new one */
        int64_t difference = r->srtt > rtt ? r->srtt - rtt : rtt - r->srtt;
        r->rttvar += (difference - r->rttvar) / 4;
        r->srtt += (rtt - r->srtt) / 8;
    }
    r->now = within(r, r->srtt + (4 * r->rttvar > GRANULARITY ? 4 * r->rttvar : GRANULARITY));
}

void rto_back_off(struct rto *r) { r->now = within(r, 2 * r->now); } /* 5.5 */

void call_begin(struct call *c, const struct reqrep_message *request, int64_t give_up_after, int64_t now)
{
    *c = (struct call){
        .request = *request, .give_up_after = give_up_after, .deadline = now + give_up_after, .due = now};
}

enum call_step call_step(struct call *c, struct rto *r, int64_t now)
{
    if (now >= c->deadline) return CALL_GIVE_UP;
    if (now < c->due) return CALL_WAIT;
    enum call_step step = CALL_SEND;
    if (c->sent > 0 && c->request.semantics == MAYBE) {
        c->due = c->deadline; /* sent once; wait until the end */
        return CALL_WAIT;
    }
    if (c->working && c->unanswered < PROBES) {
        c->unanswered++;
        step = CALL_PROBE;
    } else {
        if (c->sent > 0) rto_back_off(r);
        c->working = false;
        c->sent++;
        c->sent_at = now;
        c->request.attempt = (uint8_t)(c->sent < UINT8_MAX ? c->sent : UINT8_MAX);
    }
    c->due = now + r->now;
    if (c->due > c->deadline) c->due = c->deadline;
    return step;
}

bool call_accept(struct call *c, struct rto *r, const struct reqrep_message *in, int64_t now)
{
    if (in->client != c->request.client || in->number != c->request.number) return false;
    /* Karn's rule (RFC 6298, section 3): after two transmissions the client cannot know which one this answers. A reply
     * after WORKING measures the operation, not the network. */
    bool tells_rtt = c->sent == 1 && !c->working;
    switch (in->kind) {
    case REPLY:
        if (tells_rtt && in->operation != AUDIT) rto_measured(r, now - c->sent_at);
        return true;
    case WORKING:
        if (c->request.semantics == MAYBE) return false;
        if (tells_rtt) rto_measured(r, now - c->sent_at);
        c->working = true;
        c->unanswered = 0;
        c->deadline = now + c->give_up_after;
        c->due = now + r->now;
        return false;
    case UNKNOWN: /* the server lost the request in a crash: send it again at once */
        if (c->working) c->due = now;
        if (c->working) c->unanswered = PROBES;
        return false;
    default: return false;
    }
}
