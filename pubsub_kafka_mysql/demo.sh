# shellcheck shell=bash
# What ./demo pubsub_kafka_mysql runs; the verbs are those of common/run.sh.
title='Publish/subscribe: Kafka in the middle, MySQL at the end, each message exactly once'
ports=(tcp:9092 tcp:3306)

# A database is always needed. A real Kafka is used if it is up. With arguments, kafka_subscriber runs them as a query.
prepare() { # ARGS...
    pubsub_kafka_mysql/commands/up mysql || return
    # shellcheck source=/dev/null
    source "${DEMO_SERVICES:-build/services}/env"
    panes=('kafka_subscriber')
    (($# > 0)) || panes=('kafka_db_writer' 'kafka_generator -n 0 --rate 2' "${panes[@]}")
    (($# > 0)) || [[ -n ${KAFKA_BROKERS:-} ]] || panes=('kafka_embedded' "${panes[@]}")
}

run() {
    local messages=200 session=6 tier
    if pubsub_kafka_mysql/commands/status | grep -q '^mysql: none'; then # end what this run starts
        trap 'clean_up; pubsub_kafka_mysql/commands/down mysql > /dev/null' EXIT
    fi
    prepare "$@" || fail 'it needs a database: see above, or ./demo doctor'
    if [[ -z ${KAFKA_BROKERS:-} ]]; then
        say 'no Kafka is up (./demo up kafka): this runs on the embedded broker'
        start kafka_embedded -p 0
        KAFKA_BROKERS=127.0.0.1:$(port_of kafka_embedded)
        export KAFKA_BROKERS
        session=3.5 # the embedded broker's limits
    fi
    start kafka_generator -n $messages
    start kafka_db_writer -q -n $messages -w $session
    start kafka_processor -q -n $messages -g "demo-$$" --from-beginning # another group: it gets everything too
    finish kafka_generator
    expect kafka_generator "^$messages sent, $messages delivered, 0 failed"
    finish kafka_db_writer
    expect kafka_db_writer "^$messages stored, 0 rejected"
    finish kafka_processor
    start kafka_subscriber tablas
    finish kafka_subscriber
    tier=$(grep -oE 'real Kafka|embedded broker' "$run/kafka_db_writer.log" | head -n 1)
    exchanged="$messages messages, $messages rows, $tier"
}
