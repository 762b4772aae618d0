package redshift

import (
	"context"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// serveServerless makes c answer reads of workgroups and their namespaces. A namespace has
// the name of its workgroup, followed by "-ns".
func serveServerless(c *awstest.Cloud, w *World) {
	awstest.Handle(c, func(ctx context.Context, in *serverlesssdk.GetWorkgroupInput) (*serverlesssdk.GetWorkgroupOutput, error) {
		wh, err := w.serverless(ctx, "workgroup", *in.WorkgroupName, "")
		if err != nil {
			return nil, err
		}
		return &serverlesssdk.GetWorkgroupOutput{Workgroup: wh.workgroup()}, nil
	})
	awstest.Handle(c, func(ctx context.Context, in *serverlesssdk.GetNamespaceInput) (*serverlesssdk.GetNamespaceOutput, error) {
		wh, err := w.serverless(ctx, "namespace", *in.NamespaceName, serverlessSuffix)
		if err != nil {
			return nil, err
		}
		return &serverlesssdk.GetNamespaceOutput{Namespace: wh.namespace()}, nil
	})
}

const serverlessSuffix = "-ns"

// serverless finds the workgroup whose name, with a suffix, is what a caller asks for.
func (w *World) serverless(ctx context.Context, kind, name, suffix string) (*Warehouse, error) {
	caller := awstest.CallerOf(ctx)
	for _, wh := range w.Warehouses() {
		if wh.Serverless && wh.Account == caller.Account && wh.Region == caller.Region && wh.Name+suffix == name {
			return wh, nil
		}
	}
	return nil, awstest.Status(http.StatusNotFound, &serverlesstypes.ResourceNotFoundException{
		Message: aws.String("The " + kind + " " + name + " can't be found."), ResourceName: &name,
	})
}

func (wh *Warehouse) workgroup() *serverlesstypes.Workgroup {
	spec := wh.Spec()
	g := &serverlesstypes.Workgroup{
		WorkgroupName: aws.String(spec.Name), WorkgroupArn: aws.String(serverlessARN(wh)), WorkgroupId: aws.String(serverlessID(wh)),
		NamespaceName: aws.String(spec.Name + serverlessSuffix), Status: serverlesstypes.WorkgroupStatus(spec.Status),
		BaseCapacity: aws.Int32(int32(spec.BaseCapacity)), WorkgroupVersion: aws.String("1.0"), PatchVersion: aws.String(spec.Version),
		TrackName: aws.String("current"), Port: aws.Int32(5439), EnhancedVpcRouting: aws.Bool(false), PubliclyAccessible: aws.Bool(false),
	}
	for _, p := range [][2]string{
		{"auto_mv", "true"}, {"datestyle", "ISO, MDY"}, {"enable_case_sensitive_identifier", strconv.FormatBool(spec.CaseSensitive)},
		{"enable_user_activity_logging", "true"}, {"query_group", ""}, {"search_path", "$user, public"}, {"require_ssl", "true"},
	} {
		g.ConfigParameters = append(g.ConfigParameters, serverlesstypes.ConfigParameter{ParameterKey: aws.String(p[0]), ParameterValue: aws.String(p[1])})
	}
	return g
}

func (wh *Warehouse) namespace() *serverlesstypes.Namespace {
	return &serverlesstypes.Namespace{
		NamespaceName: aws.String(wh.Name + serverlessSuffix), NamespaceId: aws.String(wh.Namespace), NamespaceArn: aws.String(wh.NamespaceARN()),
		DbName: aws.String("dev"), AdminUsername: aws.String("admin"), KmsKeyId: aws.String("AWS_OWNED_KMS_KEY"), Status: serverlesstypes.NamespaceStatusAvailable,
	}
}
