package testkit

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// FreePort reserves a TCP port on 127.0.0.1 until the test ends, for a program that has
// to be told its port.
func FreePort(t testing.TB) int {
	t.Helper()
	port, reservation, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reservation.Close() })
	return port
}

// reservePort finds a free TCP port on 127.0.0.1. The port lies below those that the
// system gives to clients, so that no connection takes it. The UDP socket of the same
// number, which is open until the reservation is closed, keeps every other test away
// from it, those of other packages included.
func reservePort() (port int, reservation io.Closer, err error) {
	const lowest, count = 20000, 12000
	for range 100 {
		port = lowest + rand.IntN(count)
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		reservation, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		if listener, err := net.Listen("tcp", addr); err == nil {
			listener.Close()
			return port, reservation, nil
		}
		reservation.Close()
	}
	return 0, nil, errors.New("no free port")
}
