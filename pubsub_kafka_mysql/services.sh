# shellcheck shell=bash
# services.sh - a Kafka and a MySQL (or MariaDB) of our own: ordinary processes, with all that is theirs in one directory.
# What commands/up, commands/down and commands/status share.
#
#   $directory/env               KAFKA_BROKERS and MYSQL_DEFAULTS_FILE, to be sourced
#   $directory/my.cnf, root.cnf  how to reach the database, as the application and as its administrator
#   $directory/kafka-3/2/        the second server of a cluster of three: server.properties, data/, port, pid, process, log
#   $directory/mysql/            data/, tmp/, port, pid, process, log
#   .../process                  what `identity` prints of the process with that pid, so that no other process is taken for it
#   build/services/kafka/        Apache Kafka's jars, for all directories

root=$(pwd -P)
module=$root/pubsub_kafka_mysql
directory=$root/build/services
jars=$directory/kafka
default=yes # the directory is the user's own, not that of some test
usual=''    # `up` found a Kafka on the usual port that is not ours
[[ -z ${DEMO_SERVICES:-} ]] || { directory=$(realpath -m -- "$DEMO_SERVICES") && default=''; }
kafka_version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$module/pom.xml")
PATH=$PATH:/usr/sbin:/sbin # where database servers are installed, not always in a user's PATH

unavailable=3 # exit status: what this needs cannot be had here, as opposed to: it failed

say() { printf '%s\n' "$@"; } # each argument is a line
give_up() { # STATUS MESSAGE
    say "${0##*/}: $2" >&2
    exit "$1"
}

# Sets which services, directory and whatever else USAGE allows; `brokers` is what was asked for, or nothing.
parse_options() { # USAGE ARGS...
    local usage=$1
    shift
    services=all brokers=''
    while (($# > 0)); do
        case $1 in
        kafka | mysql | all) services=$1 ;;
        --directory)
            [[ -n ${2:-} ]] || give_up 2 "--directory: which one?"
            directory=$(realpath -m -- "$2") default=''
            shift
            ;;
        --brokers)
            [[ $usage == *--brokers* && ${2:-} == [13] ]] || give_up 2 "--brokers is for up, and 1 or 3"
            brokers=$2
            shift
            ;;
        -h | --help)
            say "$usage"
            exit
            ;;
        *) give_up 2 "$1 is not understood; try: ./demo ${0##*/} --help" ;;
        esac
        shift
    done
    [[ $directory != *[:,]* ]] || give_up 2 "$directory: Kafka cannot work in a path with a colon or a comma"
}

wants() { [[ $services == all || $services == "$1" ]]; }

# ------------------------------------------------------------------------------------------------------------- Processes

# True for a process that SIGKILL (bit 8 of the pending signals) is on its way to, or that has lost its memory to it.
killed() { # /proc/ID
    grep -qs '^S[hi][dg]Pnd:.*[13579bdf]..$' "$1/status" || { [[ -d $1 ]] && ! grep -qsa . "$1/cmdline"; }
}

# Prints what no two processes have in common: the boot, the start time in clock ticks since then (proc(5), field 22 of stat),
# and the program, unless it is hidden from us.
identity() { # PROCESS-ID
    local stat program
    { read -r stat < "/proc/$1/stat"; } 2> /dev/null || return
    read -ra stat <<< "${stat##*) }" # from field 3 on: the command before it may hold blanks
    program=$(readlink "/proc/$1/exe")
    say "$(< /proc/sys/kernel/random/boot_id) ${stat[19]} ${program% (deleted)}" # deleted: an upgrade replaced the file
}

# True while the process that we started in a server's directory runs. The kernel gives its number to another process later.
running() { # SERVER
    local pid
    [[ -s $1/pid && -s $1/process ]] && pid=$(< "$1/pid") && ! killed "/proc/$pid" &&
        [[ $(identity "$pid") == "$(< "$1/process")"* ]]
}

