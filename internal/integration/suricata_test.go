package integration_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/awspatterns/awspatterns/firewall/mmdb"
	"github.com/awspatterns/awspatterns/firewall/rules"
)

// A suricata runs rules over packets. Countries are those of its database.
type suricata struct {
	program, dir string
	countries    *mmdb.DB
}

// networks are in countries; all other addresses are in none.
var networks = map[string]string{
	"198.51.100.0/25": "JP", "198.51.100.128/25": "US",
	"203.0.113.0/26": "GB", "203.0.113.64/26": "DE", "203.0.113.128/26": "FR", "203.0.113.192/26": "IN",
}

// suricataHome is what $HOME_NET is; $EXTERNAL_NET is all else of IPv4. There are also
// $OFFICES and, of ports, $WEB.
const suricataHome = "10.0.0.0/8"

const suricataConfig = `%%YAML 1.1
---
vars:
  address-groups:
    HOME_NET: "[%[2]s]"
    EXTERNAL_NET: "!$HOME_NET"
    OFFICES: "[192.0.2.0/24,10.9.0.0/16]"
  port-groups:
    WEB: "[80,443]"
default-log-dir: %[1]s
classification-file: %[1]s/classification.config
reference-config-file: %[1]s/reference.config
geoip-database: %[1]s/countries.mmdb
packet-alert-max: 255
default-rule-path: %[1]s
stream:
  midstream: true
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types:
        - alert:
            verdict: yes
`

func newSuricata(t *testing.T) *suricata {
	t.Helper()
	return newSuricataWith(t, networks)
}

// newSuricataWith is newSuricata with other countries, by network.
func newSuricataWith(t *testing.T, countries map[string]string) *suricata {
	t.Helper()
	s := &suricata{program: engine(t, "suricata", "suricata"), dir: t.TempDir()}
	s.write(t, "suricata.yaml", fmt.Sprintf(suricataConfig, s.dir, suricataHome))
	s.write(t, "classification.config", "")
	s.write(t, "reference.config", "config reference: url http://\n")
	path := filepath.Join(s.dir, "countries.mmdb")
	writeCountries(t, path, countries)
	db, err := mmdb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s.countries = db
	return s
}

func (s *suricata) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeCountries(t *testing.T, path string, countries map[string]string) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-Country", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for cidr, country := range countries {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		record := mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(country)}}
		if err := tree.Insert(network, record); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := tree.WriteTo(file); err != nil {
		t.Fatal(err)
	}
}

