//go:build !unix

package embedded

// tryLock does nothing where there is no flock: there, it is on the operator to
// start one process per data folder.
func tryLock(string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
