//go:build !unix

package svc

import "io/fs"

// openFile is false on systems without file modes.
func openFile(fs.FileInfo) bool { return false }

func openKey(fs.FileInfo) bool { return false }
