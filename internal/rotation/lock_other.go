//go:build !unix

package rotation

// Lock does nothing on systems without flock: there, operators must run one command at a
// time.
func Lock(string) (unlock func() error, err error) { return func() error { return nil }, nil }
