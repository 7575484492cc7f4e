//go:build race

package process

import "user-api/test/kit"

func init() { kit.Race = true }
