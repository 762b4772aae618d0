package chargeback

import (
	"strings"
	"time"
	"unicode"
)

// A usageType is what the name of a usage type tells.
type usageType struct {
	kind     Kind
	region   string // empty if it is not known
	nodeType string
	free     bool // charged with nothing, and not in the quantities of a bill
}

// usageTypeOf reads a usage type: the code of a Region, such as USE1 (none is us-east-1), and
// an exact name. Names that begin alike cost different things: Redshift:ServerlessUsage is
// an hour of an RPU, Redshift:ServerlessUsage-CR-1YR-AU a year of it, paid at once.
func usageTypeOf(name string) usageType {
	region, rest := usageRegion(name)
	u := usageType{kind: Other, region: region}
	if from, to, ok := strings.Cut(rest, "-"); ok && regionCodes[from] != "" && to != "" { // a second one, of where to
		rest = to
	}
	switch rest {
	case "Redshift:ServerlessUsage":
		u.kind = Compute
	case "Redshift:ServerlessUsage-CR-1YR-AU", "Redshift:ServerlessUsage-CR-1YR-NU":
		u.kind = Reservation
	case "DataScanned", "Redshift:DataScanned":
		u.kind = Spectrum
	case "PaidSnapshots", "Redshift:PaidSnapshots", "InterRegionSnapshotCopy", "Redshift:InterRegionSnapshotCopy":
		u.kind = Snapshots
	case "AWS-Out-Bytes", "AWS-In-Bytes":
		u.kind = Transfer
	default:
		u.ofNode(rest)
	}
	return u
}

// ofNode reads names with a node type behind a colon.
func (u *usageType) ofNode(name string) {
	what, node, _ := strings.Cut(name, ":")
	if node == "" {
		return
	}
	switch what {
	case "RMS":
		u.kind = Storage
		if node == "Serverless" {
			node = ""
		}
	case "Node":
		u.kind = Nodes
	case "HeavyUsage":
		u.kind = UnusedNodes
	case "CS":
		u.kind = ScalingTime
	case "CSFreeUsage":
		u.kind, u.free = ScalingTime, true
	default:
		return
	}
	u.nodeType = node
}

// usageRegion cuts the code of a Region off a usage type.
func usageRegion(name string) (region, rest string) {
	code, rest, ok := strings.Cut(name, "-")
	if !ok {
		return "us-east-1", name
	}
	if region := regionCodes[code]; region != "" {
		return region, rest
	}
	if looksLikeCode(code) {
		return "", rest // a Region that is younger than the table
	}
	return "us-east-1", name
}

// looksLikeCode reports whether s is two to four capital letters and a digit.
func looksLikeCode(s string) bool {
	letters := strings.TrimRightFunc(s, unicode.IsDigit)
	return len(s) == len(letters)+1 && len(letters) >= 2 && len(letters) <= 4 && strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// regionCodes are the codes of Regions in usage types ("AWS Region billing codes", User
// Guide of Cost and Usage Reports).
var regionCodes = map[string]string{
	"USE1": "us-east-1", "USE2": "us-east-2", "USW1": "us-west-1", "USW2": "us-west-2",
	"UGW1": "us-gov-west-1", "UGE1": "us-gov-east-1", "CAN1": "ca-central-1", "CAN2": "ca-west-1",
	"MXC1": "mx-central-1", "SAE1": "sa-east-1", "AFS1": "af-south-1",
	"EU": "eu-west-1", "EUW1": "eu-west-1", "EUW2": "eu-west-2", "EUW3": "eu-west-3", "EUC1": "eu-central-1", "EUC2": "eu-central-2",
	"EUN1": "eu-north-1", "EUS1": "eu-south-1", "EUS2": "eu-south-2",
	"APE1": "ap-east-1", "APN1": "ap-northeast-1", "APN2": "ap-northeast-2", "APN3": "ap-northeast-3",
	"APS1": "ap-southeast-1", "APS2": "ap-southeast-2", "APS3": "ap-south-1", "APS4": "ap-southeast-3",
	"APS5": "ap-south-2", "APS6": "ap-southeast-4",
	"MES1": "me-south-1", "MEC1": "me-central-1", "ILC1": "il-central-1",
}

// A recordClass is what is done with a record type.
type recordClass int

const (
	recordUsage    recordClass = iota
	recordReserved             // usage that a reservation covers
	recordFee                  // of a reservation
	recordReason               // a cause of its own
)

// classOf tells what a record type is. Cost Explorer and cost and usage reports write them
// in different ways, so letters alone count.
func classOf(recordType string) (recordClass, Reason) {
	switch letters(recordType) {
	case "", "usage":
		return recordUsage, ""
	case "discountedusage", "savingsplancoveredusage":
		return recordReserved, ""
	case "recurring", "upfront", "rifee", "fee", "recurringreservationfee", "upfrontreservationfee",
		"savingsplanrecurringfee", "savingsplanupfrontfee", "savingsplannegation":
		return recordFee, ""
	case "credit":
		return recordReason, ReasonCredit
	case "refund":
		return recordReason, ReasonRefund
	case "tax":
		return recordReason, ReasonTax
	case "support", "supportfee", "otheroutofcyclecharges":
		return recordReason, ReasonFee
	case "discount", "edpdiscount", "enterprisediscountprogramdiscount", "privateratediscount", "privateratecarddiscount",
		"bundleddiscount", "solutionproviderprogramdiscount", "sppdiscount", "distributordiscount":
		return recordReason, ReasonDiscount
	case "roundingerror":
		return recordReason, ReasonRounding
	}
	return recordReason, ReasonOther
}

// letters returns the ASCII letters of s in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// A billedMeasure is the unit that AWS counts a kind in.
type billedMeasure struct {
	name, plural string
	aliases      []string // in letters
	size         int64    // in units of the kind
	monthly      bool     // size is of an hour, for all hours of the month
}

// billedMeasures are by kind. Kinds without one are compared by amount alone.
var billedMeasures = map[Kind]billedMeasure{
	Compute:     {"RPU-hour", "RPU-hours", []string{"rpuhr", "rpuhrs", "rpuhour", "rpuhours"}, 3600, false},
	Storage:     {"GB-month", "GB-months", []string{"gbmo", "gbmonth", "gbmonths"}, 1024, true},
	Transfer:    {"GB", "GB", []string{"gb", "gigabyte", "gigabytes"}, 1 << 10, false},
	Nodes:       {"node-hour", "node-hours", []string{"hr", "hrs", "hour", "hours", "nodehour", "nodehours"}, 3600, false},
	ScalingTime: {"second", "seconds", []string{"s", "sec", "secs", "second", "seconds"}, 1, false},
	Spectrum:    {"TB", "TB", []string{"tb", "terabyte", "terabytes"}, 1 << 20, false},
}

// sizeOn returns how many units of the kind a unit of AWS has on a day.
func (m billedMeasure) sizeOn(day time.Time) int64 {
	if !m.monthly {
		return m.size
	}
	first := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	return m.size * int64(first.AddDate(0, 1, 0).Sub(first)/time.Hour)
}
