# shellcheck shell=bash
# run.sh - the verbs that a MODEL/demo.sh is written with; ./demo sources both.
#
# A run has a directory of its own, $run, in which NAME.log holds the lines of a program so far. NAME is the program's,
# NAME2 that of its second instance. A verb that is not fulfilled ends the run, and with it whatever it started.
# From ./demo: $bin, $plain, $palette, complain, load.

fail() {
    complain "$model: $*"
    exit 1
}

spawn() { # NAME PROGRAM ARGS...: its stdin is ours; its lines go, prefixed, to the screen and, plain, to NAME.log
    local name=$1 program=$2 colour='' fd
    shift 2
    ((${#palette[@]} == 0)) || colour=${palette[${#pid_of[@]} % ${#palette[@]}]}
    mkfifo "$run/$name.fifo"
    : > "$run/$name.log"
    (
        for fd in "${input_of[@]}"; do exec {fd}>&-; done # nobody but us holds an input open, or it would never end
        while IFS= read -r line || [[ -n $line ]]; do
            printf '%s\n' "$line" >> "$run/$name.log"
            printf '%s%-16s%s %s\n' "$colour" "$name" "$plain" "$line"
        done < "$run/$name.fifo"
    ) &
    reader_of[$name]=$!
    (
        for fd in "${input_of[@]}"; do exec {fd}>&-; done
        exec "$bin/$program" "$@" > "$run/$name.fifo" 2>&1
    ) <&0 &
    pid_of[$name]=$!
}

label() { # the name of the next instance of PROGRAM
    local n=2
    [[ -n ${pid_of[$1]:-} ]] || { say "$1" && return; }
    while [[ -n ${pid_of[$1$n]:-} ]]; do n=$((n + 1)); done
    say "$1$n"
}

start() { spawn "$(label "$1")" "$@"; } # PROGRAM ARGS... [<<< 'its input']

start_open() { # PROGRAM ARGS...: with an input that type_into writes to and end_input ends
    local name fd
    name=$(label "$1")
    mkfifo "$run/$name.input"
    exec {fd}<> "$run/$name.input"
    input_of[$name]=$fd
    spawn "$name" "$@" < "$run/$name.input"
}

type_into() { printf '%s\n' "$2" >&"${input_of[$1]}"; } # NAME TEXT

end_input() { # NAME
    local fd=${input_of[$1]}
    unset "input_of[$1]"
    exec {fd}>&-
}

wait_for() { # NAME REGEX: a line of its output
    local deadline=$((SECONDS + 20))
    until grep -qE -- "$2" "$run/$1.log"; do
        kill -0 "${pid_of[$1]}" 2> /dev/null || grep -qE -- "$2" "$run/$1.log" || fail "$1 ended without saying: $2"
        ((SECONDS < deadline)) || fail "$1 did not say: $2"
        sleep 0.05
    done
}

port_of() { # NAME: the port that its first line tells
    wait_for "$1" '^listening on .*:[0-9]+$' && sed -nE 's/^listening on .*:([0-9]+)$/\1/p; T; q' "$run/$1.log"
}

finish() { # NAME [SECONDS]: waits for its end, for so long at most
    local deadline=$((SECONDS + ${2:-60})) status
    while kill -0 "${pid_of[$1]}" 2> /dev/null; do
        ((SECONDS < deadline)) || fail "$1 did not end"
        sleep 0.05
    done
    wait "${pid_of[$1]}"
    status=$?
    wait "${reader_of[$1]}"
    ((status == 0)) || fail "$1 ended with status $status"
}

stop() { # NAME: asks it to end, as Ctrl-C would
    kill "${pid_of[$1]}" 2> /dev/null
    finish "$1"
}

expect() { # NAME REGEX...: each matches a line of its output so far
    local name=$1 regex
    shift
    for regex in "$@"; do grep -qE -- "$regex" "$run/$name.log" || fail "$name did not say: $regex"; done
}

clean_up() { # whatever a run left behind, by the ids that it started
    local pid deadline=$((SECONDS + 5))
    for pid in "${pid_of[@]}"; do kill "$pid" 2> /dev/null; done
    for pid in "${pid_of[@]}"; do
        while kill -0 "$pid" 2> /dev/null && ((SECONDS < deadline)); do sleep 0.05; done
        kill -KILL "$pid" 2> /dev/null
    done
    for pid in "${reader_of[@]}"; do kill "$pid" 2> /dev/null; done # one whose program never came waits for it for ever
    wait
    rm -rf "$run"
}

# Runs a function of one model in a directory of its own, as a process of its own. Exit status 0: the contract was kept.
run_function() ( # MODEL FUNCTION [RESULT-FILE]
    model=$1
    load "$model"
    declare -A pid_of=() reader_of=() input_of=()
    run=$(mktemp -d) exchanged=''
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    exec < /dev/null
    "$2" || fail "its $2 ended with status $?"
    [[ -z ${3:-} ]] || say "$exchanged" > "$3"
)
