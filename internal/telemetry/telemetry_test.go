package telemetry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"user-api/internal/telemetry"
)

// The text of an error may quote user input: it is omitted, but the error itself is
// recorded.
func TestStart_errorText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spans")
	end, err := telemetry.Start(t.Context(), telemetry.Options{Name: "n", Exporter: telemetry.File, Endpoint: file, Share: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, span := telemetry.Tracer().Start(context.Background(), "sql")
	fault := errors.New("Duplicate entry '+919876543210' for key 'user_phone'")
	span.RecordError(fault)
	span.SetStatus(codes.Error, fault.Error())
	span.End()
	if err := end(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if spans := string(text); strings.Contains(spans, "919876543210") || !strings.Contains(spans, `"Code":"Error"`) || !strings.Contains(spans, `"Name":"exception"`) {
		t.Errorf("the spans are %s, want the error without its text", spans)
	}
}

func TestStart_refuses(t *testing.T) {
	for name, o := range map[string]telemetry.Options{
		"no exporter":    {Exporter: "jaeger", Endpoint: "127.0.0.1:1"},
		"no such folder": {Exporter: telemetry.File, Endpoint: filepath.Join(t.TempDir(), "none", "spans")},
	} {
		if _, err := telemetry.Start(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := telemetry.Try(t.Context(), o); err == nil {
			t.Errorf("%s: no error of Try", name)
		}
	}
}

// A probe leaves nothing behind and changes nothing.
func TestTry(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spans")
	for _, o := range []telemetry.Options{
		{Exporter: telemetry.File, Endpoint: file}, {Exporter: telemetry.OtlpGrpc, Endpoint: "127.0.0.1:1"}, {Exporter: telemetry.OtlpHttp, Endpoint: "127.0.0.1:1"},
	} {
		if err := telemetry.Try(t.Context(), o); err != nil {
			t.Errorf("%s: %v", o.Exporter, err)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is left behind")
	}
	if err := os.WriteFile(file, []byte("spans"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := telemetry.Try(t.Context(), telemetry.Options{Exporter: telemetry.File, Endpoint: file}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "spans" {
		t.Errorf("the file that was there has %q, %v", text, err)
	}
}
