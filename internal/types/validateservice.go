package types

import "regexp"

// maxWait is in seconds.
const maxWait = 20

// afterPattern takes the cursors of every release; one that this release does not know
// is answered from the beginning.
var afterPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Validate demands what can be a cursor, and a wait that is not too long.
func (r *RevocationsReq) Validate() error {
	if r.Wait < 0 || r.Wait > maxWait {
		return malformed("wait", "wait is 0 to 20 seconds.")
	}
	return optional("after", r.After, afterPattern)
}