# Waits until the kernel has taken a killed server apart, to its last thread: before, it may hold its port and its files.
await_end() { # SERVER
    local process deadline=$((SECONDS + 20))
    [[ -s $1/pid ]] && process=/proc/$(< "$1/pid") || return 0
    while killed "$process" && grep -qsv ') [ZX] ' "$process"/task/*/stat && ((SECONDS < deadline)); do sleep 0.02; done
}

# Starts a server that outlives us and our terminal, with its output in its log.
launch() { # SERVER COMMAND...
    local server=$1
    shift
    (cd "$server" && exec setsid "$@" >> log 2>&1 < /dev/null {lock}>&-) &
    identity $! | sed 's: /.*: :' > "$server/process" # it is still bash: `await` adds the program
    say $! > "$server/pid"
}

# Waits until COMMAND is fulfilled; a server that ends before, or takes too long, is the end of us, with its last words.
await() { # SERVER SECONDS COMMAND...
    local server=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@"; do
        if ! running "$server" || ((SECONDS >= deadline)); then
            tail -n 20 "$server/log" >&2
            end_servers "$server"
            give_up 1 "the server of $server did not start: its last lines stand above, all of them in its file log"
        fi
        sleep 0.1
    done
    identity "$(< "$server/pid")" > "$server/process"
}

# Asks servers to end, all at once; one that has not after 20 s is killed: what it acknowledged is on disk.
end_servers() { # SERVER...
    local server deadline=$((SECONDS + 20))
    for server in "$@"; do ! running "$server" || kill "$(< "$server/pid")"; done
    for server in "$@"; do
        while running "$server" && ((SECONDS < deadline)); do sleep 0.1; done
        ! running "$server" || kill -KILL "$(< "$server/pid")"
        rm -f "$server/pid" "$server/process"
    done
}

where() { # SERVER
    say "127.0.0.1:$(< "$1/port") ($(if running "$1"; then say "pid $(< "$1/pid")"; else say dead; fi))"
}

taken() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; } # PORT

free_port() { # FIRST: the first from there on without a listener
    local port=$1
    while taken "$port"; do port=$((port + 1)); done
    say "$port"
}

# Chooses a server's port: the one it had when it ran last, else the usual one; in a directory of its own one that nobody
# expects anything of, below those that the kernel gives to clients. If that is taken, the next that is not.
choose_port() { # SERVER USUAL
    local port=$2
    [[ -n $default ]] || port=$((10000 + RANDOM % 20000))
    [[ ! -s $1/port ]] || port=$(< "$1/port")
    port=$(free_port "$port")
    say "$port" > "$1/port"
}

# ----------------------------------------------------------------------------------------------------------------- Kafka

# Asks a port for metadata, in Kafka's own protocol: request 3, version 2, correlation id "demo", no client id, no topics.
# Prints how many brokers the answer names, and "embedded" if the cluster is librdkafka's mock; fails if it is no Kafka.
ask_kafka() { # PORT
    local reply
    # shellcheck disable=SC2016 # expanded by the inner shell, which the time limit is for
    reply=$(timeout 2 bash -c 'exec 3<> "/dev/tcp/127.0.0.1/$0" || exit
        printf "\0\0\0\16\0\3\0\2demo\377\377\0\0\0\0" >&3
        size=$(head -c 4 <&3 | od -An -tx1 | tr -d " ")
        head -c $((0x${size:-0} & 0xFFFF)) <&3 | od -An -v -tx1 | tr -d " \n"' "$1" 2> /dev/null)
    [[ $reply == 64656d6f* && ${#reply} -ge 16 ]] || return # "demo", then a 32-bit count
    say "$((16#${reply:8:8}))$([[ $reply == *6d6f636b436c7573746572* ]] && say ' embedded')" # "mockCluster"
}

our_cluster() { # the directory of that which runs, if one does
    local server
    for server in "$directory"/kafka-*/*; do
        ! running "$server" || { say "${server%/*}" && return; }
    done
    return 1
}

