package ses

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// Each key of the table names an operation of the SDK, and a field of its input.
func TestActions(t *testing.T) {
	clients := map[string]reflect.Type{"SES": reflect.TypeFor[*sesv1.Client](), "SESv2": reflect.TypeFor[*sesv2.Client]()}
	for key, actions := range Actions {
		name, field, conditional := strings.Cut(strings.TrimSuffix(key, ")"), "(")
		service, operation, _ := strings.Cut(name, ".")
		method, known := clients[service].MethodByName(operation)
		if !known {
			t.Errorf("%s is no operation", key)
			continue
		}
		if _, has := method.Type.In(2).Elem().FieldByName(strings.TrimPrefix(field, "!")); conditional && !has {
			t.Errorf("%s: there is no such field", key)
		}
		for _, action := range actions {
			if !strings.HasPrefix(action, "ses:") || !conditional && action != "ses:"+operation {
				t.Errorf("%s needs %s", key, action)
			}
		}
	}
}

// Calls, hooks and dumps may come at the same time.
func TestAtOnce(t *testing.T) {
	w, clients := parent(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			client := clients[[]string{primary, secondary}[i%2]]
			name := aws.String(fmt.Sprintf("n%d.example.com", i))
			_, err := client.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: name, DkimSigningAttributes: replicaOf(primary)})
			_, listed := client.ListEmailIdentities(t.Context(), &sesv2.ListEmailIdentitiesInput{})
			w.Region(account, primary).PublishDNS(*name)
			w.Dump(io.Discard)
			if err != nil || listed != nil {
				t.Error(err, listed)
			}
		})
	}
	group.Wait()
}

func TestCopyOf(t *testing.T) {
	type all struct {
		Text  *string
		List  []*string
		Empty []string
		None  []string
		Union sestypes.SigningScheme
	}
	scheme := &sestypes.SigningSchemeMemberDefaultScheme{}
	from := &all{Text: aws.String("a"), List: []*string{aws.String("b"), nil}, Empty: []string{}, Union: scheme}
	to := copyOf(from)
	if !reflect.DeepEqual(from, to) {
		t.Errorf("got %+v, want %+v", to, from)
	}
	if to.Empty == nil || to.None != nil {
		t.Error("nil and empty are not kept apart")
	}
	*from.Text, *from.List[0] = "x", "x"
	if *to.Text != "a" || *to.List[0] != "b" {
		t.Error("the copy is not deep")
	}
	if copyOf[*all](nil) != nil {
		t.Error("nil is not copied as nil")
	}
}
