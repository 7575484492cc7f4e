#!/usr/bin/env bash
# A private MariaDB and a private Redis for tests, on loopback only.
#
#   eval "$(test/stores/stores.sh start DIR)"   starts both with empty data in DIR and exports
#                                               USER_API_TEST_MYSQL (a DSN without a database)
#                                               and USER_API_TEST_REDIS (host:port)
#   test/stores/stores.sh stop DIR              ends both and removes what start put into DIR
#
# Needs mariadbd, mariadb-install-db, mariadb, redis-server and redis-cli. Runs
# as root and as anyone else, beside the system's own servers and beside other
# instances in other folders. Starting what runs already prints its exports again.
set -euo pipefail
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin # where Debian keeps mariadbd

die() {
  echo "stores: $*" >&2
  exit 1
}

# pid NAME: the process started as NAME, if it is alive and still ours. Both
# servers work inside DIR/NAME, so that a number reused by a stranger, and the
# corpse of a server that nobody has reaped, do not count.
pid() {
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null || return 1
  if [ -d /proc/self ]; then
    [ "$(readlink "/proc/$pid/cwd")" = "$dir/$1" ] || return 1
  fi
  echo "$pid"
}

# launch NAME COMMAND...: runs a server in DIR/NAME, cut off from this shell.
launch() {
  local name=$1
  shift
  cd "$dir/$name"
  nohup "$@" </dev/null >>"$dir/$name.log" 2>&1 &
  echo $! >"$dir/$name.pid"
  cd "$dir"
}

# The servers themselves find out by binding whether a port is free. 20000 to
# 31999 lies below the ports that the system gives to clients.
random_port() { echo $((20000 + RANDOM % 12000)); }

launch_mysql() {
  launch mysql mariadbd --no-defaults $as_root \
    --datadir="$dir/mysql" --tmpdir="$dir/tmp" --socket=mysql.sock --pid-file=mysqld.pid --init-file="$dir/mysql.init" \
    --bind-address=127.0.0.1 --port="$1" --skip-networking=OFF --skip-name-resolve \
    --character-set-server=utf8mb4 --max-connections=1000 --performance-schema=OFF \
    --innodb-buffer-pool-size=64M --innodb-log-file-size=32M --innodb-use-native-aio=OFF \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF --skip-log-bin \
    --innodb-flush-method=nosync --sync-frm=OFF --innodb-file-per-table=OFF # a database for each test, kept by none
}

# The password tells our server from any other that answers on the port.
answers_mysql() {
  MYSQL_PWD=$password mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$1" \
    --user=test --skip-ssl --connect-timeout=2 --execute='SELECT 1' >/dev/null 2>&1
}

launch_redis() {
  launch redis redis-server --bind 127.0.0.1 --port "$1" --dir "$dir/redis" \
    --save '' --appendonly no --maxmemory-policy noeviction --daemonize no
}

answers_redis() {
  redis-cli -h 127.0.0.1 -p "$1" info server 2>/dev/null | tr -d '\r' | grep -qx "process_id:$(pid redis)"
}

# serve NAME: starts a server on some free port and sets port; waits until it answers.
serve() {
  local name=$1 try second
  for try in 1 2 3 4 5 6 7 8 9 10; do
    port=$(random_port)
    : >"$dir/$name.log"
    "launch_$name" "$port"
    for ((second = 0; second < 600; second++)); do
      "answers_$name" "$port" && return
      kill -0 "$!" 2>/dev/null || break
      sleep 0.1
    done
    grep -qi 'address already in use' "$dir/$name.log" || break
    finish "$name"
  done
  tail -n 20 "$dir/$name.log" >&2
  die "$name does not start"
}

# finish NAME: ends a server and waits until it is gone.
finish() {
  local pid tenth
  pid=$(pid "$1") || return 0
  kill "$pid" 2>/dev/null || true
  for ((tenth = 0; tenth < 300; tenth++)); do
    pid "$1" >/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

start() {
  local program
  if pid mysql >/dev/null && pid redis >/dev/null && [ -f "$dir/env" ]; then
    cat "$dir/env"
    return
  fi
  for program in mariadbd mariadb-install-db mariadb redis-server redis-cli; do
    command -v "$program" >/dev/null || die "$program is not installed (Debian: mariadb-server redis-server)"
  done
  stop
  trap stop EXIT
  trap 'exit 1' HUP INT TERM # with a trap, bash lets a running command end first
  # A MariaDB that starts removes the temporary tables of all that share their folder.
  mkdir -p "$dir/mysql" "$dir/redis" "$dir/tmp"
  export TMPDIR=$dir/tmp

  # mariadbd runs as root only when told to. Spelled without "loose", the option would also
  # make mariadb-install-db change the owner of the system's own plugins.
  local as_root='' password port
  [ "$(id -u)" != 0 ] || as_root=--loose-user=root
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  mariadb-install-db --no-defaults $as_root --datadir="$dir/mysql" --skip-name-resolve --skip-test-db \
    --auth-root-authentication-method=socket >"$dir/mysql.log" 2>&1 </dev/null ||
    { tail -n 20 "$dir/mysql.log" >&2; die "mariadb-install-db failed"; }
  printf '%s\n' "CREATE USER test IDENTIFIED BY '$password';" 'GRANT ALL ON *.* TO test WITH GRANT OPTION;' >"$dir/mysql.init"

  serve mysql
  echo "export USER_API_TEST_MYSQL='test:$password@tcp(127.0.0.1:$port)/'" >"$dir/env"
  serve redis
  echo "export USER_API_TEST_REDIS=127.0.0.1:$port" >>"$dir/env"
  trap - EXIT
  cat "$dir/env"
}

stop() {
  finish redis
  finish mysql
  rm -rf "$dir"/{mysql,redis,tmp} "$dir"/{mysql,redis}.{pid,log} "$dir"/mysql.init "$dir"/env
}

case "${1:-}" in
start | stop) [ $# = 2 ] || die "usage: stores.sh start|stop DIR" ;;
*) die "usage: stores.sh start|stop DIR" ;;
esac
[ "$1" = start ] || [ -d "$2" ] || exit 0
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
"$1"
