package firewalllogs

import (
	"fmt"
	"strconv"
	"time"
)

// line adds a line whose text append makes.
func (m *maker) line(log string, write func([]byte) []byte) {
	i := len(m.lines)
	m.texts[i] = write(m.texts[i][:0])
	m.lines = append(m.lines, Line{Log: log, Time: m.now, Text: m.texts[i]})
}

const suricata = "2006-01-02T15:04:05.000000-0700"

func (m *maker) envelope(b []byte, c conversation) []byte {
	b = append(b, `{"firewall_name":"`...)
	b = append(b, c.firewall...)
	b = append(b, `","availability_zone":"eu-central-1`...)
	b = append(b, byte('a'+c.zone))
	b = append(b, `","event_timestamp":"`...)
	b = strconv.AppendInt(b, m.now.Unix(), 10)
	return append(b, `","event":{`...)
}

// ends writes what alerts and flows share, in the order of the newer logs.
func (m *maker) ends(b []byte, c conversation, event string) []byte {
	if c.app != "" {
		b = append(b, `"app_proto":"`...)
		b = append(b, c.app...)
		b = append(b, `",`...)
	}
	b = append(b, `"src_ip":"`...)
	b = append(b, c.src...)
	if c.proto != "ICMP" {
		b = append(b, `","src_port":`...)
		b = strconv.AppendInt(b, int64(c.srcPort), 10)
		b = append(b, `,"dest_port":`...)
		b = strconv.AppendInt(b, int64(c.dstPort), 10)
	} else {
		b = append(b, `","icmp_type":8,"icmp_code":0`...)
	}
	b = append(b, `,"event_type":"`...)
	b = append(b, event...)
	b = append(b, `","flow_id":`...)
	b = strconv.AppendUint(b, m.flow, 10)
	b = append(b, `,"dest_ip":"`...)
	b = append(b, c.dst...)
	b = append(b, `","proto":"`...)
	b = append(b, c.proto...)
	b = append(b, `","timestamp":"`...)
	b = m.now.AppendFormat(b, suricata)
	return append(b, '"')
}

func (m *maker) netflow(c conversation, packets, bytes uint64, flags string) {
	age := time.Duration(m.ExpFloat64() * float64(20*time.Second))
	if c.prolongs {
		age *= 30
	}
	end := m.now.Add(-time.Duration(m.IntN(60)) * time.Second)
	m.line(Flow, func(b []byte) []byte {
		b = m.envelope(b, c)
		if c.proto == "TCP" {
			b = append(b, `"tcp":{"tcp_flags":"`...)
			b = append(b, flags...)
			b = append(b, `","syn":true`...)
			if flags != "02" {
				b = append(b, `,"fin":true,"psh":true,"ack":true`...)
			}
			b = append(b, `},`...)
		}
		b = m.ends(b, c, "netflow")
		b = append(b, `,"netflow":{"pkts":`...)
		b = strconv.AppendUint(b, packets, 10)
		b = append(b, `,"bytes":`...)
		b = strconv.AppendUint(b, bytes, 10)
		b = append(b, `,"start":"`...)
		b = end.Add(-age).AppendFormat(b, suricata)
		b = append(b, `","end":"`...)
		b = end.AppendFormat(b, suricata)
		b = append(b, `","age":`...)
		b = strconv.AppendInt(b, int64(age/time.Second), 10)
		return append(b, `,"min_ttl":63,"max_ttl":64}}}`...)
	})
}

func (m *maker) alert(c conversation) {
	action, verdict := "allowed", "alert"
	if c.blocked {
		action, verdict = "blocked", "drop"
	}
	m.line(Alert, func(b []byte) []byte {
		b = m.envelope(b, c)
		b = m.ends(b, c, "alert")
		b = fmt.Appendf(b, `,"alert":{"severity":%d,"signature_id":%d,"rev":1,"signature":%q,"action":%q,"category":%q`,
			c.rule.severity, c.rule.id, c.rule.text, action, c.rule.category)
		if c.geo != "" {
			b = fmt.Appendf(b, `,"metadata":{"geo":[%q]}`, c.geo)
		}
		b = append(b, '}')
		switch c.app {
		case "tls":
			b = m.tls(b, c)
		case "http":
			b = fmt.Appendf(b, `,"http":{"hostname":%q,"url":%q,"http_user_agent":%q,"http_method":"GET","protocol":"HTTP/1.1","length":0}`,
				c.host, c.paths[m.IntN(len(c.paths))], c.agent)
		}
		if c.firewall == firewalls[1] || m.IntN(4) > 0 { // older firewalls tell no verdict
			b = fmt.Appendf(b, `,"verdict":{"action":%q}`, verdict)
		}
		return append(b, `,"pkt_src":"geneve encapsulation","direction":"to_server"}}`...)
	})
}

// tls writes the certificate's names twice, as real logs do.
func (m *maker) tls(b []byte, c conversation) []byte {
	if c.blocked || m.IntN(2) == 0 {
		return fmt.Appendf(b, `,"tls":{"sni":%q,"version":"UNDETERMINED","ja3":{},"ja3s":{}}`, c.host)
	}
	names := fmt.Sprintf(`"subject":"CN=%s","issuerdn":"C=US, O=Example Trust, CN=Example CA 1B"`, c.host)
	return fmt.Appendf(b, `,"tls":{%s,%s,"serial":"08:C9:76:68:CB:30:31:1C","sni":%q,"version":"TLS 1.3","notbefore":"2025-11-03T00:00:00","notafter":"2026-12-16T23:59:59","ja3":{},"ja3s":{}}`,
		names, names, c.host)
}

// tlsError is an entry of the TLS log: ports are strings, and event_timestamp is a
// number.
func (m *maker) tlsError(c conversation) {
	m.line(TLS, func(b []byte) []byte {
		b = fmt.Appendf(b, `{"firewall_name":%q,"availability_zone":"eu-central-1%c","event_timestamp":%d,"event":{"timestamp":%q,"src_ip":%q,"src_port":"%d","dest_ip":%q,"dest_port":"443",`,
			c.firewall, 'a'+c.zone, m.now.Unix(), m.now.Format("2006-01-02T15:04:05.000000Z"), c.src, c.srcPort, c.dst)
		switch m.IntN(4) {
		case 0:
			return append(b, `"sni":"-","tls_error":{"error_message":"Server name is not found in client hello."}}}`...)
		case 1:
			return append(b, `"sni":"revoked.partner.example","revocation_check":{"leaf_cert_fpr":"1234567890EXAMPLE0987654321","status":"REVOKED","action":"DROP"}}}`...)
		}
		return append(b, `"sni":"legacy.partner.example","tls_error":{"error_message":"SNI: legacy.partner.example Match Failed to server certificate names: old.partner.example "}}}`...)
	})
}
