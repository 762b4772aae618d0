package logs

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// TableOptions describe the logs in S3 that Athena is to read.
type TableOptions struct {
	// Table to make, such as firewall_logs or security.firewall_logs. Defaults to
	// firewall_logs.
	Table string

	// Bucket that the firewalls log to, and the prefix that they were given.
	Bucket, Prefix string

	// Accounts, Regions and Firewalls (names) that the logs are of. Required: there is
	// no catalog of what is there, so that queries never miss a folder that is new.
	Accounts, Regions, Firewalls []string

	// Since is the time before which there are no logs. Required.
	Since time.Time
}

const athenaTable = `CREATE EXTERNAL TABLE IF NOT EXISTS %s (
  line string
)
PARTITIONED BY (
  account string,
  log_type string,
  region string,
  firewall string,
  log_hour string
)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' LINES TERMINATED BY '\n'
STORED AS TEXTFILE
LOCATION '%s'
TBLPROPERTIES (
  'projection.enabled'='true',
  'projection.account.type'='enum',
  'projection.account.values'='%s',
  'projection.log_type.type'='enum',
  'projection.log_type.values'='alert,flow,tls',
  'projection.region.type'='enum',
  'projection.region.values'='%s',
  'projection.firewall.type'='enum',
  'projection.firewall.values'='%s',
  'projection.log_hour.type'='date',
  'projection.log_hour.format'='yyyy/MM/dd/HH',
  'projection.log_hour.range'='%s,NOW',
  'projection.log_hour.interval'='1',
  'projection.log_hour.interval.unit'='HOURS',
  'storage.location.template'='%s${account}/network-firewall/${log_type}/${region}/${firewall}/${log_hour}/'
)`

// AthenaTable returns the statement that makes the table for [AthenaQuery]. It is to be
// run once; the logs stay where they are, and new ones are found by their folders
// ("Use partition projection with Amazon Athena" in the user guide of Athena).
//
// A row is a whole line, of which the queries take what they need. A table with a column
// for each field, read by a JSON SerDe, would cost the same, since Athena charges for the
// bytes of the files, and would stumble over real logs: the OpenX SerDe allows no key
// twice in an object, which the logs of TLS have, and warns that its results may have
// other rows than the data ("OpenX JSON SerDe"). Ports that are strings in one log and
// numbers in another, and an event_timestamp that is either, are the same text to the
// queries. JSON has no control characters, so that a line is one field whatever it says.
//
// A prefix that begins with a slash gives folders without a name, which Athena cannot
// read: it is refused.
func AthenaTable(opts TableOptions) (string, error) {
	opts.Table = cmp.Or(opts.Table, "firewall_logs")
	if err := opts.check(); err != nil {
		return "", fmt.Errorf("logs: table for Athena: %w", err)
	}
	location := "s3://" + opts.Bucket + "/"
	if opts.Prefix != "" {
		location += opts.Prefix + "/"
	}
	location += "AWSLogs/"
	name := "`" + strings.ReplaceAll(opts.Table, ".", "`.`") + "`"
	list := func(values []string) string { return strings.Join(values, ",") }
	return fmt.Sprintf(athenaTable, name, location, list(opts.Accounts), list(opts.Regions), list(opts.Firewalls),
		opts.Since.UTC().Format(hourForm), location), nil
}

var (
	bucketForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	prefixForm  = regexp.MustCompile(`^([A-Za-z0-9!_.*()=@+ -]+(/[A-Za-z0-9!_.*()=@+ -]+)*)?$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

func (o TableOptions) check() error {
	switch {
	case !tableName.MatchString(o.Table):
		return fmt.Errorf("option Table %q; want table or database.table, of letters, digits and underscores", o.Table)
	case !bucketForm.MatchString(o.Bucket):
		return fmt.Errorf("option Bucket %q is no name of a bucket", o.Bucket)
	case !prefixForm.MatchString(o.Prefix):
		return fmt.Errorf("option Prefix %q begins or ends with a slash, has two in a row, or a character that does not belong there: Athena cannot read what is below", o.Prefix)
	case o.Since.IsZero():
		return errors.New("no Since: when do the logs begin?")
	}
	for _, list := range []struct {
		name   string
		values []string
		form   *regexp.Regexp
	}{{"Accounts", o.Accounts, accountForm}, {"Regions", o.Regions, regionForm}, {"Firewalls", o.Firewalls, firewallNameForm}} {
		if len(list.values) == 0 {
			return fmt.Errorf("no %s", list.name)
		}
		for _, v := range list.values {
			if !list.form.MatchString(v) {
				return fmt.Errorf("%s: %q is not of the form %s", list.name, v, list.form)
			}
		}
	}
	return nil
}