// load returns what Suricata says of rules that it refuses, and nil of others.
func (s *suricata) load(t *testing.T, text string) error {
	t.Helper()
	s.write(t, "test.rules", text)
	out, err := s.command("-T").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// loadErrors returns the numbers of the lines that Suricata refuses, from 1. Unlike
// load it goes on after the first.
func (s *suricata) loadErrors(t *testing.T, lines []string) map[int]bool {
	t.Helper()
	s.write(t, "test.rules", strings.Join(lines, "\n")+"\n")
	writeFrames(t, filepath.Join(s.dir, "test.pcap"), [][]byte{make([]byte, 60)}) // of an empty file it complains
	out, err := s.command("-r", filepath.Join(s.dir, "test.pcap"), "--runmode", "single").CombinedOutput()
	if err != nil {
		t.Fatalf("suricata: %v: %s", err, out)
	}
	refused := map[int]bool{}
	for _, match := range regexp.MustCompile(`error parsing signature .* at line (\d+)`).FindAllStringSubmatch(string(out), -1) {
		line, _ := strconv.Atoi(match[1])
		refused[line] = true
	}
	return refused
}

func (s *suricata) command(args ...string) *exec.Cmd {
	args = append(args, "-c", filepath.Join(s.dir, "suricata.yaml"), "-S", filepath.Join(s.dir, "test.rules"), "-l", s.dir)
	return exec.Command(s.program, args...)
}

// An alertEvent is a rule that matched a packet, as Suricata logs it.
type alertEvent struct {
	Packet int `json:"pcap_cnt"` // from 1
	Alert  struct {
		Sid    uint32 `json:"signature_id"`
		Action string `json:"action"`
	} `json:"alert"`
	Verdict struct {
		Action string   `json:"action"`
		Reject []string `json:"reject"`
	} `json:"verdict"`
}

// run returns the events of packets under rules, packet by packet.
func (s *suricata) run(t *testing.T, text string, packets []rules.Packet) [][]alertEvent {
	t.Helper()
	var frames [][]byte
	for i, p := range packets {
		number, body := transport(t, p)
		frames = append(frames, ethernet(p.Src, p.Dst, uint16(i), number, body))
	}
	return s.runFrames(t, text, frames)
}

// runFrames returns the events of Ethernet frames under rules, frame by frame.
func (s *suricata) runFrames(t *testing.T, text string, frames [][]byte) [][]alertEvent {
	t.Helper()
	s.write(t, "test.rules", text)
	writeFrames(t, filepath.Join(s.dir, "test.pcap"), frames)
	eve := filepath.Join(s.dir, "eve.json")
	_ = os.Remove(eve) // of the run before, if there was one
	out, err := s.command("-r", filepath.Join(s.dir, "test.pcap"), "-k", "none", "--simulate-ips", "--runmode", "single").CombinedOutput()
	if err != nil || strings.Contains(string(out), "error parsing signature") {
		t.Fatalf("suricata: %v: %s", err, out)
	}
	events := make([][]alertEvent, len(frames))
	file, err := os.Open(eve)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var e alertEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events[e.Packet-1] = append(events[e.Packet-1], e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

// writeFrames writes a capture of Ethernet frames, a millisecond apart.
func writeFrames(t *testing.T, path string, frames [][]byte) {
	t.Helper()
	out := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	out = append(out, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for i, frame := range frames {
		for _, n := range []uint32{uint32(start) + uint32(i/1000), uint32(i % 1000 * 1000), uint32(len(frame)), uint32(len(frame))} {
			out = binary.LittleEndian.AppendUint32(out, n)
		}
		out = append(out, frame...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ethernet is a frame with a packet of IPv4, or of IPv6 if the addresses are.
func ethernet(src, dst netip.Addr, id uint16, protocol byte, body []byte) []byte {
	if src.Is6() {
		frame := append(make([]byte, 12), 0x86, 0xdd, 0x60, 0, 0, 0)
		frame = append(binary.BigEndian.AppendUint16(frame, uint16(len(body))), protocol, 64)
		return slices.Concat(frame, src.AsSlice(), dst.AsSlice(), body)
	}
	frame := append(make([]byte, 12), 8, 0, 0x45, 0)
	frame = binary.BigEndian.AppendUint16(frame, uint16(20+len(body)))
	frame = append(frame, byte(id>>8), byte(id), 0, 0, 64, protocol, 0, 0)
	return slices.Concat(frame, src.AsSlice(), dst.AsSlice(), body)
}

func transport(t *testing.T, p rules.Packet) (number byte, body []byte) {
	t.Helper()
	ports := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, p.SrcPort), p.DstPort)
	switch p.Protocol {
	case "tcp": // a SYN
		return 6, append(ports, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0)
	case "udp":
		return 17, append(ports, 0, 12, 0, 0, 'x', 'x', 'x', 'x')
	case "icmp": // an echo request; the ports make it a flow of its own
		return 1, append([]byte{8, 0, 0, 0}, ports...)
	}
	t.Fatalf("no packet of protocol %q", p.Protocol)
	return 0, nil
}

// between is a packet that begins a flow.
func between(protocol, src, dst string, srcPort, dstPort uint16) rules.Packet {
	return rules.Packet{
		Protocol: protocol, Src: netip.MustParseAddr(src), Dst: netip.MustParseAddr(dst), SrcPort: srcPort, DstPort: dstPort,
		Toward: rules.ToServer, State: rules.FlowNew,
	}
}
