//go:build !unix

package embedded

// tryLock does nothing without flock: the operator must start only one process per data folder.
func tryLock(string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
