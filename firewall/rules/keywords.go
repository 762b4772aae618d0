package rules

import (
	"slices"
	"strings"
)

// A keyword is what is known of a keyword of Suricata 7.0.10, asked of suricata
// --list-keywords and tried one by one; and the two that AWS added.
type keyword struct {
	needsValue, takesValue bool
	mustQuote, mayQuote    bool // its value
}

var keywords = readKeywords()

func readKeywords() map[string]keyword {
	byName := make(map[string]keyword)
	for _, name := range strings.Fields(bareKeywords) {
		byName[name] = keyword{}
	}
	for _, name := range strings.Fields(valuedKeywords) {
		must := slices.Contains(quotedKeywords, name)
		byName[name] = keyword{needsValue: true, takesValue: true, mustQuote: must, mayQuote: must || slices.Contains(maybeQuotedKeywords, name)}
	}
	for _, name := range []string{"base64_decode", "fast_pattern", "filestore"} {
		byName[name] = keyword{takesValue: true}
	}
	return byName
}

var (
	quotedKeywords      = []string{"content", "filemagic", "msg", "pcrexform", "replace", "tls.fingerprint", "tls.issuerdn", "tls.subject", "uricontent", "xor"}
	maybeQuotedKeywords = []string{"app-layer-protocol", "fileext", "filename", "ip_proto", "pcre", "ssh.protoversion", "ssh.softwareversion", "tos", "aws_domain_category", "aws_url_category"}
)

const bareKeywords = `
	alert base64_data bypass compress_whitespace dce_stub_data dcerpc.stub_data dnp3.data dnp3_data
	dns.query dns_query dotprefix endswith file.data file.magic file.name file_data ftpbounce
	header_lowercase http.accept http.accept_enc http.accept_lang http.connection http.content_len
	http.content_type http.cookie http.header http.header.raw http.header_names http.host http.host.raw
	http.location http.method http.protocol http.referer http.request_body http.request_header
	http.request_line http.response_body http.response_header http.response_line http.server http.start
	http.stat_code http.stat_msg http.uri http.uri.raw http.user_agent http2.header_name http_accept
	http_accept_enc http_accept_lang http_client_body http_connection http_content_len http_content_type
	http_cookie http_header http_header_names http_host http_method http_protocol http_raw_header
	http_raw_host http_raw_uri http_referer http_request_line http_response_line http_server_body
	http_start http_stat_code http_stat_msg http_uri http_user_agent icmpv4.hdr icmpv6.hdr ike.init_spi
	ike.key_exchange_payload ike.nonce_payload ike.resp_spi ike.vendor ip.dst ip.src ipv4.hdr ipv6.hdr
	ja3.hash ja3.string ja3_hash ja3_string ja3s.hash ja3s.string ja4.hash ja4_hash krb5.cname
	krb5.sname krb5_cname krb5_sname mqtt.connect.clientid mqtt.connect.password mqtt.connect.username
	mqtt.connect.willmessage mqtt.connect.willtopic mqtt.publish.message mqtt.publish.topic
	mqtt.subscribe.topic mqtt.unsubscribe.topic noalert nocase pkt_data prefilter quic.cyu.hash
	quic.cyu.string quic.sni quic.ua quic.version rawbytes rfb.name sameip sip.method sip.protocol
	sip.request_line sip.response_line sip.stat_code sip.stat_msg sip.uri smb.named_pipe
	smb.ntlmssp_domain smb.ntlmssp_user smb.share smb_named_pipe smb_share snmp.community snmp.usm
	ssh-hassh ssh-hassh-server ssh-hassh-server-string ssh-hassh-string ssh.hassh ssh.hassh.server
	ssh.hassh.server.string ssh.hassh.string ssh.proto ssh.software ssh_proto ssh_software startswith
	strip_pseudo_headers strip_whitespace tcp.hdr tls.cert_fingerprint tls.cert_issuer tls.cert_serial
	tls.cert_subject tls.certs tls.random tls.random_bytes tls.random_time tls.sni tls.store
	tls_cert_expired tls_cert_fingerprint tls_cert_issuer tls_cert_serial tls_cert_subject
	tls_cert_valid tls_sni tls_store to_lowercase to_md5 to_sha1 to_sha256 to_uppercase udp.hdr
	url_decode`

const valuedKeywords = `
	ack app-layer-event app-layer-protocol asn1 aws_domain_category aws_url_category bsize byte_extract
	byte_jump byte_math byte_test cip_service classtype config content datarep dataset dce_iface
	dce_opnum dcerpc.iface dcerpc.opnum decode-event depth detection_filter dhcp.leasetime
	dhcp.rebinding_time dhcp.renewal_time distance dnp3.func dnp3.ind dnp3.obj dnp3_func dnp3_ind
	dnp3_obj dns.opcode dsize engine-event enip_command fileext filemagic filemd5 filename filesha1
	filesha256 filesize flags flow flow.age flowbits flowint flowvar fragbits fragoffset frame
	ftpdata_command geoip gid hostbits http2.errorcode http2.frametype http2.priority http2.settings
	http2.size_update http2.window icmp_id icmp_seq icmpv4-csum icmpv6-csum icmpv6.mtu icode id
	ike.chosen_sa_attribute ike.exchtype ike.key_exchange_payload_length ike.nonce_payload_length
	ip_proto ipopts iprep ipv4-csum isdataat itype krb5.ticket_encryption krb5_err_code krb5_msg_type
	l3_proto lua luajit metadata modbus mqtt.connack.session_present mqtt.connect.flags mqtt.flags
	mqtt.protocol_version mqtt.qos mqtt.reason_code mqtt.type msg nfq_set_mark nfs.version nfs_procedure
	nfs_version offset pcre pcrexform pktvar priority reference replace requires rev rfb.secresult
	rfb.sectype rpc seq sid snmp.pdu_type snmp.version ssh.protoversion ssh.softwareversion ssl_state
	ssl_version stream-event stream_size tag target tcp.ack tcp.flags tcp.mss tcp.seq tcp.window
	tcpv4-csum tcpv6-csum template2 threshold tls.cert_chain_len tls.fingerprint tls.issuerdn
	tls.subject tls.version tls_cert_notafter tls_cert_notbefore tos ttl udpv4-csum udpv6-csum
	uricontent urilen window within xbits xor`

// looksIntoApplication reports whether an option looks at what the protocol of an
// application says, or at a file, which Suricata refuses beside a keyword that looks
// at the packet, such as geoip: "Signature combines packet specific matches (like
// dsize, flags, ttl) with stream / state matching". All keywords of 7.0.10 were tried
// beside geoip.
func looksIntoApplication(o Option) bool {
	switch o.Keyword {
	case "tls_store", "tls.store":
		return false
	case "uricontent", "urilen", "ftpbounce", "ftpdata_command", "bsize", "dataset", "datarep", "modbus", "cip_service", "enip_command":
		return true
	case "app-layer-event":
		return !strings.HasPrefix(o.Value, "applayer_")
	}
	if strings.HasPrefix(o.Keyword, "file") {
		return true
	}
	family := o.Keyword
	if end := strings.IndexAny(family, "._-"); end >= 0 {
		family = family[:end]
	}
	return family != o.Keyword && slices.Contains(applications, family)
}

// applications are the beginnings of keywords that look into them.
var applications = []string{
	"http", "http2", "tls", "ssl", "ssh", "dns", "smb", "dce", "dcerpc", "nfs", "krb5", "sip", "rfb", "dhcp", "snmp",
	"mqtt", "quic", "ike", "ja3", "ja3s", "ja4", "dnp3",
}