bootstrap() { # CLUSTER: HOST:PORT,...
    sed 's/^/127.0.0.1:/' "$1"/*/port | paste -sd,
}

has_brokers() { # PORT COUNT
    [[ $(ask_kafka "$1") == "$2" ]]
}

check_java() {
    local hint='(Debian: apt-get install default-jre-headless)' version
    command -v java > /dev/null || give_up $unavailable "no java, which Kafka runs on $hint"
    version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    ((version >= 17)) || give_up $unavailable "java is ${version:-of no known version}, Kafka needs 17 or later $hint"
}

# One of us at a time, whatever its directory; what fails here ends the subshell that this is.
get_jars() (
    log=$directory/maven.log partial=$jars.partial
    mkdir -p "${jars%/*}" || exit
    exec {turn}> "$jars.lock"
    flock "$turn"
    [[ ! -f $jars/kafka_2.13-$kafka_version.jar ]] || exit 0
    command -v mvn > /dev/null || give_up $unavailable "no mvn, which fetches Kafka (Debian: apt-get install maven)"
    say "fetching Apache Kafka $kafka_version (43 MB) from Maven Central: this once"
    rm -rf "$partial"
    mvn -B --strict-checksums -f "$module/pom.xml" dependency:copy-dependencies -DoutputDirectory="$partial" \
        > "$log" 2>&1 < /dev/null {lock}>&- {turn}>&- &
    while sleep 2 && kill -0 $! 2> /dev/null; do say "  $(grep -c 'Downloaded from' "$log") files so far"; done
    if ! wait $!; then
        tail -n 20 "$log" >&2
        rm -rf "$partial"
        give_up $unavailable "Kafka could not be fetched (is there a way to the Internet?); all that Maven said is in $log"
    fi
    rm -rf "$jars"
    mv "$partial" "$jars"
)

configure() { # CLUSTER: chooses the ports of its servers and writes what they read
    local cluster=$1 count=${1##*-} id voters='' text controller=()
    for ((id = 1; id <= count; id++)); do
        mkdir -p "$cluster/$id" || exit
        if ((id == 1)); then choose_port "$cluster/1" 9092
        else free_port $((controller[id - 1] + 1)) > "$cluster/$id/port"; fi
        controller[id]=$(free_port $(($(< "$cluster/$id/port") + 1)))
        voters+=,$id@127.0.0.1:${controller[id]}
    done
    for ((id = 1; id <= count; id++)); do
        text=$(< "$module/server.properties")
        text=${text//@ID@/$id}
        text=${text//@PORT@/$(< "$cluster/$id/port")}
        text=${text//@CONTROLLER_PORT@/${controller[id]}}
        text=${text//@VOTERS@/${voters#,}}
        text=${text//@COPIES@/$count}
        text=${text//@IN_SYNC@/$((count == 1 ? 1 : count - 1))}
        say "$text" > "$cluster/$id/server.properties"
    done
}

up_kafka() {
    local cluster count id java formatting=()
    if cluster=$(our_cluster); then
        count=${cluster##*-}
        [[ -z $brokers || $brokers == "$count" ]] || give_up 1 "a cluster of $count is up: ./demo down kafka ends it"
    elif [[ -n $default && -z $brokers ]] && ask_kafka 9092 > /dev/null; then
        usual=yes # the user's own: status tells
        return
    else
        count=${brokers:-1} cluster=$directory/kafka-${brokers:-1}
    fi
    check_java
    get_jars || exit
    for ((id = 1; id <= count; id++)); do await_end "$cluster/$id"; done
    our_cluster > /dev/null || configure "$cluster"
    # A cluster whose data is gone is another one: a program that remembers offsets of it must see that.
    compgen -G "$cluster/*/data/meta.properties" > /dev/null || rm -f "$cluster/id"
    [[ -f $cluster/id ]] || head -c 16 /dev/urandom | base64 | tr '+/=' 'AB\n' | head -n 1 > "$cluster/id"
    java=(java "-Xmx$((count == 1 ? 512 : 384))m" "-Dlog4j2.configurationFile=$module/log4j2.properties" -cp "$jars/*")
    for ((id = 1; id <= count; id++)); do
        [[ ! -f $cluster/$id/data/meta.properties ]] || continue
        (cd "$cluster/$id" && "${java[@]}" kafka.tools.StorageTool format -t "$(< ../id)" -c server.properties > log 2>&1) &
        formatting[id]=$!
    done
    for id in "${!formatting[@]}"; do
        wait "${formatting[id]}" || { tail -n 20 "$cluster/$id/log" >&2 && give_up 1 "Kafka cannot prepare $cluster/$id"; }
    done
    for ((id = 1; id <= count; id++)); do
        running "$cluster/$id" || launch "$cluster/$id" "${java[@]}" kafka.Kafka "$cluster/$id/server.properties"
    done
    for ((id = 1; id <= count; id++)); do
        await "$cluster/$id" 120 has_brokers "$(< "$cluster/$id/port")" "$count"
    done
}

