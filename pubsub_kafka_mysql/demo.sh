# shellcheck shell=bash
# What ./demo pubsub_kafka_mysql runs; the verbs are those of common/run.sh.
title='Publish/subscribe: Kafka in the middle, MySQL at the end, each message exactly once'
ports=(tcp:9092 tcp:3306)
own_database='' # this run started it

# A database is always needed. With arguments, kafka_subscriber runs them as a query; without, the broker is chosen.
prepare() { # ARGS...
    local port=9092
    start_database || return
    panes=('kafka_subscriber')
    (($# == 0)) || return 0
    panes=('kafka_db_writer' 'kafka_generator -n 0 --rate 2' "${panes[@]}")
    find_kafka && return
    while port_is_taken tcp "$port"; do port=$((port + 1)); done
    export KAFKA_BROKERS=127.0.0.1:$port
    panes=("kafka_embedded -p $port" "${panes[@]}")
}

start_database() {
    ! pubsub_kafka_mysql/commands/status | grep -q '^mysql: none' || own_database=yes
    pubsub_kafka_mysql/commands/up mysql || return
    # shellcheck source=/dev/null
    source "${DEMO_SERVICES:-build/services}/env"
}

# Sets KAFKA_BROKERS to the Kafka that ./demo up of this clone started, if it runs. Any other one, such as a neighbour's on the
# usual port, is left alone: these programs publish.
find_kafka() {
    pubsub_kafka_mysql/commands/status | grep -q '^kafka: .*, ours: ' || unset KAFKA_BROKERS
    [[ -n ${KAFKA_BROKERS:-} ]]
}

release() {
    [[ -n $own_database ]] || return 0
    pubsub_kafka_mysql/commands/down mysql > /dev/null
    say 'the database that this run started has ended; its rows stay (./demo up starts one that goes on running)'
}

run() {
    local messages=200 session=6 tier
    start_database || fail 'it needs a database: see above, or ./demo doctor'
    if ! find_kafka; then
        say 'no Kafka was started with ./demo up: this run uses the embedded broker'
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
