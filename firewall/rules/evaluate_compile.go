package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A compiled rule is what the evaluator looks at.
type compiled struct {
	action   Action
	place    int // in the rules that were given
	sid      uint32
	priority int // 1 to 255; the lower acts first

	transport kinds  // the packets that can match
	app       string // the application protocol that the flow must have

	from, to header
	either   bool // the ends may be swapped

	geo     []GeoIP
	geoOpen bool // the tables do not tell whether they match
	flow    flowTest

	unknown string // a keyword that is not modelled
}

// A header is one end of a rule.
type header struct {
	addresses *addressSet
	ports     *PortSet
}

// Kinds of packets, as far as protocols of headers tell them apart.
const (
	kindTCP = iota
	kindUDP
	kindICMP
	kindOther
	protocolKinds
)

// kinds is a set of kinds.
type kinds uint8

const (
	tcp      kinds = 1 << kindTCP
	udp      kinds = 1 << kindUDP
	icmp     kinds = 1 << kindICMP
	anyKind  kinds = 1<<protocolKinds - 1
	withPort       = tcp | udp
)

func protocolOf(name string) int {
	switch name {
	case "tcp":
		return kindTCP
	case "udp":
		return kindUDP
	case "icmp":
		return kindICMP
	}
	return kindOther
}

// transports are the packets that carry the protocols of headers. Those of
// applications match packets of flows in which the application was recognised.
var transports = map[string]kinds{
	"ip": anyKind, "tcp": tcp, "udp": udp, "icmp": icmp,
	"http": tcp, "http2": tcp, "tls": tcp, "smb": tcp, "ssh": tcp, "smtp": tcp, "imap": tcp,
	"ftp": tcp, "msn": tcp, "dcerpc": withPort, "dns": withPort, "krb5": withPort,
	"tftp": udp, "ntp": udp, "dhcp": udp, "quic": udp, "ikev2": udp, "ike": udp,
}

// A compiler turns rules into what the evaluator looks at. Rules share the sets of
// addresses and ports that they write alike.
type compiler struct {
	vars      Variables
	addresses map[string]*addressSet
	ports     map[string]*PortSet
}

func newCompiler(vars Variables) *compiler {
	return &compiler{vars, map[string]*addressSet{}, map[string]*PortSet{}}
}

func (m *compiler) compile(r Rule) (compiled, error) {
	c := compiled{action: r.Action, priority: defaultPriority, either: r.Direction == Either}
	if rank(r.Action) < 0 {
		return c, fmt.Errorf("action %q: want pass, drop, reject or alert", r.Action)
	}
	if r.Direction != Forward && r.Direction != Either {
		return c, fmt.Errorf("direction %q: want -> or <>", r.Direction)
	}
	if err := c.setProtocol(strings.ToLower(r.Protocol)); err != nil {
		return c, err
	}
	var err error
	if c.from, err = m.header(r.Source, r.SourcePort); err != nil {
		return c, err
	}
	if c.to, err = m.header(r.Destination, r.DestinationPort); err != nil {
		return c, err
	}
	for _, o := range r.Options {
		if err := c.add(o); err != nil {
			return c, fmt.Errorf("%s: %w", o.Keyword, err)
		}
	}
	return c, nil
}

func (c *compiled) setProtocol(name string) error {
	transport, known := transports[name]
	if !known {
		return fmt.Errorf("protocol %q is not modelled", name)
	}
	c.transport = transport
	if !slices.Contains([]string{"ip", "tcp", "udp", "icmp"}, name) {
		c.app = name
	}
	return nil
}

func (m *compiler) header(addresses, ports string) (header, error) {
	var h header
	var err error
	if h.addresses, err = shared(m.addresses, addresses, m.resolveAddresses); err != nil {
		return h, fmt.Errorf("%s: %w", addresses, err)
	}
	if h.ports, err = shared(m.ports, ports, m.resolvePorts); err != nil {
		return h, fmt.Errorf("%s: %w", ports, err)
	}
	return h, nil
}

// An addressSet is a set of addresses of the headers of an evaluator.
type addressSet struct {
	AddressSet
	all    bool
	number int
}

func (m *compiler) resolveAddresses(text string) (*addressSet, error) {
	parsed, err := ParseAddresses(text)
	if err != nil {
		return nil, err
	}
	set, err := parsed.Resolve(m.vars)
	return &addressSet{set, text == "any", len(m.addresses)}, err
}

func (m *compiler) resolvePorts(text string) (*PortSet, error) {
	parsed, err := ParsePorts(text)
	if err != nil {
		return nil, err
	}
	set, err := parsed.Resolve(m.vars)
	return &set, err
}

// shared resolves what was not resolved before.
func shared[T any](known map[string]*T, text string, resolve func(string) (*T, error)) (*T, error) {
	if set, ok := known[text]; ok {
		return set, nil
	}
	set, err := resolve(text)
	if err == nil {
		known[text] = set
	}
	return set, err
}

// defaultPriority of Suricata, for rules without a classtype of another.
const defaultPriority = 3

// add takes in an option.
func (c *compiled) add(o Option) error {
	switch o.Keyword {
	case "geoip":
		geo, err := ParseGeoIP(o.Value)
		c.geo = append(c.geo, geo)
		return err
	case "flow":
		return c.flow.parse(o.Value)
	case "sid":
		sid, err := strconv.ParseUint(o.Value, 10, 32)
		c.sid = uint32(sid)
		return err
	case "priority":
		priority, err := strconv.Atoi(o.Value)
		c.priority = priority
		return err
	case "msg", "rev", "gid", "metadata", "reference", "target", "noalert":
		return nil
	}
	if c.unknown == "" {
		c.unknown = o.Keyword
	}
	return nil
}

// label names a rule in errors.
func (r Rule) label() string {
	for _, keyword := range []string{"sid", "msg"} {
		if i := slices.IndexFunc(r.Options, func(o Option) bool { return o.Keyword == keyword }); i >= 0 {
			return keyword + " " + r.Options[i].Value
		}
	}
	return "without sid"
}
