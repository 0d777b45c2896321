# Keeps a language model's server for tests: ends it when its input ends, because the test ended or was killed.
#   keeper.sh FOLDER-OF-PROGRAMS LOG ARGUMENT…
programs=$1 log=$2
shift 2

LD_LIBRARY_PATH=$programs "$programs/llama-server" "$@" >"$log" 2>&1 </dev/null &
server=$!

while read -r word; do
    kill -0 "$server" 2>/dev/null && echo alive || echo dead
done
kill "$server" 2>/dev/null
wait "$server"
rm -f "$log"
