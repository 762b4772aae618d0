package firewall

import "github.com/awspatterns/awspatterns/internal/apply"

// SealRetrofit gives a plan that a test has changed a digest that fits.
func SealRetrofit(p *RetrofitPlan) {
	if err := apply.Seal(&p.Plan, p); err != nil {
		panic(err)
	}
}
