package ses

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/standin/policy"
)

// The most records that an object may have ("Adding email addresses in bulk", "Removing
// email addresses in bulk" and "Using list management" in the developer guide).
const (
	maxImportPuts     = 100_000
	maxImportDeletes  = 10_000
	maxImportContacts = 1_000_000
)

// An importRecord is one of an object. Of a suppression list it has an address and, to be
// put, a reason.
type importRecord struct {
	Address     string                      `json:"emailAddress"`
	Reason      types.SuppressionListReason `json:"reason"`
	Unsubscribe bool                        `json:"unsubscribeAll"`
	Attributes  *string                     `json:"attributesData"`
	Preferences []importPreference          `json:"topicPreferences"`
}

type importPreference struct {
	Topic  string                   `json:"topicName"`
	Status types.SubscriptionStatus `json:"subscriptionStatus"`
}

// importFrom reads the object of a job and does what its records say. Those that cannot be
// done fail for themselves.
func (r *Region) importFrom(j *importJob) (out importOutcome) {
	body, err := r.importObject(*j.source.S3Url)
	if err != nil {
		return importOutcome{err: err.Error()}
	}
	do, most, err := r.importDestination(j.destination)
	if err != nil {
		return importOutcome{err: err.Error()}
	}
	if n := importCount(body); n > most {
		return importOutcome{err: fmt.Sprintf("The object has %d records, and may have %d", n, most)}
	}
	read := readImportJSON
	if j.source.DataFormat == types.DataFormatCsv {
		read = readImportCSV
	}
	read(body, j.destination.ContactListDestination != nil, func(line string, record importRecord, err error) {
		out.processed++
		if err == nil {
			err = do(record)
		}
		if err != nil {
			out.failed = append(out.failed, line+": "+err.Error())
		}
	})
	return out
}

// importObject reads an object as SES does: in a bucket of the same Region whose policy lets
// it.
func (r *Region) importObject(address string) ([]byte, error) {
	if r.world.S3 == nil {
		return nil, errors.New("the test has set no World.S3")
	}
	parts := objectURL.FindStringSubmatch(address)
	bucket, key := parts[1], parts[2]
	contents, there := r.world.S3.Contents(bucket, func(k string) bool { return k == key })
	partition := strings.Split(r.arn(""), ":")[1]
	switch {
	case !there:
		return nil, fmt.Errorf("the bucket %s does not exist", bucket)
	case contents.Region != r.Name:
		return nil, fmt.Errorf("the bucket %s is in %s, and must be in %s", bucket, contents.Region, r.Name)
	case !importAllowed(contents.Policy, "arn:"+partition+":s3:::"+bucket+"/"+key):
		return nil, fmt.Errorf("access denied: the policy of the bucket %s does not allow ses.amazonaws.com s3:GetObject of %s", bucket, key)
	case len(contents.Objects) == 0:
		return nil, fmt.Errorf("the object %s does not exist", address)
	}
	return contents.Objects[0].Body, nil
}

