package macie

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// Limits of "IAM and AWS STS quotas" in the user guide, in characters.
const maxTrustPolicy = 2048

// rolePolicyName is that of the inline policy of the role.
const rolePolicyName = "awspatterns-publish"

// A setupRole is the role that Textract publishes with.
type setupRole struct {
	iam   IAMAPI
	name  string
	trust string // that the role is created with
}

func roleGroup(c Clients, e ScanSetupEvents, t awspatterns.Target, arn, topicARN string) setupGroup {
	made, err := policydoc.Add("", trustStatements(t)...)
	if err != nil {
		panic(err) // to an empty policy
	}
	r := setupRole{c.IAM, e.Role, made}
	trust := policyThing("IAM role trust policy", arn, maxTrustPolicy, trustStatements(t))
	trust.read, trust.write, trust.born = r.readTrust, r.putTrust, true
	policy := publishPolicy(e, topicARN)
	return setupGroup{
		object: &setupThing{
			kind: "IAM role", id: arn, read: r.whose, write: r.createOrTag, same: sameText,
			fields: tagField(awspatterns.Field{Name: "trust policy", New: made}),
		},
		settings: []setupThing{trust, {
			kind: "IAM role policy", id: arn + ":" + rolePolicyName, read: r.readPolicy, write: r.putPolicy,
			want: always(policy), same: policydoc.Same, fields: r.policyFields,
		}},
	}
}

func (r setupRole) get(ctx context.Context) (*iamtypes.Role, error) {
	out, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &r.name})
	if err != nil {
		return nil, err
	}
	return out.Role, nil
}

func (r setupRole) whose(ctx context.Context) (string, error) {
	role, err := r.get(ctx)
	switch {
	case errorCode(err) == noSuchEntity:
		return absent, nil
	case err != nil:
		return "", err
	case aws.ToString(role.Path) != "/":
		return "", &blockedError{"there is a role of this name with the path " + aws.ToString(role.Path), []string{"choose another name"}}
	case slices.ContainsFunc(role.Tags, func(tag iamtypes.Tag) bool { return *tag.Key == markKey && *tag.Value == markValue }):
		return ours, nil
	}
	return foreign, nil
}

const noSuchEntity = "NoSuchEntity"

func (r setupRole) createOrTag(ctx context.Context, found, _ string) error {
	tags := []iamtypes.Tag{{Key: aws.String(markKey), Value: aws.String(markValue)}}
	if found == foreign {
		_, err := r.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: &r.name, Tags: tags})
		return err
	}
	_, err := r.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &r.name, AssumeRolePolicyDocument: &r.trust, Tags: tags,
		Description: aws.String("Amazon Textract publishes to a topic with it"),
	})
	if errorCode(err) == "EntityAlreadyExists" {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

func (r setupRole) readTrust(ctx context.Context) (string, error) {
	role, err := r.get(ctx)
	if err != nil {
		return "", err
	}
	return url.PathUnescape(aws.ToString(role.AssumeRolePolicyDocument))
}

func (r setupRole) putTrust(ctx context.Context, _, wanted string) error {
	_, err := r.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &r.name, PolicyDocument: &wanted})
	return err
}

func (r setupRole) readPolicy(ctx context.Context) (string, error) {
	out, err := r.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(rolePolicyName)})
	if errorCode(err) == noSuchEntity {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return url.PathUnescape(aws.ToString(out.PolicyDocument))
}

func (r setupRole) putPolicy(ctx context.Context, _, wanted string) error {
	_, err := r.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(rolePolicyName), PolicyDocument: &wanted})
	return err
}

func (r setupRole) policyFields(found, wanted string) []awspatterns.Field {
	return []awspatterns.Field{{Name: "policy", Old: compactJSON(found), New: compactJSON(wanted)}}
}
