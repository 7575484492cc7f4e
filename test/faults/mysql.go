package faults

import (
	"encoding/binary"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// What a statement does to the data.
const (
	Inserts Effect = 1 << iota
	Changes        // updates or deletes
	Locks          // reads for update
	Commits
)

// The states of a MariaDB or MySQL that still answers.
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

// Commands of the protocol.
const (
	comQuery   = 0x03
	comPrepare = 0x16
	comExecute = 0x17

	headerSize = 4
)

type (
	// Effect is a set of what statements do.
	Effect int

	// SQLFault is a state of the database: an error of the server, and what it refuses.
	SQLFault struct {
		Number      uint16
		State, Text string
		Effects     Effect

		// connect refuses connections, and ends those there are.
		connect bool
		// rollsBack ends the transaction before the error, as a deadlock does.
		rollsBack bool
		// loses lets the server do what it is asked, and cuts the connection in place of
		// the answer, where the data is then changed for good.
		loses bool
		// once refuses each statement, whatever its values, the first time alone.
		once bool
	}

	// MySQL is a proxy before a MariaDB or MySQL.
	MySQL struct {
		relay

		mu    sync.Mutex
		fault *SQLFault
		seen  map[string]bool
	}

	// dialog is one connection.
	dialog struct {
		*MySQL
		near, far *wire

		mu sync.Mutex
		// prepared are the statements by their ids; preparing is the one whose id the
		// server tells next.
		prepared  map[uint32]string
		preparing string
		// open says that a transaction is, losing that the next answer of the server is
		// lost.
		open, losing bool
		// dropped is told when the server has answered what the proxy asked itself.
		dropped chan struct{}
	}
)

func once(f SQLFault) SQLFault {
	f.once = true
	return f
}

// NewMySQL starts a proxy before the server at target. It ends with the test.
func NewMySQL(t testing.TB, target string) *MySQL {
	t.Helper()
	m := &MySQL{}
	m.listen(t, target, func(near, far *wire) {
		(&dialog{MySQL: m, near: near, far: far, prepared: map[uint32]string{}}).serve()
	})
	return m
}

// Set brings the database into a state, until Clear.
func (m *MySQL) Set(f SQLFault) {
	m.mu.Lock()
	m.fault, m.seen = &f, map[string]bool{}
	m.mu.Unlock()
	if f.connect {
		m.hangUp()
	}
}

// Clear ends it.
func (m *MySQL) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = nil
}

// refuses is the fault with which a statement is refused now; nil is none.
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

// values are what a client writes into a statement.
var values = regexp.MustCompile(`'(?:[^'\\]|\\.)*'|\b\d+\b|NULL|\?(?:\s*,\s*\?)*`)

// effectOf tells a statement by its first word.
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

// packet is the error as the protocol has it, after the number of packets that came
// before it.
func (f *SQLFault) packet(sequence byte) []byte {
	body := binary.LittleEndian.AppendUint16([]byte{0xff}, f.Number)
	body = append(append(body, '#'), f.State...)
	return packet(sequence, append(body, f.Text...))
}

func packet(sequence byte, body []byte) []byte {
	size := len(body)
	return append([]byte{byte(size), byte(size >> 8), byte(size >> 16), sequence}, body...)
}
