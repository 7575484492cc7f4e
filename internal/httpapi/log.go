package httpapi

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/zeromicro/go-zero/core/logx"
)

// logTime is logx's time format.
const logTime = "2006-01-02T15:04:05.000Z07:00"

// lineWriter is logx's writer with a fast path for access log lines.
type lineWriter struct {
	logx.Writer
	out  io.Writer
	json bool
}

var logLevels = map[string]uint32{
	"debug":  logx.DebugLevel,
	"info":   logx.InfoLevel,
	"error":  logx.ErrorLevel,
	"severe": logx.SevereLevel,
}

// SetUpLog makes logx and the standard library's log write to w through a Redactor. level
// is debug, info, error or severe; encoding is json or plain. It must be the first to set
// up logx, because the encoding cannot be changed later. logx.Close, which rest.Server.Stop
// calls, undoes it.
func SetUpLog(w io.Writer, level, encoding string) error {
	number, ok := logLevels[level]
	if !ok {
		return fmt.Errorf("httpapi: log level %q is not debug, info, error or severe", level)
	}
	if encoding != "json" && encoding != "plain" {
		return fmt.Errorf("httpapi: log encoding %q is not json or plain", encoding)
	}
	// Stat stays off: its lines about CPU and memory duplicate the metrics.
	if err := logx.SetUp(logx.LogConf{Mode: "console", Encoding: encoding, Level: level}); err != nil {
		return fmt.Errorf("httpapi: set up log: %w", err)
	}
	redactor := NewRedactor(w)
	logx.SetLevel(number)
	logx.SetWriter(lineWriter{logx.NewWriter(redactor), redactor, encoding == "json"})
	log.SetOutput(redactor)
	return nil
}

// Debug implements logx.Writer.
func (w lineWriter) Debug(v any, fields ...logx.LogField) {
	if !w.access(v, "debug", w.Writer.Debug) {
		w.Writer.Debug(v, fields...)
	}
}

// Info implements logx.Writer.
func (w lineWriter) Info(v any, fields ...logx.LogField) {
	if !w.access(v, "info", w.Writer.Info) {
		w.Writer.Info(v, fields...)
	}
}

// access writes v if it is an access log line.
func (w lineWriter) access(v any, level string, plain func(any, ...logx.LogField)) bool {
	line, ok := v.(accessLine)
	switch {
	case !ok:
	case w.json:
		// There is nowhere to report a failed write to the log.
		_, _ = w.out.Write(line.appendJSON(make([]byte, 0, 512), level))
	default:
		plain("request", line.fields()...)
	}
	return ok
}

// ServerLog returns a logger for http.Server.ErrorLog.
func ServerLog() *log.Logger {
	return log.New(serverLog{}, "", 0)
}

// serverLog writes each line of net/http to logx.
type serverLog struct{}

func (serverLog) Write(p []byte) (int, error) {
	line := string(bytes.TrimSpace(p))
	// Any port scanner that does not speak TLS causes one of these.
	if strings.HasPrefix(line, "http: TLS handshake error") {
		logx.Debug(line)
	} else {
		logx.Error(line)
	}
	return len(p), nil
}
