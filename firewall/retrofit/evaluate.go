package retrofit

// Evaluate is the function [Evaluate] under these assumptions.
func (a Assumptions) Evaluate(s State, p Policy) (Evaluation, error) {
	return Evaluation{Policy: p.Name, Region: p.Region, Remediate: p.Remediate}, nil
}
