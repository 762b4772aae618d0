package macie

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// maxKeyPolicy is in bytes (PutKeyPolicy in the KMS API reference).
const maxKeyPolicy = 32 * 1024

// defaultPolicyName is that of the only policy of a key.
const defaultPolicyName = "default"

func keyGroup(c Clients, o ScanSetupOptions, t awspatterns.Target) setupGroup {
	statements := keyStatements(o, t)
	policy := policyThing("KMS key policy", o.KMSKey, maxKeyPolicy, statements)
	add := policy.want
	policy.read = func(ctx context.Context) (string, error) {
		if keyForm.FindStringSubmatch(o.KMSKey)[2] != t.Account {
			return "", &manualError{"the key is in another account, whose key policy cannot be read or changed from here", statementSteps(statements)}
		}
		return readKeyPolicy(ctx, c.KMS, o.KMSKey)
	}
	policy.want = func(ctx context.Context, found string) (string, error) {
		wanted, err := add(ctx, found)
		if err != nil || wanted == found {
			return wanted, err
		}
		return wanted, checkMacieRole(ctx, c.IAM)
	}
	policy.write = func(ctx context.Context, _, wanted string) error {
		_, err := c.KMS.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &o.KMSKey, PolicyName: aws.String(defaultPolicyName), Policy: &wanted})
		return err
	}
	return setupGroup{settings: []setupThing{policy}}
}

// readKeyPolicy reads the policy of a key that S3 and Macie can work with.
func readKeyPolicy(ctx context.Context, c KMSAPI, key string) (string, error) {
	out, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
	if err != nil {
		return "", blockedIf(err, "NotFoundException", "there is no such key", "create the key, or name another one")
	}
	m := out.KeyMetadata
	another := []string{"name another key"}
	switch {
	case m.KeyManager == kmstypes.KeyManagerTypeAws:
		return "", &blockedError{"the key is managed by AWS, so its policy cannot be changed", another}
	case m.KeySpec != kmstypes.KeySpecSymmetricDefault || m.KeyUsage != kmstypes.KeyUsageTypeEncryptDecrypt:
		return "", &blockedError{fmt.Sprintf("a key of %s for %s; S3 wants a symmetric one for encryption", m.KeySpec, m.KeyUsage), another}
	case m.KeyState != kmstypes.KeyStateEnabled:
		return "", &blockedError{fmt.Sprintf("the key is %s", m.KeyState), []string{"enable the key, or name another one"}}
	}
	policy, err := c.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &key, PolicyName: aws.String(defaultPolicyName)})
	if err != nil {
		return "", err
	}
	return aws.ToString(policy.Policy), nil
}

// blockedIf turns an error with a code into what is in the way.
func blockedIf(err error, is, reason, step string) error {
	if errorCode(err) == is {
		return &blockedError{reason, []string{step}}
	}
	return err
}

// checkMacieRole checks that the role exists that the key policy is to name: KMS
// refuses principals that do not. Macie makes it when it is enabled.
func checkMacieRole(ctx context.Context, c IAMAPI) error {
	_, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(macieRoleName)})
	return blockedIf(err, "NoSuchEntity", "Macie is not enabled: the role "+macieRoleName+", which the key policy has to name, does not exist", "enable Macie, and plan again")
}

// An exportValue is where Macie keeps its discovery results.
type exportValue struct {
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix"`
	KMSKey string `json:"kmsKey"`
}

func exportGroup(c Clients, o ScanSetupOptions, t awspatterns.Target) setupGroup {
	wanted := exportValue{o.Bucket, o.Export.Prefix, o.KMSKey}
	text, err := policydoc.Marshal(wanted)
	if err != nil {
		panic(err) // strings
	}
	return setupGroup{
		chosen: true,
		after:  "Macie exports only to a bucket and with a key that let it",
		settings: []setupThing{{
			kind: "Macie export configuration", id: setupNames{t}.arn("macie2", "export-configuration"),
			read: func(ctx context.Context) (string, error) { return readExport(ctx, c.Macie) },
			want: always(text), same: sameText, fields: exportFields,
			write: func(ctx context.Context, _, _ string) error { return putExport(ctx, c.Macie, wanted) },
		}},
	}
}

func readExport(ctx context.Context, c MacieAPI) (string, error) {
	out, err := c.GetClassificationExportConfiguration(ctx, &macie2.GetClassificationExportConfigurationInput{})
	if err != nil || out.Configuration == nil || out.Configuration.S3Destination == nil {
		return "", err
	}
	d := out.Configuration.S3Destination
	v := exportValue{Bucket: aws.ToString(d.BucketName), KMSKey: aws.ToString(d.KmsKeyArn)}
	if prefix := aws.ToString(d.KeyPrefix); prefix != "" {
		v.Prefix = strings.TrimSuffix(prefix, "/") + "/" // Macie takes it with the slash and without
	}
	return policydoc.Marshal(v)
}

func putExport(ctx context.Context, c MacieAPI, v exportValue) error {
	_, err := c.PutClassificationExportConfiguration(ctx, &macie2.PutClassificationExportConfigurationInput{
		Configuration: &macietypes.ClassificationExportConfiguration{
			S3Destination: &macietypes.S3Destination{BucketName: &v.Bucket, KeyPrefix: &v.Prefix, KmsKeyArn: &v.KMSKey},
		},
	})
	return err
}

func exportFields(found, wanted string) []awspatterns.Field {
	var old, to exportValue
	json.Unmarshal([]byte(found), &old) // ours, or empty
	json.Unmarshal([]byte(wanted), &to)
	var fields []awspatterns.Field
	for _, f := range []awspatterns.Field{
		{Name: "bucket", Old: old.Bucket, New: to.Bucket}, {Name: "prefix", Old: old.Prefix, New: to.Prefix}, {Name: "KMS key", Old: old.KMSKey, New: to.KMSKey},
	} {
		if f.Old != f.New {
			fields = append(fields, f)
		}
	}
	return fields
}
