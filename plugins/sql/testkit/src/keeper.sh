# Keeps a PostgreSQL server for a test: obeys the lines it reads, and when there are no more, because the test ended or
# was killed, it ends the server and deletes its files.
#   keeper.sh POSTGRES FOLDER PORT [OPTION…]
postgres=$1 folder=$2 port=$3
shift 3

begin() {
    "$postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c dynamic_shared_memory_type=mmap "$@" >>"$folder/log" 2>&1 </dev/null &
    server=$!
}

end() {
    kill "-$1" "$server" 2>/dev/null
    wait "$server"
}

while read -r word; do
    case $word in
    start) begin "$@" ;;
    stop) end INT ;;
    kill) end QUIT ;;
    alive) kill -0 "$server" 2>/dev/null || echo no ;;
    esac
    echo done
done
end QUIT
cd / && rm -rf "$folder"
