package region

import "strings"

// A Record is one that the owner of a domain publishes in DNS.
type Record struct {
	Name  string `json:"name"`  // in full, without a trailing dot
	Type  string `json:"type"`  // CNAME, MX, TXT
	Value string `json:"value"` // of MX, the preference, a space and the host
}

// String returns the record as a line of a zone file.
func (r Record) String() string {
	value := r.Value
	switch r.Type {
	case "CNAME", "MX":
		value += "."
	case "TXT":
		value = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	return r.Name + ". " + r.Type + " " + value
}

// DKIMRecords returns the records that have SES sign mail of a domain: a CNAME for each
// token, which leads to the hosted zone of the identity. A replica has those of its parent,
// so that one set of records serves both Regions.
//
// There are none for an address, for keys of the owner (EXTERNAL: SES does not tell the
// public key, which the owner publishes), and where SES does not tell the hosted zone: it
// is not the same in all Regions, so that a guess would be wrong without looking wrong.
//
// Source: the type DkimAttributes, SigningHostedZone, of the API.
func DKIMRecords(id Identity) []Record {
	if id.DKIM.Origin == "EXTERNAL" || id.DKIM.HostedZone == "" || strings.Contains(id.Name, "@") {
		return nil
	}
	var records []Record
	for _, token := range id.DKIM.Tokens {
		records = append(records, Record{
			Name:  token + "._domainkey." + strings.TrimSuffix(id.Name, "."),
			Type:  "CNAME",
			Value: token + "." + strings.Trim(id.DKIM.HostedZone, "."),
		})
	}
	return records
}

// MailFromRecords returns the records of the custom MAIL FROM domain of an identity in a
// Region: exactly one MX, which names that Region, so that two Regions cannot share a MAIL
// FROM domain, and the SPF record. There are none without such a domain.
//
// Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
func MailFromRecords(id Identity, region string) []Record {
	if id.MailFrom == nil || id.MailFrom.Domain == "" {
		return nil
	}
	name := strings.TrimSuffix(id.MailFrom.Domain, ".")
	return []Record{
		{Name: name, Type: "MX", Value: "10 feedback-smtp." + region + ".amazonses.com"},
		{Name: name, Type: "TXT", Value: "v=spf1 include:amazonses.com ~all"},
	}
}
