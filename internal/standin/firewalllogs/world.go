package firewalllogs

import (
	"strconv"
)

const hostCount = 400

var firewalls = [2]string{"egress", "ingress"}

// A service is something that hosts talk to.
type service struct {
	weight   int
	name     string // of the server
	network  int    // of its addresses
	host     string // as the client asks for it
	proto    string
	port     int
	app      string
	packets  float64 // about so many there
	size     float64 // bytes of a packet back, at most
	agent    string
	paths    []string
	blocked  bool
	rule     rule
	prolongs bool // connections stay open for long
}

type rule struct {
	id       int
	text     string
	category string
	severity int
}

var (
	observe     = rule{id: 1000101, text: "Outbound TLS", severity: 3}
	clear       = rule{id: 1000102, text: "Outbound HTTP in the clear", severity: 3}
	established = rule{id: 4, text: "aws:alert_established action", severity: 3}
	dropped     = rule{id: 2, text: "aws:drop_established action", severity: 3}
)

var services = []service{
	{weight: 150, name: "", network: 1, proto: "UDP", port: 53, app: "dns", packets: 1, size: 180},
	{weight: 30, name: "", network: 2, proto: "UDP", port: 123, app: "ntp", packets: 1, size: 40},
	{weight: 22, name: "", network: 3, proto: "ICMP", packets: 6, size: 84},
	{weight: 90, name: "api.payments.example", network: 10, proto: "TCP", port: 443, app: "tls", packets: 14, size: 900, rule: observe},
	{weight: 70, name: "s3.eu-central-1.amazonaws.com", network: 11, proto: "TCP", port: 443, app: "tls", packets: 90, size: 1400, rule: established},
	{weight: 40, name: "dynamodb.eu-central-1.amazonaws.com", network: 12, proto: "TCP", port: 443, app: "tls", packets: 18, size: 700, rule: established},
	{weight: 9, name: "backup-storage.eu-central-1.amazonaws.com", network: 13, proto: "TCP", port: 443, app: "tls", packets: 700, size: 1400, rule: established, prolongs: true},
	{weight: 45, name: "sqs.eu-central-1.amazonaws.com", network: 14, proto: "TCP", port: 443, app: "tls", packets: 9, size: 500, rule: established, prolongs: true},
	{weight: 34, name: "registry.containers.example", network: 15, proto: "TCP", port: 443, app: "tls", packets: 160, size: 1400, rule: observe},
	{weight: 30, name: "telemetry.vendor.example", network: 16, proto: "TCP", port: 443, app: "tls", packets: 8, size: 400, rule: observe, prolongs: true},
	{weight: 26, name: "deb.mirror.example", network: 17, proto: "TCP", port: 80, app: "http", packets: 40, size: 1400, rule: clear,
		agent: "Debian APT-HTTP/1.3 (2.6.1)", paths: []string{"/debian/dists/bookworm/InRelease", "/debian/dists/bookworm/main/binary-amd64/Packages.xz", "/debian/pool/main/o/openssl/libssl3_3.0.15-1_amd64.deb"}},
	{weight: 16, name: "metadata.partner.example", network: 18, proto: "TCP", port: 80, app: "http", packets: 10, size: 700, rule: clear,
		agent: "Java/17.0.12", paths: []string{"/v2/rates", "/v2/rates?currency=EUR", "/v2/calendar"}},
	{weight: 5, name: "pastebin.example", network: 19, proto: "TCP", port: 443, app: "tls", packets: 1, size: 60, blocked: true, rule: rule{1000201, "Paste sites", "Potential Corporate Privacy Violation", 1}},
	{weight: 7, name: "update.badsoft.example", network: 20, proto: "TCP", port: 80, app: "http", packets: 1, size: 60, blocked: true, rule: rule{1000202, "Domains that are not on the list", "", 2},
		agent: "curl/7.88.1", paths: []string{"/gate.php", "/gate.php?id=7", "/u/1.bin"}},
	{weight: 4, name: "c2.shady.example", network: 21, proto: "TCP", port: 443, app: "tls", packets: 1, size: 60, blocked: true, rule: dropped},
	{weight: 3, network: 22, proto: "UDP", port: 4444, packets: 1, size: 60, blocked: true, rule: rule{1000203, "UDP to ports that nobody needs", "", 2}},
}

var totalWeight = func() (n int) {
	for _, s := range services {
		n += s.weight
	}
	return n
}()

// A door is a port that strangers try.
type door struct {
	port int
	rule rule
}

var doors = []door{
	{22, rule{1000301, "SSH from abroad", "Attempted Administrator Privilege Gain", 1}},
	{22, rule{1000301, "SSH from abroad", "Attempted Administrator Privilege Gain", 1}},
	{3389, rule{1000302, "RDP from abroad", "Attempted Administrator Privilege Gain", 1}},
	{23, rule{1000303, "Telnet", "", 2}},
	{445, rule{1000304, "SMB from abroad", "", 2}},
	{8080, rule{1000305, "Drop from countries where we have no business", "", 3}},
}

// Where a content delivery network answers, and where strangers knock from.
var abroad = []string{"US", "IE", "DE", "US", "NL", "SG"}

var countries = []string{"CN", "RU", "BR", "VN", "IN", "ID", "KP", "IR", "TR", "NG"}

// host is the address of a host of ours by its rank.
func host(rank int) string {
	return "10." + strconv.Itoa(20+rank%3*20) + "." + strconv.Itoa(rank/3%16) + "." + strconv.Itoa(10+rank/3*7%240)
}

// benchmark is an address of 198.18.0.0/15, reserved for benchmarks.
func benchmark(n int) string {
	n = (n*40503 + 20077) & (1<<17 - 1)
	return "198." + strconv.Itoa(18+n>>16) + "." + strconv.Itoa(n>>8&255) + "." + strconv.Itoa(n&255)
}

var documentation = [3]string{"192.0.2.", "198.51.100.", "203.0.113."}

// A conversation is two ends and what they say.
type conversation struct {
	service
	firewall         string
	zone             int
	src, dst         string
	srcPort, dstPort int
	geo              string
}

// conversation makes one of a host of ours with a service.
func (m *maker) conversation() conversation {
	n := m.IntN(totalWeight)
	i := 0
	for ; n >= services[i].weight; i++ {
		n -= services[i].weight
	}
	s := services[i]
	rank := int(m.hosts.Uint64())
	c := conversation{
		service: s, firewall: firewalls[0], zone: rank % 3, src: host(rank), srcPort: 32768 + m.IntN(28232), dstPort: s.port,
		dst: documentation[s.network%3] + strconv.Itoa(s.network*8%240+m.IntN(8)),
	}
	if s.network >= 10 && m.IntN(4) == 0 { // behind a content delivery network
		peer := int(m.peers.Uint64())
		c.dst, c.geo = benchmark(peer), abroad[peer%len(abroad)]
	}
	if s.proto == "ICMP" {
		c.srcPort = 0
	}
	c.host = s.name
	return c
}

// reversed is what comes back.
func (c conversation) reversed() conversation {
	c.src, c.dst = c.dst, c.src
	c.srcPort, c.dstPort = c.dstPort, c.srcPort
	return c
}
