//go:build unix

package svc

import (
	"io/fs"
	"os"
	"syscall"
)

// openFile reports whether anyone other than the owner can read or write a file.
func openFile(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// openKey is openFile for a key. A key that root provides may be readable by its group, as
// in PostgreSQL; this is how Kubernetes mounts secrets.
func openKey(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	handed := ok && owner.Uid == 0 && os.Geteuid() != 0
	return openFile(info) && !(handed && info.Mode().Perm()&0o037 == 0)
}
