package integration_test

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// A dialogue is a client that asks a server something, in one piece.
type dialogue struct {
	protocol       string // tcp or udp
	client, server netip.AddrPort
	payload        []byte
}

// ask is a dialogue of a new client.
func ask(n int, protocol string, port uint16, payload []byte) dialogue {
	return dialogue{
		protocol, netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), uint16(20_000+n)),
		netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), payload,
	}
}

// frames are those of the dialogue: the handshake, the question and the close.
func (d dialogue) frames() [][]byte {
	if d.protocol == "udp" {
		return [][]byte{d.frame(true, udpBody(d.client.Port(), d.server.Port(), d.payload))}
	}
	const syn, ack, push, fin = 2, 16, 8, 1
	end := uint32(1001 + len(d.payload))
	frames := [][]byte{d.segment(true, 1000, 0, syn, nil), d.segment(false, 5000, 1001, syn|ack, nil), d.segment(true, 1001, 5001, ack, nil)}
	return append(frames, d.segment(true, 1001, 5001, push|ack, d.payload), d.segment(false, 5001, end, ack, nil),
		d.segment(true, end, 5001, fin|ack, nil), d.segment(false, 5001, end+1, fin|ack, nil), d.segment(true, end+1, 5002, ack, nil))
}

func (d dialogue) segment(out bool, seq, ack uint32, flags byte, payload []byte) []byte {
	src, dst := d.client.Port(), d.server.Port()
	if !out {
		src, dst = dst, src
	}
	body := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, src), dst)
	body = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(body, seq), ack)
	return d.frame(out, append(append(body, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0), payload...))
}

func (d dialogue) frame(out bool, body []byte) []byte {
	number := byte(6)
	if d.protocol == "udp" {
		number = 17
	}
	if out {
		return ethernet(d.client.Addr(), d.server.Addr(), 0, number, body)
	}
	return ethernet(d.server.Addr(), d.client.Addr(), 0, number, body)
}

func udpBody(src, dst uint16, payload []byte) []byte {
	body := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, src), dst)
	return append(append(binary.BigEndian.AppendUint16(body, uint16(8+len(payload))), 0, 0), payload...)
}

// runDialogues returns the events of each dialogue under rules.
func (s *suricata) runDialogues(t *testing.T, text string, all []dialogue) [][]alertEvent {
	t.Helper()
	var frames [][]byte
	var of []int // the dialogue of each frame
	for i, d := range all {
		for _, frame := range d.frames() {
			frames, of = append(frames, frame), append(of, i)
		}
	}
	events := make([][]alertEvent, len(all))
	for i, e := range s.runFrames(t, text, frames) {
		events[of[i]] = append(events[of[i]], e...)
	}
	return events
}

// httpRequest is a request to a host.
func httpRequest(host string) []byte {
	return []byte("GET / HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
}

// clientHello is what crypto/tls sends first to a server of a name.
func clientHello(t *testing.T, name string) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer server.Close()
	go func() {
		defer client.Close()
		_ = tls.Client(client, &tls.Config{ServerName: name}).Handshake() // fails: nobody answers
	}()
	hello := make([]byte, 16<<10)
	n, err := server.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	return hello[:n]
}

// dnsQuestion asks for the address of a name.
func dnsQuestion(name string) []byte {
	out := []byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := range strings.SplitSeq(name, ".") {
		out = append(append(out, byte(len(label))), label...)
	}
	return append(out, 0, 0, 1, 0, 1)
}

// overTCP puts the length before a message of DNS.
func overTCP(message []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
}
