#!/usr/bin/env bash
# A sweep on a cluster: N shards as a job array, and a job that merges them.
#
#   submit.sh N FILE DIR [OPTION…]
#
# FILE, DIR and every OPTION are those of `steerq sweep FILE --out DIR`. Submitted again, after whatever failure, it goes on
# with what the journals in DIR have. Resources stand in sweep.sbatch and merge.sbatch beside this file; what sbatch reads
# from the environment (SBATCH_PARTITION, SBATCH_ACCOUNT, …) holds for both. STEERQ is the program [default: steerq].
set -euo pipefail

if (($# < 3)) || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 N FILE DIR [OPTION…]" >&2
    exit 2
fi
shards=$1 file=$2 folder=$3
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if ! [[ -r $file ]]; then
    echo "$0: $file cannot be read" >&2
    exit 2
fi
mkdir -p "$folder/log"
log=${folder//%/%%}/log # In the name of a log, % begins what Slurm fills in.

# --parsable prints the number, and on some clusters ;NAME behind it.
array=$(sbatch --parsable --array="1-$shards" --output="$log/%A-%a.log" \
    "$here/sweep.sbatch" "$shards" "$file" "$folder" "$@")
array=${array%%;*}
merge=$(sbatch --parsable --dependency="afterany:$array" --output="$log/%j-merge.log" \
    "$here/merge.sbatch" "$file" "$folder" "$@")
merge=${merge%%;*}

echo "shards: job $array, tasks 1 to $shards; merge: job $merge; logs in $folder/log"
