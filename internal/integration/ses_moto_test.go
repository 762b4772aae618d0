package integration_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/awstest"
	sesstandin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/ses"
)

// startMotoSES starts a moto whose SES speaks as that of AWS.
func startMotoSES(t *testing.T) string {
	t.Helper()
	command, err := filepath.EvalSymlinks(engine(t, "moto", "bin/moto_server"))
	if err != nil {
		t.Fatal(err)
	}
	return startMotoAs(t, filepath.Join(filepath.Dir(command), "python"), "testdata/ses/sesv2.py")
}

// motoSES returns clients of a moto, which tries every call once.
func motoSES(url, region string) ses.Clients {
	cfg := motoConfig(url)
	cfg.Region = region
	cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) }
	return ses.NewClients(cfg)
}

// TestSES runs the same cases over the stand-in for SES and over moto, through HTTP. What
// two implementations agree on is less likely one author's mistake.
func TestSES(t *testing.T) {
	for _, c := range sesCases {
		t.Run("stand-in/"+c.name, func(t *testing.T) {
			cloud := awstest.New(t)
			r := sesstandin.Serve(cloud).Region(motoAccount, "eu-central-1")
			r.ProductionAccess(true)
			r.SetQuota(50_000, 14, 0)
			r.PublishDNS("example.com")
			runSES(t, c, ses.NewClients(cloud.Config("eu-central-1", motoAccount)), "")
		})
	}
	url := startMotoSES(t)
	for i, c := range sesCases {
		t.Run("moto/"+c.name, func(t *testing.T) {
			runSES(t, c, motoSES(url, sesMotoRegions[i]), sesDeviations[c.name])
		})
	}
	for name := range sesDeviations {
		if !slices.ContainsFunc(sesCases, func(c sesCase) bool { return c.name == name }) {
			t.Errorf("there is no case %q to deviate from", name)
		}
	}
}

// sesMotoRegions has a Region for each case, so that it begins with nothing.
var sesMotoRegions = strings.Fields(`eu-central-1 eu-central-2 eu-west-1 eu-west-2 eu-west-3 eu-north-1 eu-south-1 eu-south-2
	us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 sa-east-1 ap-south-1 ap-south-2 ap-northeast-1 ap-northeast-2
	ap-northeast-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 af-south-1 il-central-1 me-central-1 me-south-1`)

// sesDeviations is where moto 5.2 does otherwise than SES, or than is assumed of it.
var sesDeviations = map[string]string{
	"pool again":                        "the call is answered as if it had created the pool",
	"pool that is not there":            "the server fails when it deletes one",
	"configuration set again":           "the error is that of the first version of the API",
	"configuration set that is missing": "the errors are those of the first version of the API, or the server fails",
	"domain that is new":                "there are no tokens",
	"identity again":                    "it is replaced",
	"identity that is missing":          "deleting it is answered as if it had been there",
	"tags of an identity":               "the ARN is not that of the Service Authorization Reference",
	"policy again":                      "it is replaced",
	"policy that is missing":            "updating creates it, and deleting is answered as if it had been there",
	"second contact list":               "there may be any number",
	"contact list again":                "it is replaced, with its contacts",
	"contact with its defaults":         "the defaults of topics are left out",
	"contact without what is not said":  "what an update does not name stays, while SES removes preferences that are not named",
	"contact again":                     "it is replaced",
	"topics of an identity":             "they are kept, but not told",
}

// runSES runs a case. One that is known to deviate has to find something.
func runSES(t *testing.T, c sesCase, clients ses.Clients, deviation string) {
	w := &sesWorld{Clients: clients, ctx: t.Context()}
	func() {
		defer func() {
			if v := recover(); v != nil && v != (sesStopped{}) {
				panic(v)
			}
		}()
		c.run(w)
	}()
	problems := strings.Join(w.problems, "\n")
	switch {
	case deviation == "" && problems != "":
		t.Error(problems)
	case deviation != "" && problems == "":
		t.Errorf("no longer deviates: %s", deviation)
	case deviation != "":
		t.Logf("deviates: %s\n%s", deviation, problems)
	}
}