// importAllowed reports whether a policy lets SES read an object. Conditions are taken to
// hold.
func importAllowed(text, object string) bool {
	document, err := policy.Parse(text, false)
	if err != nil {
		return false
	}
	allowed := false
	for _, s := range document.Statement {
		service := slices.Contains(s.Principal["Service"], "ses.amazonaws.com") || slices.Contains(s.Principal["AWS"], "*")
		action := slices.ContainsFunc(s.Action, func(a string) bool { return a == "s3:GetObject" || a == "s3:*" || a == "*" })
		resource := slices.ContainsFunc(s.Resource, func(pattern string) bool {
			// * of IAM matches slashes, too, which those of package path do not.
			hit, err := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(object, "/", "|"))
			return err == nil && hit
		})
		if service && action && resource {
			if s.Effect == "Deny" {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

// importDestination returns what to do with each record, and how many there may be.
func (r *Region) importDestination(d types.ImportDestination) (do func(importRecord) error, most int, err error) {
	if list := d.SuppressionListDestination; list != nil {
		if list.SuppressionListImportAction == types.SuppressionListImportActionDelete {
			return r.importUnsuppress, maxImportDeletes, nil
		}
		return r.importSuppress, maxImportPuts, nil
	}
	l := r.contactLists.of[*d.ContactListDestination.ContactListName]
	if l == nil {
		return nil, 0, errors.New("the contact list does not exist any more")
	}
	if d.ContactListDestination.ContactListImportAction == types.ContactListImportActionDelete {
		return l.importDelete, maxImportContacts, nil
	}
	return l.importPut, maxImportContacts, nil
}

func (r *Region) importSuppress(record importRecord) error {
	if err := firstError(checkAddress(record.Address), checkReason(record.Reason)); err != nil {
		return err
	}
	if r.importSink != nil {
		r.importSink(types.SuppressionListImportActionPut, record.Address, record.Reason)
	} else {
		r.suppression.put(record.Address, record.Reason)
	}
	return nil
}

// importUnsuppress takes an address that is not on the list for done, as is assumed.
func (r *Region) importUnsuppress(record importRecord) error {
	if err := checkAddress(record.Address); err != nil {
		return err
	}
	if r.importSink != nil {
		r.importSink(types.SuppressionListImportActionDelete, record.Address, "")
	} else {
		r.suppression.remove(record.Address)
	}
	return nil
}

func (l *contactList) importPut(record importRecord) error {
	c := &contact{unsubscribed: record.Unsubscribe, attributes: record.Attributes, created: contentNow(), updated: contentNow()}
	for _, p := range record.Preferences {
		c.preferences = append(c.preferences, types.TopicPreference{TopicName: aws.String(p.Topic), SubscriptionStatus: p.Status})
	}
	if err := firstError(checkAddress(record.Address), l.check(c)); err != nil {
		return err
	}
	if old := l.contacts.of[record.Address]; old != nil {
		c.created = old.created
	}
	l.contacts.put(record.Address, c)
	return nil
}

func (l *contactList) importDelete(record importRecord) error {
	l.contacts.remove(record.Address)
	return checkAddress(record.Address)
}

// importCount returns how many lines are not empty.
func importCount(body []byte) (n int) {
	for line := range bytes.Lines(body) {
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	return n
}

// An importYield takes a record, or why a line is none.
type importYield func(line string, record importRecord, err error)

// readImportJSON reads an object on each line.
func readImportJSON(body []byte, _ bool, yield importYield) {
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var record importRecord
			err := json.Unmarshal(line, &record)
			yield(string(line), record, err)
		}
	}
}

// readImportCSV reads the address and the reason on each line. Contacts have a line with the
// names of fields before them; a topic has a field topicPreferences.Name. Fields need no
// quotes around JSON that has no comma, as in the example of the developer guide.
func readImportCSV(body []byte, contacts bool, yield importYield) {
	in := csv.NewReader(bytes.NewReader(body))
	in.LazyQuotes, in.FieldsPerRecord = true, -1
	names := []string{"emailAddress", "reason"}
	if contacts {
		names, _ = in.Read()
		names = slices.Clone(names)
	}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var record importRecord
		if err == nil {
			record, err = importFields(names, fields)
		}
		yield(strings.Join(fields, ","), record, err)
	}
}

// importFields makes a record of fields.
func importFields(names, fields []string) (record importRecord, err error) {
	if len(fields) > len(names) {
		return record, fmt.Errorf("there are %d fields, and %d names", len(fields), len(names))
	}
	for i, value := range fields {
		topic, isTopic := strings.CutPrefix(names[i], "topicPreferences.")
		switch {
		case value == "":
		case names[i] == "emailAddress":
			record.Address = value
		case names[i] == "reason":
			record.Reason = types.SuppressionListReason(value)
		case names[i] == "attributesData":
			record.Attributes = aws.String(value)
		case names[i] == "unsubscribeAll":
			record.Unsubscribe, err = strconv.ParseBool(value)
		case isTopic:
			record.Preferences = append(record.Preferences, importPreference{topic, types.SubscriptionStatus(value)})
		default:
			err = fmt.Errorf("the field %q is not known", names[i])
		}
		if err != nil {
			return record, err
		}
	}
	return record, nil
}
