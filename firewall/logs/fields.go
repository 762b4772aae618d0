package logs

// A Field is a value of an event that questions can ask for, named by its path in
// the log. Values are text: a port is the same whether the log has it as a number
// or as a string.
type Field string

// The fields that are read.
const (
	FirewallName     Field = "firewall_name"
	AvailabilityZone Field = "availability_zone"

	AppProto Field = "event.app_proto"
	DestIP   Field = "event.dest_ip"
	DestPort Field = "event.dest_port"
	FlowID   Field = "event.flow_id"
	Proto    Field = "event.proto"
	SrcIP    Field = "event.src_ip"
	SrcPort  Field = "event.src_port"

	// Of flows. Flags are hexadecimal digits, which [TCPFlagNames] explains.
	Age      Field = "event.netflow.age" // seconds
	TCPFlags Field = "event.tcp.tcp_flags"

	// Of alerts. Action is what the rule does, Verdict what became of the packet,
	// which newer logs tell: a packet that one rule allows may be dropped by
	// another. Country is what the rule's metadata says of it, several joined by a
	// slash. Hostname is the :authority of HTTP/2 where there is nothing else.
	Action      Field = "event.alert.action"
	Category    Field = "event.alert.category"
	Country     Field = "event.alert.metadata.geo"
	Hostname    Field = "event.http.hostname"
	SNI         Field = "event.tls.sni"
	Severity    Field = "event.alert.severity"
	Signature   Field = "event.alert.signature"
	SignatureID Field = "event.alert.signature_id"
	URL         Field = "event.http.url"
	UserAgent   Field = "event.http.http_user_agent"
	Verdict     Field = "event.verdict.action"

	// Of the log of TLS inspection. Its SNI is "-" where the client sent none.
	RevocationAction Field = "event.revocation_check.action"
	RevocationStatus Field = "event.revocation_check.status"
	TLSError         Field = "event.tls_error.error_message"
	TLSSNI           Field = "event.sni"

	// Outcome is not in the log: it is "blocked" if Verdict is drop or reject or,
	// where there is no verdict, Action is blocked; "passed" if either says
	// otherwise; and empty where there is neither.
	Outcome Field = "outcome"
)

// A field is the number of a Field.
type field uint8

const (
	none field = iota
	firewallName
	availabilityZone
	eventTimestamp
	timestamp
	eventType
	flowID
	srcIP
	srcPort
	destIP
	destPort
	proto
	appProto
	tlsSNI
	action
	signatureID
	signature
	category
	severity
	country
	verdict
	hostname
	url
	userAgent
	headerName // of HTTP/2, one after the other
	headerValue
	sni
	packets
	octets // netflow.bytes
	age
	tcpFlags
	tlsError
	revocationStatus
	revocationAction
	outcome
	fieldCount

	// From here on, objects that have fields.
	inEvent
	inAlert
	inMetadata
	inVerdict
	inHTTP
	inHeaders
	inTLS
	inNetflow
	inTCP
	inTLSError
	inRevocation
	inOther // has none
)

var fieldOf = map[Field]field{
	FirewallName: firewallName, AvailabilityZone: availabilityZone,
	AppProto: appProto, DestIP: destIP, DestPort: destPort, FlowID: flowID, Proto: proto, SrcIP: srcIP, SrcPort: srcPort,
	Age: age, TCPFlags: tcpFlags,
	Action: action, Category: category, Country: country, Hostname: hostname, SNI: sni, Severity: severity, Signature: signature,
	SignatureID: signatureID, URL: url, UserAgent: userAgent, Verdict: verdict,
	RevocationAction: revocationAction, RevocationStatus: revocationStatus, TLSError: tlsError, TLSSNI: tlsSNI,
	Outcome: outcome,
}

// member returns what a member of an object is: a field, an object that has fields,
// or none.
func member(of field, key []byte) field {
	switch of {
	case none:
		return memberOfLine(key)
	case inEvent:
		return memberOfEvent(key)
	case inNetflow:
		return memberOfNetflow(key)
	case inAlert:
		return memberOfAlert(key)
	case inHTTP:
		return memberOfHTTP(key)
	}
	return memberOfSmall(of, key)
}

func memberOfLine(key []byte) field {
	switch string(key) {
	case "firewall_name":
		return firewallName
	case "availability_zone":
		return availabilityZone
	case "event_timestamp":
		return eventTimestamp
	case "event":
		return inEvent
	}
	return none
}

func memberOfEvent(key []byte) field {
	switch string(key) {
	case "timestamp":
		return timestamp
	case "event_type":
		return eventType
	case "flow_id":
		return flowID
	case "src_ip":
		return srcIP
	case "src_port":
		return srcPort
	case "dest_ip":
		return destIP
	case "dest_port":
		return destPort
	case "proto":
		return proto
	case "app_proto":
		return appProto
	case "sni":
		return tlsSNI
	case "alert":
		return inAlert
	case "verdict":
		return inVerdict
	case "http":
		return inHTTP
	case "tls":
		return inTLS
	case "netflow":
		return inNetflow
	case "tcp":
		return inTCP
	case "tls_error":
		return inTLSError
	case "revocation_check":
		return inRevocation
	}
	return none
}

func memberOfNetflow(key []byte) field {
	switch string(key) {
	case "pkts":
		return packets
	case "bytes":
		return octets
	case "age":
		return age
	}
	return none
}

func memberOfAlert(key []byte) field {
	switch string(key) {
	case "action":
		return action
	case "signature_id":
		return signatureID
	case "signature":
		return signature
	case "category":
		return category
	case "severity":
		return severity
	case "metadata":
		return inMetadata
	}
	return none
}

func memberOfHTTP(key []byte) field {
	switch string(key) {
	case "hostname":
		return hostname
	case "url":
		return url
	case "http_user_agent":
		return userAgent
	case "request_headers":
		return inHeaders
	}
	return none
}

// memberOfSmall is for the objects of which one or two members matter.
func memberOfSmall(of field, key []byte) field {
	for _, m := range smallMembers {
		if m.of == of && string(key) == m.key {
			return m.is
		}
	}
	return none
}

var smallMembers = []struct {
	of  field
	key string
	is  field
}{
	{inTCP, "tcp_flags", tcpFlags},
	{inVerdict, "action", verdict},
	{inTLS, "sni", sni},
	{inMetadata, "geo", country},
	{inHeaders, "name", headerName},
	{inHeaders, "value", headerValue},
	{inTLSError, "error_message", tlsError},
	{inRevocation, "status", revocationStatus},
	{inRevocation, "action", revocationAction},
}