status_kafka() {
    local cluster one answer
    if cluster=$(our_cluster); then
        say "kafka: Apache Kafka $kafka_version, real, ours: $(
            for one in "$cluster"/*/; do where "${one%/}"; done | paste -sd, | sed 's/,/, /g'
        )"
    elif [[ -n $default ]] && answer=$(ask_kafka 9092); then
        case $answer in
        *embedded) say "kafka: embedded (librdkafka's mock cluster), not ours: localhost:9092" ;;
        *) say "kafka: real, not ours: localhost:9092" ;;
        esac
    else say "kafka: none"; fi
}

# ----------------------------------------------------------------------------------------------------------------- MySQL

answers_mysql() { # PORT: the server speaks first
    # shellcheck disable=SC2016
    (($(timeout 2 bash -c 'head -c 5 < "/dev/tcp/127.0.0.1/$0"' "$1" 2> /dev/null | wc -c) == 5))
}

# Sets how the database's programs are called here, in $mysqld and $install, and as whom, in $as. A database server refuses
# to run as root, so it becomes nobody; where root's own directory is closed to nobody, it keeps the power to pass.
find_mysql() {
    as=()
    if ((EUID == 0)); then
        as=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
        "${as[@]}" test -x "$directory" || as+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
    fi
    if command -v mariadb-install-db > /dev/null; then
        mysqld=(mariadbd --no-defaults)
        install=(mariadb-install-db --no-defaults --skip-test-db --skip-name-resolve --extra-file="$server/accounts.sql")
    elif command -v mysqld > /dev/null; then
        mysqld=(mysqld --no-defaults --mysqlx=OFF --secure-file-priv=NULL --skip-log-bin)
        install=("${mysqld[@]}" --initialize-insecure --init-file="$server/accounts.sql")
    else
        give_up $unavailable "no database server (Debian: apt-get install mariadb-server-core mariadb-client-core)"
    fi
}

options_file() { # USER PASSWORD
    say '[client]' host=127.0.0.1 port=0 "user=$1" "password=$2"
}

# Makes the data directory, with our two accounts from the start. Their passwords stand in files that only we can read; the
# application may create tables, read them, add rows and change them, in the databases pubsub and pubsub_... (of tests).
make_database() {
    local administrator pubsub rights='CREATE, SELECT, INSERT, UPDATE' partial=$server/partial
    say "making the data directory of a database server: this once"
    administrator=$(head -c 18 /dev/urandom | base64) pubsub=$(head -c 18 /dev/urandom | base64)
    rm -rf "$partial"
    (
        umask 077
        mkdir "$partial"
        options_file root "$administrator" > "$directory/root.cnf"
        options_file pubsub "$pubsub" > "$directory/my.cnf"
        cat > "$server/accounts.sql" << END
FLUSH PRIVILEGES;
ALTER USER root@localhost IDENTIFIED BY '$administrator';
CREATE USER root@'127.0.0.1' IDENTIFIED BY '$administrator';
GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
CREATE USER pubsub@'127.0.0.1' IDENTIFIED BY '$pubsub';
GRANT $rights ON pubsub.* TO pubsub@'127.0.0.1';
GRANT $rights ON \`pubsub\\_%\`.* TO pubsub@'127.0.0.1';
END
    )
    ((EUID != 0)) || chown nobody "$partial" "$server/accounts.sql"
    if ! "${as[@]}" "${install[@]}" --datadir="$partial" > "$server/install.log" 2>&1; then
        tail -n 20 "$server/install.log" >&2
        give_up 1 "the database server cannot prepare its data directory: $partial"
    fi
    rm "$server/accounts.sql"
    mv "$partial" "$server/data"
}

up_mysql() {
    local server=$directory/mysql port as mysqld install
    ! running "$server" || return 0
    await_end "$server"
    mkdir -p "$server" || exit
    find_mysql
    local -x TMPDIR=$server/tmp # MariaDB, when it starts, deletes the temporary tables there, also those of other servers
    mkdir -p "$TMPDIR" && { ((EUID != 0)) || chown nobody "$TMPDIR"; } || exit
    [[ -d $server/data ]] || make_database
    rm -f "$server"/data/server.sock* # a killed MySQL's lock is a process id, which may be somebody else's by now
    choose_port "$server" 3306
    port=$(< "$server/port")
    sed -i "s/^port=.*/port=$port/" "$directory/my.cnf" "$directory/root.cnf"
    launch "$server" "${as[@]}" "${mysqld[@]}" --datadir="$server/data" --socket=server.sock --port="$port" \
        --bind-address=127.0.0.1 --skip-name-resolve
    await "$server" 60 answers_mysql "$port"
}

status_mysql() {
    local server=$directory/mysql version
    if running "$server"; then
        read -rd '' version < "/proc/$(< "$server/pid")/cmdline" # its first word: the program
        version=$("$version" --version 2> /dev/null | sed 's/.*Ver \([^ ]*\).*/\1/')
        say "mysql: $version, ours: $(where "$server")"
    else say "mysql: none"; fi
}

# --------------------------------------------------------------------------------------------------------------- Together

status() {
    status_kafka
    status_mysql
    if [[ -f $directory/env ]]; then say "source ${directory#"$root"/}/env tells the programs where they are"; fi
}

# Writes what the programs must know of what is up. A Kafka on the usual port that is not ours belongs to it only if `up kafka`
# found it there: what publishes because it is named here would publish to a neighbour's.
write_env() {
    local cluster env=$directory/env
    wants kafka || ! grep -qs '=localhost:9092$' "$env" || usual=yes
    {
        if cluster=$(our_cluster); then say "export KAFKA_BROKERS=$(bootstrap "$cluster")"
        elif [[ -n $usual ]] && ask_kafka 9092 > /dev/null; then say "export KAFKA_BROKERS=localhost:9092"; fi
        running "$directory/mysql" && say "export MYSQL_DEFAULTS_FILE=${directory@Q}/my.cnf"
    } > "$env"
    [[ -s $env ]] || rm "$env"
}

# One of us at a time: sets $lock, which no server may inherit.
take_turn() {
    if ! { mkdir -p "$directory" && : >> "$directory/lock"; } 2> /dev/null; then
        give_up 1 "cannot write to $directory: it must belong to your user"
    fi
    exec {lock}>> "$directory/lock"
    flock "$lock"
}
