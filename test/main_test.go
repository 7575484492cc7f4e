// Package test tests the whole service over HTTP, on every pair of stores.
package test

import (
	"testing"

	"user-api/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }
