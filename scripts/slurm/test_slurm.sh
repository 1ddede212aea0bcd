#!/usr/bin/env bash
# Does a sweep on Slurm end with the bytes of one run, whatever happens to its shards?
#
#   STEERQ=target/release/steerq scripts/slurm/test_slurm.sh
#
# For Debian or Ubuntu, as root; no part of the CI. Installs Slurm and MUNGE from the distribution if they are not there, and
# starts a controller and a node of their own on the loopback, with all their files in a scratch folder: a Slurm that the
# machine has is not touched. Then `submit.sh` submits a sweep as three shards:
#   1  is left alone,
#   2  is killed on the way (SIGKILL), fails, and is queued again by hand,
#   3  hears what Slurm sends before the time limit, stops, and has itself queued again.
# The merge is refused as long as points of shard 2 are missing. Takes about two minutes; KEEP=yes keeps the scratch folder.
# Known to pass with Slurm 22.05 (Debian 12), 23.11 (Ubuntu 24.04) and 24.11 (Debian 13).
set -euo pipefail

# Points that take about a second each, so that a shard can be caught halfway.
points=15
level=1+AB+AAB+ABB

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
steerq=$(command -v "${STEERQ:-$here/../../target/release/steerq}" || true)
begun=$SECONDS

say() { printf '%4d s  %s\n' $((SECONDS - begun)) "$*"; }

fail() {
    say "FAILED: $*"
    exit 1
}

# Waits up to $1 seconds until the command that follows succeeds.
await() {
    local seconds=$1 deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || fail "not within $seconds s: $*"
        sleep 0.05
    done
}

# --- The programs -----------------------------------------------------------------------------------------------------

((EUID == 0)) || fail "run it as root, for the daemons run jobs as whoever submits them"
[[ $steerq ]] || fail "no steerq: give STEERQ, or run cargo build --release"
steerq=$(realpath "$steerq")
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

if ! type munged slurmctld slurmd sbatch &>/dev/null; then
    say "installing munge, slurmctld, slurmd and slurm-client"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends munge slurmctld slurmd slurm-client; } >/dev/null
fi

# Nothing of a Slurm around us.
unset "${!SLURM@}" "${!SBATCH@}" "${!SQUEUE@}" "${!SCANCEL@}" "${!SCONTROL@}"

# --- The cluster ------------------------------------------------------------------------------------------------------

scratch=$(mktemp -d "${TMPDIR:-/tmp}/steerq-slurm.XXXXXX")
chmod 755 "$scratch" # munged asks that everybody can reach its socket.
export SLURM_CONF=$scratch/slurm.conf STEERQ=$steerq
daemons=()

