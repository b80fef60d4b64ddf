# shellcheck shell=bash
# run.sh - the verbs that a MODEL/demo.sh is written with; ./demo sources both.
#
# A run has a directory of its own, $run, in which NAME.log holds the lines of a program so far. NAME is the program's name;
# NAME2 is its second instance. A verb that fails ends the run and every program that the run started.
#
# All programs write to one collector (collector/collector.h), so that their lines appear in the order in which they were
# written. It also notes when each line was written: build/logs/MODEL.lines.tsv keeps that of the last run.
# From ./demo: $bin, $logs, $palette, complain, load.

fail() {
    complain "$model: $*"
    exit 1
}

nap() { read -rt 0.01 -u "$never" || return 0; } # without a process of its own, unlike sleep

close_our_inputs() { # in a child: an input ends when no process holds its writing end
    local fd
    for fd in "${input_of[@]}" "$never"; do exec {fd}>&-; done
}

start_collector() {
    [[ -x $bin/collect_lines ]] || fail "collect_lines was not built"
    "$bin/collect_lines" collect "$run" &
    collector=$!
    until [[ -S $run/collector ]]; do
        kill -0 "$collector" 2> /dev/null || fail "the collector of lines did not start"
        nap
    done
}

spawn() { # NAME PROGRAM ARGS...: its input is ours; its lines appear behind NAME on the screen, and as they are in NAME.log
    local name=$1 program=$2 colour=''
    shift 2
    ((${#palette[@]} == 0)) || colour=${palette[${#pid_of[@]} % ${#palette[@]}]}
    : > "$run/$name.log"
    (
        close_our_inputs
        exec "$bin/collect_lines" run "$run" "$name" "$colour" "$bin/$program" "$@"
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

is_running() { kill -0 "${pid_of[$1]}" 2> /dev/null; } # NAME

has_said() { grep -qE -- "$2" "$run/$1.log"; } # NAME REGEX: a line of its output so far

show_rest() { "$bin/collect_lines" flush "$run" "$1"; } # NAME, which ended: returns when all of its lines were shown

wait_for() { # NAME REGEX: waits for a line of its output
    local deadline=$((SECONDS + 20))
    until has_said "$1" "$2"; do
        if ! is_running "$1"; then
            show_rest "$1"
            has_said "$1" "$2" || fail "$1 ended without saying: $2"
            return
        fi
        ((SECONDS < deadline)) || fail "$1 did not say: $2"
        nap
    done
}

port_of() { # NAME: the port in its line "listening on"
    wait_for "$1" '^listening on .*:[0-9]+$' && sed -nE 's/^listening on .*:([0-9]+)$/\1/p; T; q' "$run/$1.log"
}

finish() { # NAME [SECONDS]: waits until it ended and its lines were shown, at most for so long
    local deadline=$((SECONDS + ${2:-60})) status
    while is_running "$1"; do
        ((SECONDS < deadline)) || fail "$1 did not end"
        nap
    done
    wait "${pid_of[$1]}"
    status=$?
    show_rest "$1"
    ((status == 0)) || fail "$1 ended with status $status"
}

stop() { # NAME: asks it to end, as Ctrl-C does
    kill "${pid_of[$1]}" 2> /dev/null
    finish "$1"
}

expect() { # NAME REGEX...: each matches a line of its output so far
    local name=$1 regex
    shift
    for regex in "$@"; do has_said "$name" "$regex" || fail "$name did not say: $regex"; done
}

clean_up() { # ends what the run started and did not end, by process id; then the collector, and what the model prepared
    local name deadline=$((SECONDS + 5))
    for name in "${!pid_of[@]}"; do kill "${pid_of[$name]}" 2> /dev/null; done
    for name in "${!pid_of[@]}"; do
        while is_running "$name" && ((SECONDS < deadline)); do nap; done
        kill -KILL "${pid_of[$name]}" 2> /dev/null
    done
    [[ -z $collector ]] || "$bin/collect_lines" end "$run" 2> /dev/null || kill "$collector" 2> /dev/null
    wait
    release
    [[ ! -f $run/lines.tsv ]] || { mkdir -p "$logs" && mv "$run/lines.tsv" "$logs/$model.lines.tsv"; }
    rm -rf "$run"
}

# Runs a function of one model as a process of its own, in a directory of its own. Exit status 0: the contract was kept.
run_function() ( # MODEL FUNCTION [RESULT-FILE]
    model=$1
    load "$model"
    declare -A pid_of=() input_of=()
    run=$(mktemp -d) exchanged='' collector=''
    mkfifo "$run/never"
    exec {never}<> "$run/never" # nothing is ever written here: see nap
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    exec < /dev/null
    start_collector
    "$2" || fail "its $2 ended with status $?"
    [[ -z ${3:-} ]] || say "$exchanged" > "$3"
)
