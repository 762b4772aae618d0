// Package firewalllogs invents logs of AWS Network Firewall, for tests, benchmarks
// and examples: a company whose hosts call services, resolve names and keep time,
// whose backups take the way through the firewall, and at whose door strangers
// knock. Addresses are those that are reserved for documentation and benchmarks.
package firewalllogs

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"
)

// Options say what to invent. Equal options give equal bytes.
type Options struct {
	Seed   uint64
	Events int
	Start  time.Time     // of the first event; the zero value is 2026-03-02 06:00 UTC
	Length time.Duration // until the last event; zero is six hours
}

// The kinds of log, as they are called in the names of objects.
const (
	Flow  = "flow"
	Alert = "alert"
	TLS   = "tls"
)

// A Line is one event, without the line feed.
type Line struct {
	Log  string
	Time time.Time
	Text []byte // valid until the next one is made
}

// Write writes all logs mixed, in the order of time.
func Write(w io.Writer, o Options) error {
	b := bufio.NewWriterSize(w, 1<<20)
	for line := range Lines(o) {
		b.Write(line.Text)
		if err := b.WriteByte('\n'); err != nil {
			return err
		}
	}
	return b.Flush()
}

// Lines returns the events in the order of time.
func Lines(o Options) iter.Seq[Line] {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	}
	if o.Length == 0 {
		o.Length = 6 * time.Hour
	}
	return func(yield func(Line) bool) {
		m := newMaker(o)
		for made := 0; made < o.Events; {
			for _, line := range m.next(time.Duration(float64(o.Length) * float64(made) / float64(o.Events))) {
				if made++; made > o.Events || !yield(line) {
					return
				}
			}
		}
	}
}

// A maker makes conversations, each of which leaves one or more lines.
type maker struct {
	*rand.Rand
	start time.Time
	hosts *rand.Zipf
	peers *rand.Zipf
	flow  uint64

	now   time.Time
	lines []Line
	texts [4][]byte
}

func newMaker(o Options) *maker {
	r := rand.New(rand.NewPCG(o.Seed, 20260302))
	return &maker{
		Rand: r, start: o.Start, flow: 1 << 50,
		hosts: rand.NewZipf(r, 1.3, 12, hostCount-1),
		peers: rand.NewZipf(r, 1.15, 20, 1<<17-1),
	}
}

// next makes one conversation at a time after the start.
func (m *maker) next(at time.Duration) []Line {
	m.now = m.start.Add(at)
	m.lines = m.lines[:0]
	m.flow += 1 + m.Uint64N(1<<33)
	c := m.conversation()
	switch m.IntN(200) {
	case 0, 1:
		m.tlsError(c)
	case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21:
		m.knock()
	default:
		m.pass(c)
	}
	return m.lines
}

// pass lets a conversation through: a flow each way, and often an alert before.
func (m *maker) pass(c conversation) {
	if c.host != "" && m.IntN(3) == 0 || c.blocked {
		m.alert(c)
	}
	if c.blocked {
		m.netflow(c, 1, 60, "02")
		return
	}
	packets := 4 + uint64(m.ExpFloat64()*c.packets)
	m.netflow(c, packets, packets*(52+m.Uint64N(60)), "1b")
	if !m.lonely() {
		back := 4 + uint64(float64(packets)*(.7+m.Float64()*.6))
		m.netflow(c.reversed(), back, back*uint64(60+c.size*m.Float64()), "1b")
	}
}

// lonely tells whether nobody answered.
func (m *maker) lonely() bool { return m.IntN(25) == 0 }

// knock is a stranger who tries a door that is shut.
func (m *maker) knock() {
	door := doors[m.IntN(len(doors))]
	rank := int(m.peers.Uint64())
	c := conversation{
		service:  service{proto: "TCP", blocked: true, rule: door.rule},
		firewall: firewalls[1], zone: m.IntN(3), geo: countries[rank%97%len(countries)],
		src: benchmark(rank), srcPort: 1024 + m.IntN(64512), dst: host(3 + m.IntN(9)), dstPort: door.port,
	}
	if door.port == 23 && rank%3 == 0 {
		c.src = fmt.Sprintf("2001:db8:%x::%x", rank%4096, rank>>4+1)
		c.dst = fmt.Sprintf("2001:db8:ffff::%x", 16+rank%8)
	}
	if m.IntN(6) == 0 { // one that never gives up, always from the same port
		c.src, c.srcPort, c.dst = "198.51.100.66", 61000, host(3+3*m.IntN(4))
		c.dstPort, c.rule, c.geo = 22, doors[0].rule, "KP"
	}
	m.alert(c)
	packets := 1 + m.Uint64N(3)
	m.netflow(c, packets, 60*packets, "02")
}
