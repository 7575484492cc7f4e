package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// The values of Telemetry.Batcher, named as in go-zero.
const (
	BatcherOtlpGrpc = "otlpgrpc"
	BatcherOtlpHttp = "otlphttp"
	BatcherFile     = "file"
)

type (
	// Telemetry is go-zero's OpenTelemetry section. Without an Endpoint there are no spans.
	Telemetry struct {
		// Name is the service name in spans; empty means Config.Name.
		Name string `json:",optional"`
		// Endpoint is host:port for otlpgrpc and otlphttp, a file name for file.
		Endpoint string `json:",optional"`
		// Sampler is the share of requests with spans, 0 to 1. Requests with a trusted
		// proxy's sampling decision are exempt.
		Sampler float64 `json:",default=1.0"`
		// Batcher is the exporter: otlpgrpc, otlphttp or file. go-zero's zipkin is not
		// supported: OpenTelemetry has abandoned its exporter, and Zipkin accepts OTLP.
		Batcher string `json:",default=otlpgrpc"`
		// OtlpHeaders are added to exports, for example a collector's key. The variable
		// uses OpenTelemetry's format: name=value,name=value, percent-encoded.
		OtlpHeaders Headers `json:",optional,env=OTEL_EXPORTER_OTLP_HEADERS"`
		// OtlpHttpPath is the path for otlphttp; empty means /v1/traces.
		OtlpHttpPath string `json:",optional"`
		// OtlpHttpSecure enables TLS for otlphttp.
		OtlpHttpSecure bool `json:",optional"`
		// Disabled turns everything off.
		Disabled bool `json:",optional"`
	}

	// Headers maps names to values, which may be secrets.
	Headers map[string]string
)

// parseHeaders parses the value of the variable. The error does not show a value.
func parseHeaders(text string) (Headers, error) {
	headers := Headers{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		if name == "" || !ok || err != nil {
			return nil, errors.New("must be name=value, with commas between such pairs, and values escaped as in an address")
		}
		headers[name] = value
	}
	return headers, nil
}

// On reports whether spans are created.
func (t Telemetry) On() bool { return !t.Disabled && t.Endpoint != "" }

func (t Telemetry) check(k *checker) {
	if t.Sampler < 0 || t.Sampler > 1 {
		k.add("Telemetry.Sampler", "must be 0 to 1, is %v", t.Sampler)
	}
	k.option("Telemetry.Batcher", t.Batcher, BatcherOtlpGrpc, BatcherOtlpHttp, BatcherFile)
	if t.OtlpHttpPath != "" && !strings.HasPrefix(t.OtlpHttpPath, "/") {
		k.add("Telemetry.OtlpHttpPath", "must begin with /, is %q", t.OtlpHttpPath)
	}
	if t.On() && t.Batcher != BatcherFile && (strings.Contains(t.Endpoint, "/") || !strings.Contains(t.Endpoint, ":")) {
		k.add("Telemetry.Endpoint", "must be host:port for %s, is %q", t.Batcher, t.Endpoint)
	}
}

// Format prints only the names, whatever the verb.
func (h Headers) Format(s fmt.State, _ rune) { format(s, h) }

// MarshalJSON masks the values.
func (h Headers) MarshalJSON() ([]byte, error) {
	shown := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		shown[name] = mask
	}
	return json.Marshal(shown)
}