// sesMotoLacks are the operations that this library uses and moto does not have, so that
// the cases can't try them.
var sesMotoLacks = strings.Fields(`
	CreateConfigurationSetEventDestination CreateCustomVerificationEmailTemplate CreateEmailTemplate CreateImportJob
	CreateMultiRegionEndpoint CreateTenant CreateTenantResourceAssociation
	DeleteCustomVerificationEmailTemplate DeleteEmailTemplate
	DeleteMultiRegionEndpoint DeleteTenant
	GetAccount GetConfigurationSetEventDestinations GetCustomVerificationEmailTemplate GetDedicatedIps GetEmailTemplate
	GetImportJob GetMultiRegionEndpoint GetTenant
	ListCustomVerificationEmailTemplates ListEmailIdentityCertificates ListEmailTemplates
	ListImportJobs ListMultiRegionEndpoints ListSuppressedDestinations ListTenantResources ListTenants
	PutAccountDedicatedIpWarmupAttributes PutAccountSendingAttributes PutAccountSuppressionAttributes PutAccountVdmAttributes
	PutConfigurationSetDeliveryOptions PutConfigurationSetReputationOptions
	PutConfigurationSetSendingOptions PutConfigurationSetSuppressionOptions PutConfigurationSetTrackingOptions
	PutConfigurationSetVdmOptions PutDedicatedIpPoolScalingAttributes
	PutEmailIdentityConfigurationSetAttributes PutEmailIdentityDkimAttributes PutEmailIdentityDkimSigningAttributes
	PutEmailIdentityFeedbackAttributes PutEmailIdentityMailFromAttributes PutSuppressedDestination PutTenantSuppressionAttributes
	SendBulkEmail
	SetIdentityHeadersInNotificationsEnabled UpdateConfigurationSetEventDestination UpdateCustomVerificationEmailTemplate
	UpdateEmailTemplate`)

// TestSESThatMotoLacks holds that every operation of the library is in a case, or that moto
// has not got it.
func TestSESThatMotoLacks(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range sesCases {
		for _, operation := range strings.Fields(c.operations) {
			tried[operation] = true
		}
	}
	clients := motoSES(startMoto(t), "eu-central-1")
	all := map[string]reflect.Value{}
	for _, api := range []any{clients.SES, clients.Send, clients.Notifications} {
		for _, name := range sesOperations(api) {
			all[name] = reflect.ValueOf(api).MethodByName(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch lacking := slices.Contains(sesMotoLacks, name); {
		case lacking == tried[name]:
			t.Errorf("%s is in a case: %t, and lacking: %t", name, tried[name], lacking)
		case lacking:
			t.Run(name, func(t *testing.T) {
				if err := sesCall(t, all[name]); !sesUnknown(err) {
					t.Errorf("moto knows it: try it in a case (%v)", err)
				}
				t.Skip("moto lacks it")
			})
		}
	}
	for _, name := range sesMotoLacks {
		if !all[name].IsValid() {
			t.Errorf("the library does not use %s", name)
		}
	}
}

// sesOperations are those of the interfaces that the library declares of a client.
func sesOperations(client any) (names []string) {
	for _, api := range []reflect.Type{reflect.TypeFor[ses.SESAPI](), reflect.TypeFor[ses.SendAPI](), reflect.TypeFor[ses.NotificationsAPI]()} {
		if reflect.TypeOf(client).Implements(api) {
			for i := range api.NumMethod() {
				names = append(names, api.Method(i).Name)
			}
		}
	}
	return names
}

// sesCall calls an operation with an input in which something is everywhere.
func sesCall(t *testing.T, method reflect.Value) error {
	in := reflect.New(method.Type().In(1).Elem())
	sesFill(in.Elem(), 6)
	out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
	err, _ := out[1].Interface().(error)
	return err
}

// sesFill fills what is settable, so many levels deep.
func sesFill(v reflect.Value, depth int) {
	switch {
	case depth == 0:
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		sesFill(v.Elem(), depth)
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().Field(i).Name != "EndpointId" {
				sesFill(v.Field(i), depth-1)
			}
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Interface:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		sesFill(v.Index(0), depth)
	case v.Kind() == reflect.String:
		v.SetString("x")
	}
}

// sesUnknown reports whether the server has no such operation: it fails then, or has no such
// path.
func sesUnknown(err error) bool {
	response, answered := errors.AsType[*smithyhttp.ResponseError](err)
	if api, typed := errors.AsType[smithy.APIError](err); typed && api.ErrorCode() == "NotFoundException" {
		return false // something else is not there
	}
	return answered && (response.HTTPStatusCode() >= 500 || response.HTTPStatusCode() == 404)
}

// A sesWorld is the clients of a case, and what it found wrong. Its methods that return no
// error end the case if a call fails.
type sesWorld struct {
	ses.Clients
	ctx      context.Context
	problems []string
}

type sesStopped struct{}

func (w *sesWorld) errorf(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func (w *sesWorld) must(err error) {
	if err != nil {
		w.errorf("%v", err)
		panic(sesStopped{})
	}
}

// equal compares what with what the documentation says.
func (w *sesWorld) equal(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		w.errorf("%s: got %#v, want %#v", what, got, want)
	}
}

// fails checks the code of an error.
func (w *sesWorld) fails(what string, err error, code string) {
	api, answered := errors.AsType[smithy.APIError](err)
	if !answered || api.ErrorCode() != code {
		w.errorf("%s: got %v, want %s", what, err, code)
	}
}
