//go:build !unix

package svc

import "io/fs"

// openFile is false where files have no modes.
func openFile(fs.FileInfo) bool { return false }

func openKey(fs.FileInfo) bool { return false }
