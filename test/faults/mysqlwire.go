package faults

import (
	"encoding/binary"
	"io"
	"strings"
)

// The first bytes of server packets.
const (
	saysOK    = 0x00
	saysMore  = 0x01 // while a client proves who it is
	saysError = 0xff

	provenAlready = 0x03 // of saysMore: OK is next
)

func (d *dialog) serve() {
	d.MySQL.mu.Lock()
	fault := d.MySQL.fault
	d.MySQL.mu.Unlock()
	if fault != nil && fault.connect {
		// During the handshake, an error packet has no SQL state.
		body := binary.LittleEndian.AppendUint16([]byte{saysError}, fault.Number)
		_ = d.near.send(packet(0, append(body, fault.Text...)))
		return
	}
	if !d.greet() {
		return
	}
	go func() {
		d.pass()
		d.near.Close()
	}()
	for d.next() == nil {
	}
}

// greet forwards the handshake until the server has authenticated the client.
func (d *dialog) greet() bool {
	for greeting := true; ; greeting = false {
		said, err := readPacket(d.far)
		if err != nil || d.near.send(said) != nil {
			return false
		}
		switch body := said[headerSize:]; {
		case greeting:
		case body[0] == saysOK:
			return true
		case body[0] == saysError:
			return false
		case body[0] == saysMore && len(body) > 1 && body[1] == provenAlready:
			continue
		}
		reply, err := readPacket(d.near)
		if err != nil || d.far.send(reply) != nil {
			return false
		}
	}
}

// next handles one packet from the client.
func (d *dialog) next() error {
	raw, err := readPacket(d.near)
	if err != nil {
		return err
	}
	body := raw[headerSize:]
	if raw[3] != 0 || len(body) == 0 { // it goes on with what came before
		return d.far.send(raw)
	}
	statement := ""
	switch body[0] {
	case comQuery:
		statement = string(body[1:])
	case comPrepare:
		d.mu.Lock()
		d.preparing = string(body[1:])
		d.mu.Unlock()
	case comExecute:
		d.mu.Lock()
		statement = d.prepared[binary.LittleEndian.Uint32(body[1:])]
		d.mu.Unlock()
	}
	fault := d.refuses(statement)
	lasting := d.lasts(statement)
	switch {
	case fault == nil:
		return d.far.send(raw)
	case fault.loses:
		d.mu.Lock()
		d.losing = lasting
		d.mu.Unlock()
		return d.far.send(raw)
	}
	if fault.rollsBack {
		if err := d.rollBack(); err != nil {
			return err
		}
	}
	return d.near.send(fault.packet(1))
}

// lasts reports whether the change of a statement is durable once the server has responded. It
// also tracks whether a transaction is open.
func (d *dialog) lasts(statement string) bool {
	effect := effectOf(statement)
	switch word, _, _ := strings.Cut(strings.ToUpper(statement), " "); {
	case word == "START" || word == "BEGIN":
		d.open = true
	case word == "ROLLBACK" || effect == Commits:
		d.open = false
	}
	return !d.open && effect != Locks
}

// rollBack rolls back the client's transaction. The response of the server is dropped.
func (d *dialog) rollBack() error {
	dropped := make(chan struct{})
	d.mu.Lock()
	d.dropped = dropped
	d.mu.Unlock()
	if err := d.far.send(packet(0, commandRollback)); err != nil {
		return err
	}
	<-dropped
	return nil
}

// pass forwards the packets of the server. A client sends one command at a time, so the first
// packet after a command is its response.
func (d *dialog) pass() {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.dropped != nil {
			close(d.dropped)
		}
	}()
	for {
		raw, err := readPacket(d.far)
		if err != nil {
			return
		}
		d.mu.Lock()
		if d.losing {
			d.mu.Unlock()
			return
		}
		if d.dropped != nil {
			close(d.dropped)
			d.dropped = nil
			d.mu.Unlock()
			continue
		}
		if body := raw[headerSize:]; d.preparing != "" {
			if len(body) >= 5 && body[0] == saysOK {
				d.prepared[binary.LittleEndian.Uint32(body[1:])] = d.preparing
			}
			d.preparing = ""
		}
		d.mu.Unlock()
		if _, err := d.near.Write(raw); err != nil {
			return
		}
		if d.far.Buffered() == 0 && d.near.flush() != nil {
			return
		}
	}
}

// readPacket reads a packet including its header.
func readPacket(from *wire) ([]byte, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(from.Reader, header); err != nil {
		return nil, err
	}
	raw := make([]byte, headerSize+(int(header[0])|int(header[1])<<8|int(header[2])<<16))
	copy(raw, header)
	_, err := io.ReadFull(from.Reader, raw[headerSize:])
	return raw, err
}
