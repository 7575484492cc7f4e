package metrics

import (
	"testing"

	"user-api/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }
