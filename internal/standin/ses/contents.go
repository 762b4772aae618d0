package ses

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// contents are what fills a Region: templates, contact lists, suppression lists, import
// jobs, tenants.
type contents struct {
	templates     *shelf[emailTemplate]
	verifications *shelf[verificationTemplate]
	suppression   *suppressionList
	contactLists  *shelf[contactList]
	tenants       *shelf[tenant]
	importJobs    *shelf[importJob] // by id
	importSink    func(types.SuppressionListImportAction, string, types.SuppressionListReason)
}

func (r *Region) newContents() {
	r.templates = newShelf[emailTemplate](byName)
	r.verifications = newShelf[verificationTemplate](byName)
	r.suppression = newSuppressionList()
	r.contactLists = newShelf[contactList](byName)
	r.tenants = newShelf[tenant](byName)
	r.importJobs = newShelf[importJob](byName)
	r.dumps = append(r.dumps, r.dumpContents)
}

func (w *World) handleContents(c *awstest.Cloud) {
	w.handleTemplates(c)
	w.handleVerification(c)
	w.handleSuppression(c)
	w.handleContactLists(c)
	w.handleContacts(c)
	w.handleTenants(c)
	w.handleImportJobs(c)
}

// contentActions are the IAM actions of these operations ("Actions, resources, and condition
// keys for Amazon Simple Email Service v2" in the Service Authorization Reference). What is
// created with tags needs ses:TagResource, too.
var contentActions = awstest.Actions{
	"SESv2.CreateEmailTemplate":       {"ses:CreateEmailTemplate"},
	"SESv2.CreateEmailTemplate(Tags)": {"ses:TagResource"},
	"SESv2.DeleteEmailTemplate":       {"ses:DeleteEmailTemplate"},
	"SESv2.GetEmailTemplate":          {"ses:GetEmailTemplate"},
	"SESv2.ListEmailTemplates":        {"ses:ListEmailTemplates"},
	"SESv2.UpdateEmailTemplate":       {"ses:UpdateEmailTemplate"},

	"SESv2.CreateCustomVerificationEmailTemplate":       {"ses:CreateCustomVerificationEmailTemplate"},
	"SESv2.CreateCustomVerificationEmailTemplate(Tags)": {"ses:TagResource"},
	"SESv2.DeleteCustomVerificationEmailTemplate":       {"ses:DeleteCustomVerificationEmailTemplate"},
	"SESv2.GetCustomVerificationEmailTemplate":          {"ses:GetCustomVerificationEmailTemplate"},
	"SESv2.ListCustomVerificationEmailTemplates":        {"ses:ListCustomVerificationEmailTemplates"},
	"SESv2.UpdateCustomVerificationEmailTemplate":       {"ses:UpdateCustomVerificationEmailTemplate"},

	"SESv2.DeleteSuppressedDestination": {"ses:DeleteSuppressedDestination"},
	"SESv2.GetSuppressedDestination":    {"ses:GetSuppressedDestination"},
	"SESv2.ListSuppressedDestinations":  {"ses:ListSuppressedDestinations"},
	"SESv2.PutSuppressedDestination":    {"ses:PutSuppressedDestination"},

	"SESv2.CreateImportJob": {"ses:CreateImportJob"},
	"SESv2.GetImportJob":    {"ses:GetImportJob"},
	"SESv2.ListImportJobs":  {"ses:ListImportJobs"},

	"SESv2.CreateContactList":       {"ses:CreateContactList"},
	"SESv2.CreateContactList(Tags)": {"ses:TagResource"},
	"SESv2.DeleteContactList":       {"ses:DeleteContactList"},
	"SESv2.GetContactList":          {"ses:GetContactList"},
	"SESv2.ListContactLists":        {"ses:ListContactLists"},
	"SESv2.UpdateContactList":       {"ses:UpdateContactList"},

	"SESv2.CreateContact": {"ses:CreateContact"},
	"SESv2.DeleteContact": {"ses:DeleteContact"},
	"SESv2.GetContact":    {"ses:GetContact"},
	"SESv2.ListContacts":  {"ses:ListContacts"},
	"SESv2.UpdateContact": {"ses:UpdateContact"},

	"SESv2.CreateTenant":                    {"ses:CreateTenant"},
	"SESv2.CreateTenant(Tags)":              {"ses:TagResource"},
	"SESv2.CreateTenantResourceAssociation": {"ses:CreateTenantResourceAssociation"},
	"SESv2.DeleteTenant":                    {"ses:DeleteTenant"},
	"SESv2.DeleteTenantResourceAssociation": {"ses:DeleteTenantResourceAssociation"},
	"SESv2.GetTenant":                       {"ses:GetTenant"},
	"SESv2.ListResourceTenants":             {"ses:ListResourceTenants"},
	"SESv2.ListTenantResources":             {"ses:ListTenantResources"},
	"SESv2.ListTenants":                     {"ses:ListTenants"},
	"SESv2.PutTenantSuppressionAttributes":  {"ses:PutTenantSuppressionAttributes"},
}

// contentSandboxed reports whether the account has no production access in the Region.
func (r *Region) contentSandboxed() bool { return !r.settings.shown.ProductionAccessEnabled }

// contentID returns an id that nothing else has. The caller holds the lock.
func (w *World) contentID(prefix string) string {
	w.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", prefix, w.made))
	return prefix + "-" + hex.EncodeToString(sum[:16])
}

// contentNow is the time as SES tells it, in seconds.
func contentNow() time.Time { return time.Now().UTC().Truncate(time.Second) }

// dumpContents returns the contents as text, without ids and times.
func (r *Region) dumpContents() string {
	r.runImportJobs()
	var out strings.Builder
	r.dumpTemplates(&out)
	r.dumpVerifications(&out)
	r.suppression.dump(&out, "suppressed")
	r.dumpContactLists(&out)
	r.dumpTenants(&out)
	r.dumpImportJobs(&out)
	return out.String()
}

// contentQuote tells nothing from the empty text.
func contentQuote(s *string) string {
	if s == nil {
		return "-"
	}
	return strconv.Quote(*s)
}
