package types

import "regexp"

// maxWait is in seconds.
const maxWait = 20

// afterPattern matches the cursors of every release; with one that this release does not
// know the response starts from the beginning.
var afterPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Validate requires a possible cursor and limits the wait.
func (r *RevocationsReq) Validate() error {
	if r.Wait < 0 || r.Wait > maxWait {
		return malformed("wait", "wait is 0 to 20 seconds.")
	}
	return optional("after", r.After, afterPattern)
}
