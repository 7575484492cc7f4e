package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// sstScript is a state transfer that copies nothing: all nodes start with copies of one
// folder, so a joiner only lacks events, which Galera sends itself. MariaDB's own methods
// need rsync, and a user other than root.
const sstScript = `#!/bin/sh
bypass=
while [ $# -gt 0 ]; do
  case "$1" in
    --role) role=$2 ;; --address) address=$2 ;; --datadir) dir=$2 ;; --gtid) gtid=$2 ;;
    --gtid-domain-id) domain=$2 ;; --bypass) bypass=yes ;;
  esac
  shift
done
case "$role" in
joiner)
  rm -f "$dir/same"
  echo "ready $dir/same"
  while [ ! -s "$dir/same" ]; do sleep 0.02; done
  cat "$dir/same" ;;
donor)
  [ -n "$bypass" ] || exit 1
  echo continue
  echo "$gtid $domain" >"$address.new" && mv "$address.new" "$address"
  echo "done $gtid" ;;
esac
`

// startGalera starts a Galera cluster of n synchronized nodes.
func startGalera(t *testing.T, n int) []*maria {
	t.Helper()
	need(t, mariadbd, "mariadb-install-db", provider)
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "wsrep_sst_same"), []byte(sstScript), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))

	first := newData(t)
	_, args := member(t, "")
	seed := startMaria(t, first, args...).ready(t) // gives the data its id
	seed.terminate()
	for _, rest := range []string{"galera.cache", "gvwstate.dat", "log", "pid", bootFile} {
		os.Remove(filepath.Join(first, rest))
	}
	dirs := []string{first}
	for range n - 1 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(first)); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	var nodes []*maria
	hub := ""
	for _, dir := range dirs {
		listen, args := member(t, hub)
		nodes = append(nodes, startMaria(t, dir, args...))
		if hub == "" {
			hub = listen
			nodes[0].ready(t)
		}
	}
	for _, node := range nodes {
		node.ready(t)
		until(t, time.Minute, "Galera", func() bool {
			return node.status("wsrep_cluster_size") == fmt.Sprint(n) && node.status("wsrep_local_state_comment") == "Synced"
		})
	}
	return nodes
}

// member returns the options of a node that joins the one listening at hub, or starts the
// cluster.
func member(t *testing.T, hub string) (listen string, args []string) {
	t.Helper()
	listen = fmt.Sprint("127.0.0.1:", testkit.FreePort(t))
	options := []string{"gmcast.listen_addr=tcp://" + listen, fmt.Sprint("ist.recv_addr=127.0.0.1:", testkit.FreePort(t)), "gcache.size=16M"}
	return listen, []string{
		"--wsrep-on=ON", "--wsrep-provider=" + provider, "--wsrep-sst-method=same", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
		"--wsrep-node-address=127.0.0.1", "--wsrep-cluster-address=gcomm://" + hub, "--wsrep-provider-options=" + strings.Join(options, ";"),
	}
}
