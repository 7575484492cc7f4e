package faults

import (
	"encoding/binary"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// The effects of a statement.
const (
	Inserts Effect = 1 << iota
	Changes        // updates or deletes
	Locks          // reads for update
	Commits
)

// The fault states of a MariaDB or MySQL that still responds.
var (
	DemotedPrimary = SQLFault{Number: 1290, State: "HY000", Effects: Inserts | Changes,
		Text: "The MySQL server is running with the --read-only option so it cannot execute this statement"}
	ReadOnlyTransaction = SQLFault{Number: 1792, State: "25006", Effects: Inserts | Changes,
		Text: "Cannot execute statement in a READ ONLY transaction"}
	DiskFull = SQLFault{Number: 1021, State: "HY000", Effects: Inserts | Changes,
		Text: "Disk full (/tmp); waiting for someone to free some space... (errno: 28 \"No space left on device\")"}
	TableFull       = SQLFault{Number: 1114, State: "HY000", Effects: Inserts, Text: "The table 'user' is full"}
	TooManyClients  = SQLFault{Number: 1040, State: "08004", connect: true, Text: "Too many connections"}
	LockWait        = SQLFault{Number: 1205, State: "HY000", Effects: Inserts | Changes | Locks, Text: "Lock wait timeout exceeded; try restarting transaction"}
	Deadlock        = SQLFault{Number: 1213, State: "40001", Effects: Inserts | Changes | Locks | Commits, rollsBack: true, Text: "Deadlock found when trying to get lock; try restarting transaction"}
	LostAnswer      = SQLFault{Effects: Inserts | Changes | Commits, loses: true}
	LockWaitOnce    = once(LockWait)
	DeadlockOnce    = once(Deadlock)
	commandRollback = append([]byte{comQuery}, "ROLLBACK"...)
)

// Protocol commands.
const (
	comQuery   = 0x03
	comPrepare = 0x16
	comExecute = 0x17

	headerSize = 4
)

type (
	// Effect is a set of effects of a statement.
	Effect int

	// SQLFault is a fault state: the server error, and the effects that it rejects.
	SQLFault struct {
		Number      uint16
		State, Text string
		Effects     Effect

		// connect rejects new connections and closes existing ones.
		connect bool
		// rollsBack rolls the transaction back before the error, as a deadlock does.
		rollsBack bool
		// loses executes the statement and then closes the connection instead of sending
		// the response, if the change is already durable.
		loses bool
		// once rejects each statement only the first time, regardless of its values.
		once bool
	}

	// MySQL is a proxy for a MariaDB or MySQL.
	MySQL struct {
		relay

		mu    sync.Mutex
		fault *SQLFault
		seen  map[string]bool
	}

	// dialog is a connection.
	dialog struct {
		*MySQL
		near, far *wire

		mu sync.Mutex
		// prepared holds the prepared statements by id. preparing is the statement whose
		// id the server sends next.
		prepared  map[uint32]string
		preparing string
		// open reports whether a transaction is open, losing whether the next response of
		// the server will be dropped.
		open, losing bool
		// dropped receives a value when the server has responded to the proxy's own command.
		dropped chan struct{}
	}
)

func once(f SQLFault) SQLFault {
	f.once = true
	return f
}

// NewMySQL starts a proxy for the server at target. It stops when the test ends.
func NewMySQL(t testing.TB, target string) *MySQL {
	t.Helper()
	m := &MySQL{}
	m.listen(t, target, func(near, far *wire) {
		(&dialog{MySQL: m, near: near, far: far, prepared: map[uint32]string{}}).serve()
	})
	return m
}

// Set puts the database into a fault state until Clear.
func (m *MySQL) Set(f SQLFault) {
	m.mu.Lock()
	m.fault, m.seen = &f, map[string]bool{}
	m.mu.Unlock()
	if f.connect {
		m.hangUp()
	}
}

// Clear ends the fault state.
func (m *MySQL) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = nil
}

// refuses returns the fault that applies to statement, or nil if there is none.
func (m *MySQL) refuses(statement string) *SQLFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault == nil || m.fault.connect || m.fault.Effects&effectOf(statement) == 0 {
		return nil
	}
	if shape := values.ReplaceAllString(statement, "?"); m.fault.once {
		if m.seen[shape] {
			return nil
		}
		m.seen[shape] = true
	}
	return m.fault
}

// values matches the values in a statement.
var values = regexp.MustCompile(`'(?:[^'\\]|\\.)*'|\b\d+\b|NULL|\?(?:\s*,\s*\?)*`)

// effectOf returns the effect of a statement, judged by its first word.
func effectOf(statement string) Effect {
	word, _, _ := strings.Cut(strings.TrimSpace(statement), " ")
	switch strings.ToUpper(strings.TrimRight(word, ";")) {
	case "INSERT", "REPLACE", "CREATE", "ALTER", "LOAD":
		return Inserts
	case "UPDATE", "DELETE", "DROP", "TRUNCATE":
		return Changes
	case "COMMIT":
		return Commits
	case "SELECT":
		if strings.Contains(strings.ToUpper(statement), " FOR UPDATE") {
			return Locks
		}
	}
	return 0
}

// packet returns the error packet with the given sequence number.
func (f *SQLFault) packet(sequence byte) []byte {
	body := binary.LittleEndian.AppendUint16([]byte{0xff}, f.Number)
	body = append(append(body, '#'), f.State...)
	return packet(sequence, append(body, f.Text...))
}

func packet(sequence byte, body []byte) []byte {
	size := len(body)
	return append([]byte{byte(size), byte(size >> 8), byte(size >> 16), sequence}, body...)
}
