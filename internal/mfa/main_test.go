package mfa_test

import (
	"testing"

	"user-api/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
