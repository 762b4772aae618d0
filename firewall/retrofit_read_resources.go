package firewall

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	apigatewaytypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cloudfronttypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// add adds a resource of this account and Region.
func (r *regionReader) add(res retrofit.Resource) {
	res.Account, res.Region = r.account, r.region
	r.state.Resources = append(r.state.Resources, res)
}

// resourcesUnread says that not all resources of a type could be listed.
func (r *regionReader) resourcesUnread(kind retrofit.ResourceType, err error) {
	r.unread("resources "+string(kind), err)
}

// tagsUnread says that tags of a type could not be read.
func (r *regionReader) tagsUnread(kind retrofit.ResourceType, err error) {
	r.unread("tags "+string(kind), err)
}

// loadBalancers reads the Application Load Balancers: no other can have a web ACL.
func (r *regionReader) loadBalancers(ctx context.Context) {
	var found []retrofit.Resource
	pages := elb.NewDescribeLoadBalancersPaginator(r.ELB, &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			r.resourcesUnread(retrofit.LoadBalancer, err)
			break
		}
		for _, b := range page.LoadBalancers {
			if b.Type == elbtypes.LoadBalancerTypeEnumApplication {
				found = append(found, retrofit.Resource{
					ARN: aws.ToString(b.LoadBalancerArn), Type: retrofit.LoadBalancer, Name: aws.ToString(b.LoadBalancerName),
				})
			}
		}
	}
	for some := range slices.Chunk(found, 20) { // "You can specify up to 20 resources in a single call."
		r.tagLoadBalancers(ctx, some)
	}
}

// tagLoadBalancers adds load balancers with their tags. If one of them was deleted
// meanwhile, the service tells the tags of none, and each is asked for alone.
func (r *regionReader) tagLoadBalancers(ctx context.Context, some []retrofit.Resource) {
	in := &elb.DescribeTagsInput{}
	for _, res := range some {
		in.ResourceArns = append(in.ResourceArns, res.ARN)
	}
	out, err := r.ELB.DescribeTags(ctx, in)
	if _, gone := errors.AsType[*elbtypes.LoadBalancerNotFoundException](err); gone {
		for i := range some {
			if len(some) > 1 {
				r.tagLoadBalancers(ctx, some[i:i+1])
			}
		}
		return
	}
	tags := map[string]map[string]string{}
	if err != nil {
		r.tagsUnread(retrofit.LoadBalancer, err)
	} else {
		tags = loadBalancerTags(out.TagDescriptions)
	}
	for _, res := range some {
		found, told := tags[res.ARN]
		if !told && err == nil {
			r.tagsUnread(retrofit.LoadBalancer, errors.New("Elastic Load Balancing v2 DescribeTags: the answer lacks "+res.ARN))
		}
		res.Tags, res.TagsUnread = tagsOrNone(found), !told
		r.add(res)
	}
}

func loadBalancerTags(described []elbtypes.TagDescription) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, d := range described {
		tags := map[string]string{}
		for _, tag := range d.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		all[aws.ToString(d.ResourceArn)] = tags
	}
	return all
}

// stages reads the stages of REST APIs. Others have no web ACL.
func (r *regionReader) stages(ctx context.Context) {
	pages := apigateway.NewGetRestApisPaginator(r.APIGateway, &apigateway.GetRestApisInput{Limit: aws.Int32(500)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			r.resourcesUnread(retrofit.APIStage, err)
			return
		}
		for _, api := range page.Items {
			r.stagesOf(ctx, api)
		}
	}
}

func (r *regionReader) stagesOf(ctx context.Context, api apigatewaytypes.RestApi) {
	out, err := r.APIGateway.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: api.Id})
	if _, gone := errors.AsType[*apigatewaytypes.NotFoundException](err); gone {
		return
	}
	if err != nil {
		r.resourcesUnread(retrofit.APIStage, errors.New("API "+aws.ToString(api.Id)+": "+reason.Of(err)))
		return
	}
	for _, stage := range out.Item {
		name := aws.ToString(stage.StageName)
		r.add(retrofit.Resource{
			ARN:  "arn:" + r.partition + ":apigateway:" + r.region + "::/restapis/" + aws.ToString(api.Id) + "/stages/" + name,
			Type: retrofit.APIStage, Name: aws.ToString(api.Name) + "/" + name,
			Tags: tagsOrNone(stage.Tags), WebACL: aws.ToString(stage.WebAclArn),
		})
	}
}

// distributions reads the distributions of CloudFront.
func (r *regionReader) distributions(ctx context.Context) {
	pages := cloudfront.NewListDistributionsPaginator(r.CloudFront, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err == nil && page.DistributionList == nil {
			err = errors.New("CloudFront ListDistributions: the answer has no list")
		}
		if r.unlisted = err; err != nil {
			r.resourcesUnread(retrofit.Distribution, err)
			return
		}
		for _, d := range page.DistributionList.Items {
			r.distribution(ctx, d)
		}
	}
}

func (r *regionReader) distribution(ctx context.Context, d cloudfronttypes.DistributionSummary) {
	res := retrofit.Resource{
		ARN: aws.ToString(d.ARN), Type: retrofit.Distribution, Name: aws.ToString(d.Id), WebACL: aws.ToString(d.WebACLId),
	}
	out, err := r.CloudFront.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: d.ARN})
	if _, gone := errors.AsType[*cloudfronttypes.NoSuchResource](err); gone {
		return
	}
	if err == nil && out.Tags == nil {
		err = errors.New("CloudFront ListTagsForResource: the answer has no tags")
	}
	if res.TagsUnread = err != nil; res.TagsUnread {
		r.tagsUnread(retrofit.Distribution, err)
	} else {
		tags := map[string]string{}
		for _, tag := range out.Tags.Items {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		res.Tags = tagsOrNone(tags)
	}
	r.add(res)
}

// isClassic reports whether a web ACL that a stage or distribution names is one of
// AWS WAF Classic: it is known by another ARN, or by its id alone.
func isClassic(webACL string) bool {
	parts := strings.Split(webACL, ":")
	return len(parts) != 6 || parts[2] != "wafv2"
}
