package carrier

import (
	"bufio"
	"fmt"
	"net"
	"strings"
)

// serveMail takes connections until Close.
func (c *Carrier) serveMail() {
	for {
		conn, err := c.mail.Accept()
		if err != nil {
			return
		}
		go c.mailSession(conn)
	}
}

// mailSession speaks as much of RFC 5321 as a submission needs.
func (c *Carrier) mailSession(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	say := func(line string) { fmt.Fprint(conn, line, "\r\n") }
	say("220 mail.test")
	for lines.Scan() {
		verb, _, _ := strings.Cut(strings.ToUpper(lines.Text()), " ")
		switch verb {
		case "MAIL":
			say(c.at(Locked, "530 5.7.0 sign in first"))
		case "RCPT":
			say(c.at(Unreachable, "550 5.1.1 nobody here"))
		case "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
			}
			switch c.now() {
			case Broken, Silent:
				return
			case Refusing, RegionOff:
				say("554 5.7.1 not from here")
			default:
				c.accept("")
				say("250 2.0.0 taken")
			}
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// at is the refusal in its weather, and 250 in any other.
func (c *Carrier) at(w Weather, refusal string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.weather == w {
		return refusal
	}
	return "250 fine"
}