# What runs with our configuration: daemons, their helpers and the jobs.
leftovers() {
    local environment pid
    for environment in /proc/[0-9]*/environ; do
        pid=${environment//[!0-9]/}
        if grep --quiet --null-data --fixed-strings --line-regexp "SLURM_CONF=$SLURM_CONF" "$environment" 2>/dev/null &&
            [[ $(readlink "/proc/$pid/exe") ]]; then
            echo "$pid"
        fi
    done
}

clean_up() {
    local code=$? k pid
    trap - EXIT
    trap '' INT TERM HUP
    # Jobs first, while there is somebody to end them.
    if ((${#daemons[@]} == 3)); then
        timeout 10 scancel --user=root 2>/dev/null || true
        for ((k = 0; k < 50; k++)); do
            [[ $(timeout 5 squeue --noheader 2>/dev/null) ]] || break
            sleep 0.2
        done
    fi
    for ((k = ${#daemons[@]} - 1; k >= 0; k--)); do
        kill "${daemons[k]}" 2>/dev/null || true
        wait "${daemons[k]}" 2>/dev/null || true
    done
    for pid in $(leftovers); do kill -KILL "$pid" 2>/dev/null || true; done
    if [[ ${KEEP:-} ]] || ((code != 0)); then
        say "its files are in $scratch"
    else
        rm -rf "$scratch"
    fi
    exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The first port from $1 on at which nobody listens.
free_port() {
    local port=$1
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do ((port++)); done
    echo "$port"
}

host=$(hostname --short)
controller_port=$(free_port 26817)
node_port=$(free_port $((controller_port + 1)))
mkdir "$scratch"/{state,spool}
(umask 077 && head --bytes=1024 /dev/urandom >"$scratch/munge.key")

# The node claims what three tasks ask for. A task that is queued again waits until its credential has expired.
cat >"$SLURM_CONF" <<END
ClusterName=scratch
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge.socket,cred_expire=5
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
PlugStackConfig=/dev/null
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=3 RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END

# Versions before 24.05 look for control groups in any case, later ones if they are not told otherwise.
[[ $(slurmd -V) =~ \ ([0-9]+)\. ]] || fail "slurmd -V prints no version: $(slurmd -V)"
if ((BASH_REMATCH[1] >= 24)); then echo CgroupPlugin=disabled >"$scratch/cgroup.conf"; fi

# Starts a daemon as a child of ours, in a session of its own, so that a Ctrl-C is for us to handle; its output into a file.
start() {
    setsid "$@" >"$scratch/$1.out" 2>&1 &
    daemons+=($!)
}

# Whether the node waits for jobs.
idle() {
    local daemon
    for daemon in "${daemons[@]}"; do
        kill -0 "$daemon" 2>/dev/null || fail "a daemon has ended: $(grep --no-filename error "$scratch"/*.log | tail -1)"
    done
    [[ $(sinfo --noheader --format=%T 2>/dev/null) == idle ]]
}

start munged --foreground --key-file="$scratch/munge.key" --socket="$scratch/munge.socket" \
    --pid-file="$scratch/munged.pid" --log-file="$scratch/munged.log" --seed-file="$scratch/munged.seed"
await 10 test -S "$scratch/munge.socket"
start slurmctld -D
start slurmd -D
await 60 idle
say "$(sinfo --version): controller at port $controller_port, node at $node_port"

# --- The sweep --------------------------------------------------------------------------------------------------------

cd "$scratch"
sed '/^\[sweep\]/,$d' "$here/../../problems/eq6-noise.toml" >sweep.toml
printf '[sweep]\nparameter = "visibility"\nfrom = 0.75\nto = 1\npoints = %d\n' $points >>sweep.toml

# As a user would: one thread for each shard, and less memory.
cp "$here"/{submit.sh,sweep.sbatch,merge.sbatch} .
sed --in-place 's/^#SBATCH --cpus-per-task=.*/#SBATCH --cpus-per-task=1/; s/^#SBATCH --mem-per-cpu=.*/#SBATCH --mem-per-cpu=1G/' ./*.sbatch

submitted=$(./submit.sh 3 sweep.toml sharded --level $level)
say "$submitted"
[[ $submitted =~ shards:\ job\ ([0-9]+),.*merge:\ job\ ([0-9]+) ]] || fail "submit.sh prints something else"
array=${BASH_REMATCH[1]} merge=${BASH_REMATCH[2]}

# What Slurm says of a job: field $2 of $1, such as JobState.
field() { scontrol --oneliner show job "$1" | sed --quiet "s/.* $2=\([^ ]*\).*/\1/p"; }
number() { scontrol --oneliner show job "$1" | sed --quiet 's/^JobId=\([0-9]*\).*/\1/p'; }
again() { [[ $(field "$1" Restarts) == "$2" ]]; }
over() { [[ $(field "$1" JobState) =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY)$ ]]; }

# Waits until job $1 is over, with state $2 and exit code $3.
ends() {
    await 300 over "$1"
    local found
    found="$(field "$1" JobState) $(field "$1" ExitCode)"
    [[ $found == "$2 $3:0" ]] || fail "job $1 ends as $found, not $2 $3:0"
}

lines() { if [[ -e sharded/journal-$1-of-3.jsonl ]]; then wc --lines <"sharded/journal-$1-of-3.jsonl"; else echo 0; fi; }
has_points() { (($(lines "$1") > 0)); }

# The processes of a job.
processes() { timeout 10 scontrol listpids "$1" 2>/dev/null | awk '$1 ~ /^[0-9]+$/ { print $1 }' || true; }

# The process of steerq in a task, into `process`.
find_process() {
    local pid
    for pid in $(processes "$(number "$1")"); do
        if [[ $(readlink "/proc/$pid/exe") == "$steerq" ]]; then process=$pid; fi
    done
    [[ ${process:-} ]]
}

await 60 find_process "${array}_2"
await 120 has_points 2
kill -KILL "$process"
await 120 has_points 3
scancel --signal=USR1 --batch "${array}_3"

ends "${array}_2" FAILED 137
kept=$(lines 2)
((kept > 0 && kept < points / 3)) || fail "shard 2 has $kept points of $((points / 3)): not halfway"
say "shard 2 killed after $kept of $((points / 3)) points, failed"

await 30 again "${array}_3" 1
say "shard 3 stopped after $(lines 3) of $((points / 3)) points, queued again by itself"

for task in 1 3; do
    ends "${array}_$task" COMPLETED 0
    say "shard $task complete"
done
grep --quiet "in the journal already" "sharded/log/$array-3.log" || fail "shard 3 began from the beginning"

ends "$merge" FAILED 2
refusal=$(grep "in no journal of" "sharded/log/$merge-merge.log") || fail "the merge does not say what is missing"
[[ ! -e sharded/sweep.csv && ! -e sharded/sweep.json ]] || fail "the merge that was refused has left results"
say "merge without all of shard 2 refused:${refusal#*×}"

scontrol requeue "${array}_2"
ends "${array}_2" COMPLETED 0
again "${array}_2" 1 || fail "shard 2 was not queued again but $(field "${array}_2" Restarts) times"
grep --quiet "^$kept points\? in the journal already" "sharded/log/$array-2.log" ||
    fail "shard 2 has not gone on with its $kept points"
say "shard 2 queued again, gone on after its $kept of $((points / 3)) points, complete"

scontrol requeue "$merge"
ends "$merge" COMPLETED 0
say "merge queued again, complete"

# --- The same without shards ------------------------------------------------------------------------------------------

"$steerq" sweep sweep.toml --out whole --level $level >whole.log 2>&1 || fail "the sweep without shards: $(tail -1 whole.log)"
for name in sweep.csv sweep.json sweep.svg; do
    cmp "sharded/$name" "whole/$name" || fail "$name is not that of a sweep without shards"
done
rows=$(($(wc --lines <sharded/sweep.csv) - 1))
((rows == points)) || fail "sweep.csv has $rows rows, not $points"

# A journal that is gone, and options that the shards did not have.
refused() {
    local code=0
    "$steerq" merge "$@" >refused.log 2>&1 || code=$?
    ((code == 2)) || fail "steerq merge $* ends with $code, not 2: $(tail -1 refused.log)"
}
refused sweep.toml --out sharded
mv sharded/journal-1-of-3.jsonl journal-1
refused sweep.toml --out sharded --level $level
say "merge at another level refused, and without shard 1"

say "PASSED: sweep.csv, sweep.json and sweep.svg of $points points are those of a sweep without shards, byte for byte"
