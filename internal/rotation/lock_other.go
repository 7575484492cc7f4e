//go:build !unix

package rotation

// Lock does nothing where there is no flock: there, it is on the operator to give one
// command at a time.
func Lock(string) (unlock func() error, err error) { return func() error { return nil }, nil }
